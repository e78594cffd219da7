"""The one way rows are written, for REST and Bulk alike: plan the columns once, then save chunks of up to 200 rows.

Each chunk is one short transaction; a refused row never stops its neighbours.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Unpack

from sandbox.salesforce.access import Access
from sandbox.salesforce.errors import ApiError, UnknownFieldError
from sandbox.salesforce.org import Org
from sandbox.salesforce.plans import CHUNK, Column, Operation, PlanOptions, RowResult, WritePlan
from sandbox.salesforce.removal import delete_rows
from sandbox.salesforce.saving import Chunk
from sandbox.salesforce.schema import SObject

__all__ = [
    "CHUNK",
    "Operation",
    "RowResult",
    "WritePlan",
    "plan_write",
    "save_chunk",
    "unsupported_type",
    "upsert_rows",
    "write_chunk",
]


def _relationship_column(org: Org, access: Access, sobject: SObject, name: str) -> Column:
    relationship, _, key_name = name.partition(".")
    field = sobject.parent(relationship)
    if field is None or not access.readable(sobject, field):
        raise UnknownFieldError(sobject.name, name)
    parent = org.schema.get(field.reference_to[0])
    key = access.find(parent, key_name)
    if key is None or not key.key_like:
        raise UnknownFieldError(parent.name, key_name)
    return Column(field, parent, key)


def _column(org: Org, access: Access, sobject: SObject, name: str) -> Column:
    if "." in name:
        return _relationship_column(org, access, sobject, name)
    field = access.find(sobject, name)
    if field is None:
        raise UnknownFieldError(sobject.name, name)
    return Column(field)


def _check_rights(sobject: SObject, operation: Operation, access: Access) -> None:
    rights = access.object_rights(sobject)
    allowed = {
        "insert": rights.create,
        "update": rights.edit,
        "upsert": rights.create or rights.edit,
        "delete": rights.delete,
        "hardDelete": rights.delete,
    }[operation]
    if not rights.read:
        raise unsupported_type(sobject.name)
    if not allowed or not sobject.writable:
        raise ApiError(403, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")


def unsupported_type(name: str) -> ApiError:
    """What an object that does not exist, or that this user may not see, answers."""
    return ApiError(404, "NOT_FOUND", f"sObject type '{name}' is not supported.")


def plan_write(
    org: Org,
    access: Access,
    sobject: SObject,
    operation: Operation,
    columns: Sequence[str],
    **options: Unpack[PlanOptions],
) -> WritePlan:
    """Check an order to write.

    Raises ApiError (rights, unusable key) and UnknownFieldError (a column this user cannot see).
    """
    _check_rights(sobject, operation, access)
    external = options.get("external_field") or "Id"
    key = access.find(sobject, external)
    if key is None:
        raise UnknownFieldError(sobject.name, external)
    if not key.key_like:
        message = f"Field name provided, {external} does not match an External ID, Salesforce Id, or indexed field for "
        raise ApiError(400, "INVALID_FIELD", message + sobject.name)
    return WritePlan(
        sobject,
        operation,
        tuple(_column(org, access, sobject, name) for name in columns),
        key,
        access,
        csv=options.get("csv", False),
        update_only=options.get("update_only", False),
    )


def write_chunk(org: Org, plan: WritePlan, rows: Sequence[Sequence[object]]) -> list[RowResult]:
    """Save up to 200 rows in one transaction; results stand in the order of the rows."""
    with org.database.writing() as connection:
        return save_chunk(org, connection, plan, rows)


def save_chunk(
    org: Org, connection: sqlite3.Connection, plan: WritePlan, rows: Sequence[Sequence[object]]
) -> list[RowResult]:
    """The same inside a write transaction the caller holds, which spares a savepoint a chunk."""

    if plan.operation in ("delete", "hardDelete"):
        place = plan.key_index or 0
        ids = [row[place] for row in rows]
        for_ever = plan.operation == "hardDelete" or plan.sobject.find("IsDeleted") is None
        results = delete_rows(org, connection, plan.sobject, ids, for_ever=for_ever)
    else:
        results = Chunk(org, connection, plan, rows).save()
    if plan.sobject.name in ("PermissionSetAssignment", "User"):
        org.forget_access()
    return results


def upsert_rows(org: Org, plan: WritePlan, rows: Iterable[Sequence[object]]) -> Iterator[RowResult]:
    """Save any number of rows, 200 at a time; every operation, not only upsert."""
    source = iter(rows)
    while chunk := list(islice(source, CHUNK)):
        yield from write_chunk(org, plan, chunk)
