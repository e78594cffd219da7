"""Single records: read, create, change, delete, upsert by external id."""

from collections.abc import Sequence
from typing import Any, Unpack

from flask import Blueprint, Response, g, request

from sandbox.salesforce.database import quoted
from sandbox.salesforce.errors import ApiError, RowError, UnknownFieldError, not_found
from sandbox.salesforce.gate import access, answer, backstage, drop_version, json_body
from sandbox.salesforce.ids import normalise
from sandbox.salesforce.plans import Operation, PlanOptions, RowResult
from sandbox.salesforce.rows import plan_write, write_chunk
from sandbox.salesforce.schema import Field, SObject

records = Blueprint("records", __name__, url_prefix="/services/data/<version>/sobjects")
records.url_value_preprocessor(drop_version)
_STATUS = {"ENTITY_IS_DELETED": 404, "NOT_FOUND": 404}


def readable_object(name: str) -> SObject:
    """An object this user may read. Raises ApiError NOT_FOUND."""
    found = backstage().org.schema.find(name)
    if found is None or not access().object_rights(found).read:
        raise not_found()
    return found


# -- writing -------------------------------------------------------------------------------------------------------


def columns_of(body: Any) -> tuple[list[str], list[object]]:
    """A JSON record as columns and values; a nested parent names it by its key (``{"Contact__r": {"Key__c": ..}}``)."""
    names, values = list[str](), list[object]()
    if not isinstance(body, dict):
        raise ApiError(400, "JSON_PARSER_ERROR", "Cannot deserialize instance of sobject")  # the wording is assumed
    for name, value in body.items():
        if name == "attributes":
            continue
        if isinstance(value, dict):
            keys = [key for key in value if key != "attributes"]
            if len(keys) != 1:
                raise ApiError(400, "INVALID_FIELD", f"Expected exactly one key field in {name}")  # assumed: text
            names.append(f"{name}.{keys[0]}")
            values.append(value[keys[0]])
        else:
            names.append(name)
            values.append(value)
    return names, values


def no_such_column(error: UnknownFieldError) -> ApiError:
    message = f"No such column '{error.field}' on sobject of type {error.sobject}"
    return ApiError(400, "INVALID_FIELD", message)


def write_one(
    sobject: SObject,
    operation: Operation,
    names: Sequence[str],
    values: Sequence[object],
    **options: Unpack[PlanOptions],
) -> RowResult:
    """Write one row. Raises ApiError for whatever refuses it."""
    try:
        plan = plan_write(backstage().org, access(), sobject, operation, names, **options)
    except UnknownFieldError as error:
        raise no_such_column(error) from None
    (result,) = write_chunk(backstage().org, plan, [values])
    if result.errors:
        raise RefusedRecordError(result.errors)
    return result


class RefusedRecordError(Exception):
    """A single record was refused, perhaps for several reasons."""

    def __init__(self, errors: tuple[RowError, ...]) -> None:
        super().__init__(errors[0].code)
        self.errors = errors


def refused_record(error: RefusedRecordError) -> Response:
    """The body of a refused single record: the array with errorCode and fields."""
    items = [{"message": item.message, "errorCode": item.code, "fields": list(item.fields)} for item in error.errors]
    return answer(items, _STATUS.get(error.errors[0].code, 400))


records.register_error_handler(RefusedRecordError, refused_record)


@records.post("/<name>")
@records.post("/<name>/")
def create(name: str) -> Response:
    sobject = readable_object(name)
    names, values = columns_of(json_body())
    if "id" in {item.lower() for item in names}:
        message = "cannot specify Id in an insert call"
        raise RefusedRecordError((RowError("INVALID_FIELD_FOR_INSERT_UPDATE", message, ("Id",)),))
    result = write_one(sobject, "insert", names, values)
    response = answer({"id": result.id, "success": True, "errors": []}, 201)
    response.headers["Location"] = f"/services/data/{g.version}/sobjects/{sobject.name}/{result.id}"
    return response


def _check_there(sobject: SObject, record_id: str) -> None:
    """A well-formed id of no record is an address of nothing. Raises ApiError 404."""
    whole = normalise(record_id)
    if whole is None or whole[:3] != sobject.prefix:
        return  # the writer words it
    sql = f"SELECT 1 FROM {quoted(sobject.name)} WHERE Id = ?"
    with backstage().org.database.reading() as connection:
        if connection.execute(sql, (whole,)).fetchone() is None:
            raise not_found()


