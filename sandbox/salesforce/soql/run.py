"""Runs compiled queries: streams, whole answers, and pages that never scan the table again."""

import json
import threading
from array import array
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from sandbox.salesforce.access import Access
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.ids import make_ids
from sandbox.salesforce.org import Org
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.soql.compile import Compiled, Compiler, Output
from sandbox.salesforce.soql.parse import parse
from sandbox.salesforce.soql.scope import Context

PAGE = 2_000
SMALLEST_PAGE = 200
OPEN_CURSORS = 10  # a user's eleventh open cursor closes the first
_USER_ZONE = ZoneInfo("America/New_York")
_parse = lru_cache(maxsize=256)(parse)


@dataclass(frozen=True)
class Stream:
    """A running query. ``rows`` are tuples as stored (booleans 0/1); close it when leaving early."""

    sobject: SObject
    columns: list[str]
    types: list[str]
    aggregate: bool
    rows: Iterator[tuple[object, ...]]


@dataclass(frozen=True)
class Answer:
    """One page of a query's answer."""

    total: int
    records: list[dict[str, object]]
    next_locator: str | None = None


def compile_query(org: Org, access: Access, text: str, *, all_rows: bool = False) -> Compiled:
    """Raises ApiError exactly as /query would answer."""
    context = Context(org.schema, access, org.clock, _USER_ZONE, text, all_rows)
    return Compiler(context, _parse(text)).compile()


def stream(org: Org, access: Access, text: str, *, all_rows: bool = False) -> Stream:
    """Run a query without holding its answer in memory. Faults in the text are raised here, not while reading."""
    compiled = compile_query(org, access, text, all_rows=all_rows)

    def rows() -> Iterator[tuple[object, ...]]:
        with org.database.reading() as connection:
            cursor = connection.execute(compiled.whole, compiled.parameters)
            try:
                yield from cursor
            finally:
                cursor.close()

    columns = [".".join(output.parts) for output in compiled.outputs]
    types = [output.field.type for output in compiled.outputs]
    return Stream(compiled.sobject, columns, types, compiled.aggregate, rows())


def _value(output: Output, value: object) -> object:
    if value is not None and output.field.type == "boolean":
        return bool(value)
    if isinstance(value, float) and output.field.type == "int":
        return int(value)
    return value


def aggregate_record(compiled: Compiled, row: Sequence[object]) -> dict[str, object]:
    """A group as REST shows it."""
    record: dict[str, object] = {"attributes": {"type": "AggregateResult"}}
    for output, value in zip(compiled.outputs, row, strict=True):
        record[output.parts[0]] = _value(output, value)
    return record


def record_of(compiled: Compiled, version: str, row: Sequence[object]) -> dict[str, object]:
    """A page row as REST shows it: attributes first, parents nested with their own, absent parents null."""
    width = len(compiled.outputs)
    record = _attributes(compiled.sobject, version, row[width])
    nodes: dict[tuple[str, ...], dict[str, object] | None] = {(): record}
    for (path, sobject), parent_id in zip(compiled.parents, row[width + 1 :], strict=True):
        above = nodes[path[:-1]]
        node = _attributes(sobject, version, parent_id) if parent_id is not None and above is not None else None
        nodes[path] = node
    for output, value in zip(compiled.outputs, row[:width], strict=True):
        _hang(nodes, output.parts[:-1])
        node = nodes[output.parts[:-1]]
        if node is not None:
            node[output.parts[-1]] = _value(output, value)
    return record


def _hang(nodes: dict[tuple[str, ...], dict[str, object] | None], path: tuple[str, ...]) -> None:
    """Place a parent in its child when the first of its fields comes, so that keys stand in the order asked."""
    for depth in range(1, len(path) + 1):
        above = nodes[path[: depth - 1]]
        if above is not None:
            above.setdefault(path[depth - 1], nodes[path[:depth]])


def _attributes(sobject: SObject, version: str, record_id: object) -> dict[str, object]:
    url = f"/services/data/{version}/sobjects/{sobject.name}/{record_id}"
    return {"attributes": {"type": sobject.name, "url": url}}


class Cursors:
    """Open query cursors: the row numbers each still has to give, eight bytes a row."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._lock = threading.Lock()
        self._open: OrderedDict[str, tuple[str, Compiled, int, array[int]]] = OrderedDict()

    def start(self, access: Access, version: str, text: str, *, all_rows: bool, size: int) -> Answer:
        """The first page. Raises ApiError."""
        compiled = compile_query(self._org, access, text, all_rows=all_rows)
        if compiled.aggregate:
            return self._aggregated(compiled)
        with self._org.database.reading() as connection:
            cursor = connection.execute(compiled.rows, compiled.parameters)
            numbers = array("q", (number for (number,) in cursor))
        locator = None
        if len(numbers) > size:
            locator = self._keep(access.user_id, compiled, size, numbers)
        return self._page(compiled, version, numbers, (0, size, locator))

    def follow(self, access: Access, version: str, locator: str) -> Answer:
        """A further page by its locator (``01g...-2000``). Raises ApiError INVALID_QUERY_LOCATOR."""
        name, _, start = locator.partition("-")
        with self._lock:
            found = self._open.get(name)
        if found is None or found[0] != access.user_id or not start.isdigit() or int(start) >= len(found[3]):
            raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        _, compiled, size, numbers = found
        return self._page(compiled, version, numbers, (int(start), size, name))

    def _aggregated(self, compiled: Compiled) -> Answer:
        with self._org.database.reading() as connection:
            rows = connection.execute(compiled.whole, compiled.parameters).fetchmany(PAGE + 1)
        if compiled.count_only:
            return Answer(int(rows[0][0]), [])
        if len(rows) > PAGE:
            message = (
                "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch"
            )
            raise ApiError(400, "EXCEEDED_ID_LIMIT", message)
        return Answer(len(rows), [aggregate_record(compiled, row) for row in rows])

    def _keep(self, user_id: str, compiled: Compiled, size: int, numbers: "array[int]") -> str:
        number = self._org.database.reserve("01g")
        name = next(make_ids("01g", number, 1))
        with self._lock:
            self._open[name] = user_id, compiled, size, numbers
            mine = [key for key, kept in self._open.items() if kept[0] == user_id]
            for key in mine[:-OPEN_CURSORS]:
                del self._open[key]
        return name

    def _page(
        self, compiled: Compiled, version: str, numbers: "array[int]", place: tuple[int, int, str | None]
    ) -> Answer:
        start, size, name = place
        wanted = json.dumps(numbers[start : start + size].tolist())
        with self._org.database.reading() as connection:
            rows = connection.execute(compiled.page, (wanted,)).fetchall()
        after = start + size
        locator = f"{name}-{after}" if name and after < len(numbers) else None
        return Answer(len(numbers), [record_of(compiled, version, row) for row in rows], locator)
