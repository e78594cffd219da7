"""Queries, descriptions and small writes, by simple-salesforce where it does well; it knows no bulk job, no token."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from connector.errors import ConnectorError, NotFound, UnexpectedAnswer
from connector.model.bulk import UNKNOWN_CODE, Failure, Field, Success
from connector.model.connection import FieldShape, ObjectShape
from connector.salesforce import translate
from connector.salesforce.session import OrgSession
from connector.salesforce.soql import columns
from connector.salesforce.transport import patiently

if TYPE_CHECKING:
    from simple_salesforce.api import Salesforce as SimpleSalesforce

NOWHERE = "https://the-session-knows.invalid"
"""simple-salesforce must be told a host; the session replaces it by the org's present one."""

COLLECTION_ROWS = 200
RETRIEVED_ROWS = 2000
COMPOSITE_QUERIES = 5
OK = 200


class Records:
    """The records of one org."""

    def __init__(self, session: OrgSession, api_version: str) -> None:
        self._session = session
        self._root = f"/services/data/v{api_version}/"
        self._api_version = api_version

    @cached_property
    def _simple(self) -> "SimpleSalesforce":
        from simple_salesforce.api import Salesforce as SimpleSalesforce

        return SimpleSalesforce(
            session_id="the session has it",
            instance_url=NOWHERE,
            version=self._api_version,
            session=self._session,
            object_pairs_hook=dict,
        )

    def query(self, soql: str, *, include_deleted: bool = False) -> Iterator[tuple[Any, ...]]:
        """The values of a query in the order of its SELECT, page by page."""
        yield from self._rows(soql, self._answer(self._simple.query(soql, include_deleted=include_deleted)))

    def _rows(self, soql: str, page: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
        paths = columns(soql)
        while True:
            for record in page["records"]:
                yield tuple(_value(record, path) for path in paths)
            if page["done"]:
                return
            page = self._answer(self._simple.query_more(page["nextRecordsUrl"], identifier_is_url=True))

    def query_several(self, soqls: Sequence[str]) -> list[list[tuple[Any, ...]]]:
        """The rows of several small queries, each in the order of its SELECT, five to a call.

        Source: REST API Developer Guide, "Composite": a composite request counts as one call and takes up to five
        queries.
        """
        found: list[list[tuple[Any, ...]]] = []
        for first in range(0, len(soqls), COMPOSITE_QUERIES):
            some = soqls[first : first + COMPOSITE_QUERIES]
            found += [list(self._rows(soql, body)) for soql, body in zip(some, self._composite(some), strict=True)]
        return found

    def _composite(self, soqls: Sequence[str]) -> list[dict[str, Any]]:
        asked = [
            {"method": "GET", "url": f"{self._root}query?q={quote(soql)}", "referenceId": f"one{place}"}
            for place, soql in enumerate(soqls)
        ]
        body = {"allOrNone": False, "compositeRequest": asked}
        answer = patiently("GET", lambda: self._session.request("POST", "composite", json=body))
        told = self._answer(translate.parsed(answer.content)).get("compositeResponse")
        if not isinstance(told, list) or len(told) != len(asked):
            raise UnexpectedAnswer("Salesforce did not answer every question.")
        return [self._answer(_good(one)) for one in told]

    def count(self, soql: str) -> int:
        """The answer of a `SELECT COUNT() FROM …`."""
        return int(self._answer(self._simple.query(soql))["totalSize"])

    def fields(self, object_name: str) -> dict[str, Field]:
        """The fields that the connected user may see, by name."""
        described = self._answer(getattr(self._simple, object_name).describe())
        return {item["name"]: _field(item) for item in described["fields"]}

    def shapes(self, object_names: Sequence[str]) -> dict[str, ObjectShape]:
        """Objects as the connected user may see and change them; a missing or hidden one is left out.

        A composite call takes every resource below sobjects/ but blobs, and counts as one.
        """
        asked = [
            {"method": "GET", "url": f"{self._root}sobjects/{name}/describe", "referenceId": f"one{place}"}
            for place, name in enumerate(object_names)
        ]
        body = {"allOrNone": False, "compositeRequest": asked}
        # a POST that only reads, so it may be repeated like any other question
        answer = patiently("GET", lambda: self._session.request("POST", "composite", json=body))
        found = self._answer(translate.parsed(answer.content)).get("compositeResponse")
        if not isinstance(found, list) or len(found) != len(asked):
            raise UnexpectedAnswer("Salesforce did not describe its objects.")
        shapes = [_shape(one) for one in found]
        return {shape.name: shape for shape in shapes if shape is not None}

    def limits(self) -> dict[str, tuple[int, int]]:
        """Salesforce's allowances: most, and remaining."""
        body = self._answer(self._simple.limits())
        return {name: (int(item["Max"]), int(item["Remaining"])) for name, item in body.items() if "Max" in item}

    def upsert(self, object_name: str, key_field: str, rows: Sequence[Mapping[str, Any]]) -> list[Success | Failure]:
        """Upsert up to 200 rows by an external key; what became of each, in their order. None empties a field."""
        if len(rows) > COLLECTION_ROWS:
            raise ValueError(f"a collection holds {COLLECTION_ROWS} rows at most")
        kind = {"attributes": {"type": object_name}}
        answer = self._session.request(
            "PATCH",
            f"composite/sobjects/{object_name}/{key_field}",
            json={"allOrNone": False, "records": [{**kind, **row} for row in rows]},
        )
        results = answer.json()
        if not isinstance(results, list) or len(results) != len(rows):
            raise UnexpectedAnswer("Salesforce did not say what became of each row.")
        return [_result(str(row[key_field]), result) for row, result in zip(rows, results, strict=True)]

    def retrieve(self, object_name: str, ids: Sequence[str], names: Sequence[str]) -> list[dict[str, Any]]:
        """What up to 2,000 rows say in these fields, each with its Id; those that are gone are left out.

        Source: REST API Developer Guide, "Get Multiple Records with a Larger Request Body". It only reads, so it may be
        repeated.
        """
        if len(ids) > RETRIEVED_ROWS:
            raise ValueError(f"at most {RETRIEVED_ROWS} rows are read at once")
        body = {"ids": list(ids), "fields": ["Id", *names]}
        address = f"composite/sobjects/{object_name}"
        found = translate.parsed(patiently("GET", lambda: self._session.request("POST", address, json=body)).content)
        if not isinstance(found, list) or len(found) != len(ids):
            raise UnexpectedAnswer("Salesforce did not say what each row says.")
        return [dict(row) for row in found if isinstance(row, dict)]

    def delete(self, ids: Sequence[str]) -> list[Success | Failure]:
        """Delete up to 200 rows by their ids; what became of each, in their order."""
        if len(ids) > COLLECTION_ROWS:
            raise ValueError(f"a collection holds {COLLECTION_ROWS} rows at most")
        answer = self._session.request("DELETE", f"composite/sobjects?ids={','.join(ids)}&allOrNone=false")
        results = answer.json()
        if not isinstance(results, list) or len(results) != len(ids):
            raise UnexpectedAnswer("Salesforce did not say what became of each row.")
        return [_result(key, result) for key, result in zip(ids, results, strict=True)]

    @staticmethod
    def _answer(body: Any) -> dict[str, Any]:
        if not isinstance(body, dict):
            raise UnexpectedAnswer("Salesforce's answer could not be read.")
        return body


def _value(record: Any, path: tuple[str, ...]) -> Any:
    """The value at a path; the records' names keep the case of the schema, a query's need not."""
    for step in path:
        if record is None:
            return None
        if step in record:
            record = record[step]
        else:
            record = next((value for name, value in record.items() if name.lower() == step.lower()), None)
    return record


def _field(item: Mapping[str, Any]) -> Field:
    return Field(
        name=item["name"],
        label=item.get("label") or item["name"],
        type=item["type"],
        length=int(item.get("length") or 0),
        createable=bool(item.get("createable")),
        updateable=bool(item.get("updateable")),
        external_id=bool(item.get("externalId")),
        unique=bool(item.get("unique")),
    )


def _shape(one: Mapping[str, Any]) -> ObjectShape | None:
    """An object's description out of a composite answer; None for one that is not there for this user."""
    status, body = int(one.get("httpStatusCode") or 0), one.get("body")
    if status == OK and isinstance(body, dict):
        return ObjectShape(
            name=str(body["name"]),
            createable=bool(body.get("createable")),
            updateable=bool(body.get("updateable")),
            deletable=bool(body.get("deletable")),
            fields={str(item["name"]): _field_shape(item) for item in body["fields"]},
        )
    error = _refusal(status, body)
    if isinstance(error, NotFound) or translate.plain_code(str(getattr(error, "code", ""))).startswith("INSUFFICIENT"):
        return None
    raise error


def _good(one: Mapping[str, Any]) -> Any:
    """The body of one part of a composite answer."""
    status, body = int(one.get("httpStatusCode") or 0), one.get("body")
    if status != OK:
        raise _refusal(status, body)
    return body


def _refusal(status: int, body: Any) -> ConnectorError:
    first: Any = body[0] if isinstance(body, list) and body else {}
    return translate.error_for(status, str(first.get("errorCode") or ""), str(first.get("message") or ""))


def _field_shape(item: Mapping[str, Any]) -> FieldShape:
    filled = bool(item.get("nillable")) or bool(item.get("defaultedOnCreate"))
    return FieldShape(
        name=str(item["name"]),
        type=str(item["type"]),
        length=int(item.get("length") or 0),
        createable=bool(item.get("createable")),
        updateable=bool(item.get("updateable")),
        required=not filled and bool(item.get("createable")),
        custom=bool(item.get("custom")),
    )


def _result(key: str, result: Mapping[str, Any]) -> Success | Failure:
    if result.get("success"):
        return Success(key, result["id"], bool(result.get("created")))
    first: Mapping[str, Any] = next(iter(result.get("errors") or ()), {})
    return Failure(key, first.get("statusCode") or UNKNOWN_CODE, first.get("message") or "")