@records.patch("/<name>/<record_id>")
def change(name: str, record_id: str) -> Response:
    sobject = readable_object(name)
    names, values = columns_of(json_body())
    if "id" in {item.lower() for item in names}:
        message = "The Id field should not be specified in the sobject data."
        raise ApiError(400, "INVALID_FIELD", message)
    _check_there(sobject, record_id)
    write_one(sobject, "update", ["Id", *names], [record_id, *values])
    return Response(status=204)


@records.delete("/<name>/<record_id>")
def delete(name: str, record_id: str) -> Response:
    sobject = readable_object(name)
    _check_there(sobject, record_id)
    write_one(sobject, "delete", ["Id"], [record_id])
    return Response(status=204)


# -- by external id ------------------------------------------------------------------------------------------------


def _key_field(sobject: SObject, name: str) -> Field:
    field = access().find(sobject, name)
    if field is None or not field.key_like:
        message = f"Provided external ID field does not exist or is not accessible: {name}"
        raise ApiError(404, "NOT_FOUND", message)
    return field


def _holders(sobject: SObject, field: Field, value: str) -> list[str]:
    sql = f"SELECT Id FROM {quoted(sobject.name)} WHERE {quoted(field.name)} = ? AND IsDeleted = 0"
    with backstage().org.database.reading() as connection:
        return [str(found) for (found,) in connection.execute(sql, (value,))]


def _one_holder(sobject: SObject, field: Field, value: str) -> str | Response:
    found = _holders(sobject, field, value)
    if not found:
        raise not_found()
    return found[0] if len(found) == 1 else _several(sobject, found)


def _several(sobject: SObject, ids: list[str]) -> Response:
    """More than one record holds the value: the addresses of all."""
    return answer([f"/services/data/{g.version}/sobjects/{sobject.name}/{record_id}" for record_id in ids], 300)


@records.patch("/<name>/<key>/<path:value>")
def upsert(name: str, key: str, value: str) -> Response:
    sobject = readable_object(name)
    field = _key_field(sobject, key)
    names, values = columns_of(json_body())
    if field.name.lower() in {item.lower() for item in names}:
        message = f"The {field.name} field should not be specified in the sobject data."
        raise ApiError(400, "INVALID_FIELD", message)
    holders = _holders(sobject, field, value)
    if len(holders) > 1:
        return _several(sobject, holders)
    only = request.args.get("updateOnly", "").lower() == "true"
    result = write_one(
        sobject, "upsert", [field.name, *names], [value, *values], external_field=field.name, update_only=only
    )
    body = {"id": result.id, "success": True, "errors": [], "created": result.created}
    return answer(body, 201 if result.created else 200)


@records.get("/<name>/<key>/<path:value>")
def read_by_key(name: str, key: str, value: str) -> Response:
    sobject = readable_object(name)
    found = _one_holder(sobject, _key_field(sobject, key), value)
    return found if isinstance(found, Response) else read(name, found)


@records.delete("/<name>/<key>/<path:value>")
def delete_by_key(name: str, key: str, value: str) -> Response:
    sobject = readable_object(name)
    found = _one_holder(sobject, _key_field(sobject, key), value)
    return found if isinstance(found, Response) else delete(name, found)


# -- reading -------------------------------------------------------------------------------------------------------


@records.get("/<name>/<record_id>")
def read(name: str, record_id: str) -> Response:
    sobject = readable_object(name)
    whole = normalise(record_id)
    if whole is None or whole[:3] != sobject.prefix:
        raise ApiError(404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: " + record_id)
    wanted = request.args.get("fields", "")
    names = wanted.split(",") if wanted else [item.name for item in access().visible_fields(sobject)]
    return answer(read_record(sobject, whole, [item.strip() for item in names]))


def read_record(sobject: SObject, record_id: str, names: Sequence[str]) -> dict[str, object]:
    """One record's fields, parents' paths included. Raises ApiError."""
    stage = backstage()
    text = f"SELECT {', '.join(names)} FROM {sobject.name} WHERE Id = '{record_id}'"
    found = stage.cursors.start(access(), g.version, text, all_rows=True, size=1)
    if not found.records:
        raise not_found()
    if sobject.find("IsDeleted") is not None:
        sql = f"SELECT IsDeleted FROM {quoted(sobject.name)} WHERE Id = ?"
        with stage.org.database.reading() as connection:
            if connection.execute(sql, (record_id,)).fetchone()[0]:
                raise ApiError(404, "ENTITY_IS_DELETED", "entity is deleted")
    return found.records[0]
