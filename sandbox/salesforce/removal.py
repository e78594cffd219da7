"""Takes records away and brings them back: soft delete with its cascade, undelete, and delete for ever."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sandbox.salesforce.database import quoted
from sandbox.salesforce.errors import RowError
from sandbox.salesforce.ids import normalise
from sandbox.salesforce.plans import RowResult

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from sandbox.salesforce.org import Org
    from sandbox.salesforce.schema import Field, SObject

_AMONG = "IN (SELECT value FROM json_each(?))"


def delete_rows(
    org: Org, connection: sqlite3.Connection, sobject: SObject, ids: Sequence[object], *, for_ever: bool = False
) -> list[RowResult]:
    """Delete by id, each with its own result; ``for_ever`` also takes what is in the recycle bin already."""
    wanted = [normalise(value) for value in ids]
    sql = f"SELECT Id, IsDeleted FROM {quoted(sobject.name)} WHERE Id {_AMONG}"
    known: dict[str, int] = dict(connection.execute(sql, (json.dumps([item for item in wanted if item]),)).fetchall())
    results: list[RowResult] = []
    good: list[str] = []
    for raw, record_id in zip(ids, wanted, strict=True):
        error = _objection(sobject, raw, record_id, known, for_ever=for_ever)
        results.append(RowResult(record_id, errors=(error,) if error else ()))
        if error is None and record_id is not None:
            good.append(record_id)
            known[record_id] = 1
    if good:
        remove(org, connection, sobject, good, for_ever=for_ever)
    return results


def _objection(
    sobject: SObject, raw: object, record_id: str | None, known: dict[str, int], *, for_ever: bool
) -> RowError | None:
    if record_id is None or record_id[:3] != sobject.prefix:
        return RowError("MALFORMED_ID", f"{sobject.label} ID: id value of incorrect type: {raw}", ("Id",))
    if record_id not in known:
        return RowError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    if known[record_id] and not for_ever:
        return RowError("ENTITY_IS_DELETED", "entity is deleted")
    return None


def remove(org: Org, connection: sqlite3.Connection, sobject: SObject, ids: list[str], *, for_ever: bool) -> None:
    """Remove records that exist: children cascade or lose their lookup."""
    wanted = json.dumps(ids)
    for child, lookup in org.schema.children(sobject.name):
        if not (lookup.createable or lookup.updateable):
            continue  # MasterRecordId and ConvertedContactId keep telling the story
        if lookup.on_delete == "Cascade":
            column = f"{quoted(lookup.name)} {_AMONG}"
            sql = f"SELECT Id FROM {quoted(child.name)} WHERE {column} AND IsDeleted = 0"
            below = [str(found) for (found,) in connection.execute(sql, (wanted,))]
            if below:
                remove(org, connection, child, below, for_ever=for_ever)
        else:
            _clear(connection, child, lookup, wanted, remember=not for_ever)
    table = quoted(sobject.name)
    if for_ever:
        connection.execute(f"DELETE FROM {table} WHERE Id {_AMONG}", (wanted,))
        return
    now = org.clock.system_stamp()
    sql = f"UPDATE {table} SET IsDeleted = 1, LastModifiedDate = ?, SystemModstamp = ? WHERE Id {_AMONG}"
    connection.execute(sql, (now, now, wanted))


def _clear(connection: sqlite3.Connection, child: SObject, lookup: Field, wanted: str, *, remember: bool) -> None:
    """Empty a lookup; assumed: the child's own dates do not move, and undelete fills the lookup again."""
    table, column = quoted(child.name), quoted(lookup.name)
    if remember:
        sql = (
            "INSERT INTO sandbox_cleared (parent, object, field, id)"
            f" SELECT {column}, ?, ?, Id FROM {table} WHERE {column} {_AMONG}"
        )
        connection.execute(sql, (child.name, lookup.name, wanted))
    connection.execute(f"UPDATE {table} SET {column} = NULL WHERE {column} {_AMONG}", (wanted,))


def undelete(org: Org, record_id: str) -> None:
    """Bring a record back from the recycle bin, with the lookups its deletion emptied. Raises KeyError."""
    whole = normalise(record_id) or ""
    sobject = org.schema.by_prefix(whole)
    if sobject is None:
        raise KeyError(record_id)
    table, now = quoted(sobject.name), org.clock.system_stamp()
    with org.database.writing() as connection:
        sql = f"UPDATE {table} SET IsDeleted = 0, LastModifiedDate = ?, SystemModstamp = ? WHERE Id = ? AND IsDeleted"
        if connection.execute(sql, (now, now, whole)).rowcount == 0:
            raise KeyError(record_id)
        if sobject.find("MasterRecordId"):
            connection.execute(f"UPDATE {table} SET MasterRecordId = NULL WHERE Id = ?", (whole,))
        cleared = connection.execute("SELECT object, field, id FROM sandbox_cleared WHERE parent = ?", (whole,))
        for child, field, child_id in cleared.fetchall():
            column = quoted(field)
            sql = f"UPDATE {quoted(child)} SET {column} = ? WHERE Id = ? AND {column} IS NULL"
            connection.execute(sql, (whole, child_id))
        connection.execute("DELETE FROM sandbox_cleared WHERE parent = ?", (whole,))
