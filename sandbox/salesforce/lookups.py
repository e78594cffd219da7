"""Checks the parents that rows point at, a column at a time, and finds parents named by one of their keys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sandbox.salesforce.database import quoted
from sandbox.salesforce.ids import normalise
from sandbox.salesforce.values import UNCHANGED

if TYPE_CHECKING:
    from sandbox.salesforce.plans import Column
    from sandbox.salesforce.saving import Chunk
    from sandbox.salesforce.schema import SObject

ALIVE, DELETED, CONVERTED = 0, 1, 2


def _states(chunk: Chunk, parent: SObject, ids: set[str]) -> dict[str, int]:
    converted = f"CASE WHEN IsConverted THEN {CONVERTED} ELSE {ALIVE} END" if parent.name == "Lead" else str(ALIVE)
    sql = (
        f"SELECT Id, CASE WHEN IsDeleted THEN {DELETED} ELSE {converted} END FROM {quoted(parent.name)}"
        " WHERE Id IN (SELECT value FROM json_each(?))"
    )
    return dict(chunk.connection.execute(sql, (json.dumps(list(ids)),)).fetchall())


def check_parents(chunk: Chunk, column: Column) -> None:
    """Refuse rows whose parent is malformed, of another kind, unknown, deleted or (assumed) a converted Lead."""
    field = column.field
    parent = chunk.org.schema.get(field.reference_to[0])
    values = chunk.values[field.name]
    distinct = {value for value in values if isinstance(value, str)}
    if not distinct:
        return
    known = _states(chunk, parent, distinct)
    if len(known) == len(distinct) and not any(known.values()):
        return
    short = {value: normalise(value) for value in distinct if value not in known}
    known |= _states(chunk, parent, {item for item in short.values() if item})
    for place, value in enumerate(values):
        if isinstance(value, str) and place not in chunk.errors:
            whole = short.get(value, value)
            values[place] = whole
            _refuse_bad(chunk, column, (place, value, whole), known)


def _refuse_bad(chunk: Chunk, column: Column, row: tuple[int, str, str | None], known: dict[str, int]) -> None:
    place, value, whole = row
    field = column.field
    parent = chunk.org.schema.get(field.reference_to[0])
    if whole is None:
        chunk.refuse(place, "MALFORMED_ID", f"{field.label}: id value of incorrect type: {value}", field.name)
    elif whole[:3] != parent.prefix:
        message = f"{field.label}: id value of incorrect type: {value}"
        chunk.refuse(place, "FIELD_INTEGRITY_EXCEPTION", message, field.name)
    elif whole not in known:
        chunk.refuse(place, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    elif known[whole] == DELETED:
        chunk.refuse(place, "ENTITY_IS_DELETED", "entity is deleted")
    elif known[whole] == CONVERTED and not _already_there(chunk, column, place, whole):
        # assumed: a lookup may keep pointing at a lead that was converted later, but not be pointed at one
        chunk.refuse(place, "CANNOT_REFERENCE_CONVERTED_LEAD", "cannot reference converted lead", field.name)


def _already_there(chunk: Chunk, column: Column, place: int, value: str) -> bool:
    record_id = chunk.ids[place]
    if record_id is None:
        return False
    sql = f"SELECT 1 FROM {quoted(chunk.plan.sobject.name)} WHERE Id = ? AND {quoted(column.field.name)} = ?"
    return chunk.connection.execute(sql, (record_id, value)).fetchone() is not None


def resolve_parents(chunk: Chunk, column: Column, values: list[object]) -> list[object]:
    """Turn a column of parents' keys into their ids, refusing keys that name no record or several."""
    parent, via = column.parent, column.via
    if parent is None or via is None:
        return values
    name = quoted(via.name)
    sql = (
        f"SELECT {name}, Id FROM {quoted(parent.name)}"
        f" WHERE {name} IN (SELECT value FROM json_each(?)) AND IsDeleted = 0"
    )
    wanted = json.dumps([value for value in values if isinstance(value, (str, int, float))])
    fold = str if via.case_sensitive else str.lower
    known: dict[str, list[str]] = {}
    for key, record_id in chunk.connection.execute(sql, (wanted,)):
        known.setdefault(fold(str(key)), []).append(record_id)
    found: list[object] = []
    for place, value in enumerate(values):
        if value is None or value is UNCHANGED:
            found.append(value)
            continue
        ids = known.get(fold(str(value)), [])
        found.append(ids[0] if len(ids) == 1 else None)
        if not ids:
            message = f"Foreign key external ID: {value} not found for field {via.name} in entity {parent.name}"
            chunk.refuse(place, "INVALID_FIELD", message)
        elif len(ids) > 1:
            message = f"More than one record found for external id field: {via.name}. Found: {ids}"
            chunk.refuse(place, "INVALID_FIELD", message)
    return found
