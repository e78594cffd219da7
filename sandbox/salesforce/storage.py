"""Data storage: 2 KB a row of whatever object, against a maximum that can be set low to see it run out."""

import sqlite3
from typing import TYPE_CHECKING

from sandbox.salesforce.database import quoted
from sandbox.salesforce.org import Org

if TYPE_CHECKING:
    from sandbox.salesforce.saving import Chunk

MAXIMUM_MB = 10_240
ROWS_A_MEGABYTE = 512
_SETTING = "storage_mb"


def maximum(org: Org) -> int:
    """Megabytes that the org may use."""
    return int(org.setting(_SETTING, str(MAXIMUM_MB)))


def used(org: Org) -> int:
    """Megabytes in use."""
    return sum(org.count(sobject.name) for sobject in org.schema) // ROWS_A_MEGABYTE


def set_maximum(org: Org, megabytes: int) -> None:
    """Allow so many megabytes from now on."""
    org.set_setting(_SETTING, str(megabytes))


def refuse_beyond(chunk: "Chunk", places: list[int]) -> None:
    """Refuse the new rows that have no room any more; an org with its usual maximum is not counted."""
    if not chunk.org.setting(_SETTING, ""):
        return
    room = maximum(chunk.org) * ROWS_A_MEGABYTE - _rows(chunk.org, chunk.connection)
    for place in places[max(0, room) :]:
        chunk.refuse(place, "STORAGE_LIMIT_EXCEEDED", "storage limit exceeded")  # assumed: the text


def _rows(org: Org, connection: sqlite3.Connection) -> int:
    """Counted inside the transaction that writes: it sees its own rows."""
    counting = " + ".join(
        f"(SELECT count(*) FROM {quoted(sobject.name)} WHERE IsDeleted = 0)"  # names of the schema
        for sobject in org.schema
    )
    return int(connection.execute(f"SELECT {counting}").fetchone()[0])
