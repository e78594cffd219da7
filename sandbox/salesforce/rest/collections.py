"""/composite/sobjects: up to 200 records a call, each with its own result, or all or none."""

from collections.abc import Callable
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, g, request

from sandbox.salesforce.errors import ApiError, RowError, UnknownFieldError
from sandbox.salesforce.gate import access, answer, backstage, drop_version, json_body
from sandbox.salesforce.ids import normalise
from sandbox.salesforce.rest.records import columns_of, no_such_column
from sandbox.salesforce.rows import CHUNK, Operation, RowResult, plan_write, unsupported_type, write_chunk
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.soql import PAGE
from sandbox.salesforce.values import UNCHANGED

collections = Blueprint("collections", __name__, url_prefix="/services/data/<version>/composite/sobjects")
collections.url_value_preprocessor(drop_version)
_ROLLED_BACK = RowError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK", "Record rolled back because not all records were valid and the request was"
    " using AllOrNone header",
)  # fmt: skip
MOST_RETRIEVED = 2000
Records = list[dict[str, Any]]


class RollBackError(Exception):
    """Carries the results out of a transaction that must not stand."""

    def __init__(self, results: list[RowResult]) -> None:
        super().__init__("all or none")
        self.results = results


def _asked() -> tuple[Records, bool]:
    body = json_body()
    records = body.get("records") if isinstance(body, dict) else None
    if not isinstance(records, list):
        raise ApiError(400, "JSON_PARSER_ERROR", "The HTTP entity body is required, but this request has no records.")
    _check_count(len(records))
    return records, bool(body.get("allOrNone"))


def _check_count(count: int) -> None:
    if count > CHUNK:
        message = f"record limit reached. cannot submit more than {CHUNK} records in a single request"
        raise ApiError(400, "EXCEEDED_MAX_SIZE_REQUEST", message)


def _type_of(record: dict[str, Any]) -> str:
    return str((record.get("attributes") or {}).get("type", ""))


def _sobject(name: str) -> SObject:
    found = backstage().org.schema.find(name)
    if found is None:
        raise unsupported_type(name)
    return found


def _write(sobject: SObject, operation: Operation, records: Records, external: str = "Id") -> list[RowResult]:
    """Write records of one type: their columns are put together, what one lacks stays unchanged."""
    rows = [dict(zip(*columns_of(record), strict=True)) for record in records]
    names = list(dict.fromkeys(name for row in rows for name in row))
    org = backstage().org
    try:
        plan = plan_write(org, access(), sobject, operation, names, external_field=external)
    except UnknownFieldError as error:
        fault = no_such_column(error)
        return [
            RowResult(None, errors=(RowError(fault.code, fault.message),))
            if error.field in row
            else _write(sobject, operation, [record], external)[0]
            for row, record in zip(rows, records, strict=True)
        ]
    except ApiError as error:
        return [RowResult(None, errors=(RowError(error.code, error.message),)) for _ in records]
    return write_chunk(org, plan, [[row.get(name, UNCHANGED) for name in names] for row in rows])


def _all_or_none(work: Callable[[], list[RowResult]], *, strict: bool) -> list[RowResult]:
    """Do the work; when strict, one refusal takes everything back."""
    if not strict:
        return work()
    try:
        with backstage().org.database.writing():
            results = work()
            _check_all(results)
            return results
    except RollBackError as error:
        return [item if item.errors else RowResult(None, errors=(_ROLLED_BACK,)) for item in error.results]


def _check_all(results: list[RowResult]) -> None:
    if any(result.errors for result in results):
        raise RollBackError(results)


def _by_type(records: Records, operation: Operation) -> list[RowResult]:
    results: list[RowResult] = []
    for name, alike in groupby(records, key=_type_of):
        chunk = list(alike)
        found = backstage().org.schema.find(name)
        if found is None:
            fault = unsupported_type(name)
            results += [RowResult(None, errors=(RowError("INVALID_TYPE", fault.message),)) for _ in chunk]
        else:
            results += _write(found, operation, chunk)
    return results


def _shown(results: list[RowResult], *, upsert: bool = False) -> Response:
    return answer([_item(result, upsert=upsert) for result in results])


def _item(result: RowResult, *, upsert: bool) -> dict[str, object]:
    if result.errors:
        item: dict[str, object] = {"success": False, "errors": [error.as_item() for error in result.errors]}
        return {"id": result.id, **item} if result.id else item
    item = {"id": result.id, "success": True, "errors": []}
    return {**item, "created": result.created} if upsert else item


@collections.post("")
@collections.post("/")
def create() -> Response:
    records, strict = _asked()
    return _shown(_all_or_none(lambda: _by_type(records, "insert"), strict=strict))


@collections.patch("")
@collections.patch("/")
def change() -> Response:
    records, strict = _asked()
    for record in records:
        if "id" in record and "Id" not in record:
            record["Id"] = record.pop("id")
    return _shown(_all_or_none(lambda: _by_type(records, "update"), strict=strict))


@collections.post("/<name>")
def retrieve(name: str) -> Response:
    """Up to 2,000 records by their ids, in their order; null for one that is not there."""
    body, sobject = json_body(), _sobject(name)
    found = body if isinstance(body, dict) else {}
    ids, wanted = found.get("ids"), found.get("fields")
    if not isinstance(ids, list) or not isinstance(wanted, list) or not wanted:
        raise ApiError(400, "JSON_PARSER_ERROR", "The HTTP entity body needs ids and fields.")  # assumed: text
    if len(ids) > MOST_RETRIEVED:
        message = f"record limit reached. cannot retrieve more than {MOST_RETRIEVED} records in a single request"
        raise ApiError(400, "EXCEEDED_MAX_SIZE_REQUEST", message)  # assumed: text
    known = [normalise(str(item)) for item in ids]
    if not all(known):
        raise ApiError(400, "MALFORMED_ID", "malformed id")  # assumed: text
    names = dict.fromkeys(["Id", *map(str, wanted)])
    listed = ", ".join(f"'{item}'" for item in dict.fromkeys(known))
    soql = f"SELECT {', '.join(names)} FROM {sobject.name} WHERE Id IN ({listed})"
    rows = backstage().cursors.start(access(), g.version, soql, all_rows=False, size=PAGE).records if ids else []
    by_id = {str(row["Id"]): row for row in rows}
    return answer([by_id.get(str(item)) for item in known])


@collections.patch("/<name>/<key>")
def upsert(name: str, key: str) -> Response:
    records, strict = _asked()
    sobject = _sobject(name)
    if {_type_of(record).lower() for record in records} - {sobject.name.lower()}:
        raise ApiError(400, "INVALID_INPUT", "All records must be of the type in the address")  # assumed: text
    results = _all_or_none(lambda: _write(sobject, "upsert", records, key), strict=strict)
    return _shown(results, upsert=True)


@collections.delete("")
@collections.delete("/")
def delete() -> Response:
    ids = [item for item in request.args.get("ids", "").split(",") if item]
    _check_count(len(ids))
    strict = request.args.get("allOrNone", "").lower() == "true"
    return _shown(_all_or_none(lambda: _delete(ids), strict=strict))


def _delete(ids: list[str]) -> list[RowResult]:
    results: list[RowResult] = []
    for record_id in ids:
        sobject = backstage().org.schema.by_prefix(normalise(record_id) or "")
        if sobject is None:
            error = RowError("MALFORMED_ID", f"malformed id {record_id}")
            results.append(RowResult(None, errors=(error,)))
        else:
            results += _write(sobject, "delete", [{"Id": record_id}])
    return results
