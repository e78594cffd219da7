"""Finds the rows that a chunk changes, by id or by external id, and refuses those that cannot be found so."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from sandbox.salesforce.database import quoted
from sandbox.salesforce.ids import normalise
from sandbox.salesforce.values import UNCHANGED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.salesforce.saving import Chunk
    from sandbox.salesforce.schema import Field

_ABSENT = "\0"


def find_rows(chunk: Chunk) -> None:
    """Fill ``chunk.ids`` for an update or upsert."""
    key = chunk.plan.key
    keys: Sequence[object] = chunk.values.get(key.name) or [UNCHANGED] * chunk.size
    if key.type == "id":
        _by_id(chunk, keys)
    else:
        _by_key(chunk, key, keys)
        chunk.values.pop("Id", None)


def _places(chunk: Chunk, keys: Sequence[object]) -> dict[str, int]:
    """Where each well-formed id stands; the others are refused."""
    places: dict[str, int] = {}
    for place, value in enumerate(keys):
        if value is UNCHANGED or value is None:
            if chunk.plan.operation == "update":
                chunk.refuse(place, "MISSING_ARGUMENT", "Id not specified in an update call")
            continue
        found = normalise(value)
        if found is None or found[:3] != chunk.plan.sobject.prefix:
            message = f"{chunk.plan.sobject.label} ID: id value of incorrect type: {value}"
            chunk.refuse(place, "MALFORMED_ID", message, "Id")
        elif found in places:
            chunk.refuse(place, "DUPLICATE_VALUE", f"Duplicate id specified: {found}", "Id")  # the wording is assumed
        else:
            places[found] = place
    return places


def _by_id(chunk: Chunk, keys: Sequence[object]) -> None:
    places = _places(chunk, keys)
    sql = f"SELECT Id, IsDeleted FROM {quoted(chunk.plan.sobject.name)} WHERE Id IN (SELECT value FROM json_each(?))"
    known = dict(chunk.connection.execute(sql, (json.dumps(list(places)),)).fetchall())
    for found, place in places.items():
        if found not in known:
            chunk.refuse(place, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        elif known[found]:
            chunk.refuse(place, "ENTITY_IS_DELETED", "entity is deleted")
        chunk.ids[place] = found


def _holders(chunk: Chunk, key: Field, keys: Sequence[object]) -> dict[str, list[str]]:
    """Living records by their folded key."""
    fold = str if key.case_sensitive else str.lower
    sql = (
        f"SELECT {quoted(key.name)}, Id FROM {quoted(chunk.plan.sobject.name)}"
        f" WHERE {quoted(key.name)} IN (SELECT value FROM json_each(?)) AND IsDeleted = 0"
    )
    wanted = json.dumps([value for value in keys if isinstance(value, (str, int, float))])
    known: dict[str, list[str]] = {}
    for value, record_id in chunk.connection.execute(sql, (wanted,)):
        known.setdefault(fold(str(value)), []).append(record_id)
    return known


def _by_key(chunk: Chunk, key: Field, keys: Sequence[object]) -> None:
    fold = str if key.case_sensitive else str.lower
    folded = [_ABSENT if value is UNCHANGED or value is None else fold(str(value)) for value in keys]
    times, known = Counter(folded), _holders(chunk, key, keys)
    for place, value in enumerate(folded):
        holders = known.get(value, [])
        if value == _ABSENT:
            chunk.refuse(place, "MISSING_ARGUMENT", f"{key.name} not specified", key.name)
        elif times[value] > 1:
            # assumed: both of the twins fail, as they do in one chunk of 200
            chunk.refuse(place, "DUPLICATE_VALUE", f"Duplicate external id specified: {keys[place]}", key.name)
        elif len(holders) > 1:
            message = f"{key.name}: more than one record found for external id field: {holders}"
            chunk.refuse(place, "DUPLICATE_EXTERNAL_ID", message, key.name)
        elif holders:
            chunk.ids[place] = holders[0]
        elif chunk.plan.update_only:
            chunk.refuse(place, "NOT_FOUND", "The requested resource does not exist")
