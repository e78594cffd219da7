"""Refill: have facts of some kinds decided anew, because they are to stand where they did not stand before."""

from sqlalchemy import Connection, text

from connector.activity.night import Night
from connector.model.activity import NOT_SELECTED
from connector.store import choices
from connector.store.database import CHUNK

_NEXT = text("""
    SELECT max(key) FROM (
        SELECT key FROM facts WHERE org_id = :org AND key > :after ORDER BY key LIMIT :size) AS next
""")

_MARK = text("""
    UPDATE facts SET decision = NULL WHERE org_id = :org AND key > :after AND key <= :last AND activity_group = :group
        AND (decision IN ('placed', 'live') OR decision = 'filtered' AND reason = :not_selected)
""")

_REACHED = text(
    "UPDATE kind_choices SET fill_after = :last WHERE org_id = :org AND activity_group = :group "
    "AND fill_after IS NOT NULL"
)


def refill(night: Night) -> None:
    """Mark what waits to be filled in, ten thousand facts at a time; one that is struck goes on where it was.

    What was deleted from Salesforce stays deleted, and what nobody was found for is looked for by matching, not here.
    """
    with night.database.read() as connection:
        waiting = choices.to_fill(connection, night.org_id)
    for group, after in waiting.items():
        last: str | None = after
        while last is not None:
            with night.write() as connection:
                last = _mark_some(connection, night.org_id, group, last)


def _mark_some(connection: Connection, org_id: int, group: str, after: str) -> str | None:
    """Mark a chunk behind a key; answers the last key of it, None when there is nothing left."""
    values: dict[str, object] = {"org": org_id, "group": group, "after": after, "size": CHUNK}
    last = connection.execute(_NEXT, values).scalar()
    if last is not None:
        connection.execute(_MARK, values | {"last": last, "not_selected": NOT_SELECTED})
    connection.execute(_REACHED, values | {"last": last})
    return None if last is None else str(last)
