"""Runs a report as one user: one query over the org, its rows with their groups; shapes no answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from zoneinfo import ZoneInfo

from sandbox.salesforce.access import Access
from sandbox.salesforce.analytics.definition import JOINED, Definition, Grouping, Sort
from sandbox.salesforce.analytics.filters import Dates, where
from sandbox.salesforce.analytics.refusals import bad_request, forbidden
from sandbox.salesforce.analytics.types import Column, visible
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.org import Org
from sandbox.salesforce.soql import stream

ZONE: tzinfo = ZoneInfo("America/New_York")  # of every user of the org
Values = Sequence[object]


@dataclass(frozen=True)
class Row:
    """Value and lookup id of each grouping down, across, and of each detail column."""

    down: tuple[tuple[object, object], ...]
    across: tuple[tuple[object, object], ...]
    cells: tuple[tuple[object, object], ...]


def check_rights(org: Org, access: Access, report: Definition) -> None:
    """Raises ApiError when this user may not read what the report is about.

    assumed: a report over an object that the user may not read is forbidden, not unknown.
    """
    if not access.object_rights(org.schema.get(report.kind.sobject)).read:
        raise forbidden()


def as_seen(org: Org, access: Access, report: Definition) -> Definition:
    """The report without the columns that field-level security takes from this user. Raises ApiError.

    assumed: a detail column vanishes; a filter or a grouping by such a field cannot be run.
    """
    check_rights(org, access, report)

    def shown(name: str) -> bool:
        return visible(org.schema, access, report.kind, report.column(name))

    for name in (*(item.column for item in report.filters), *(item.column for item in report.groupings)):
        if not shown(name):
            raise bad_request(f"You don't have access to the field {name}, which this report filters or groups by.")
    sort = tuple(item for item in report.sort if shown(item.column))
    return replace(report, columns=tuple(filter(shown, report.columns)), sort=sort)


def _select(columns: Sequence[Column]) -> list[str]:
    """Every path once, in the order met."""
    paths = (path for column in columns for path in (column.path, column.lookup) if path)
    return list(dict.fromkeys(paths)) or ["Id"]


def soql(org: Org, report: Definition) -> str:
    """The one query behind a report. Raises ApiError."""
    groups = [report.column(item.column) for item in report.groupings]
    columns = [report.column(name) for name in report.columns]
    condition = where(report, Dates(ZONE, org.clock.now().astimezone(ZONE).date()))
    text = f"SELECT {', '.join(_select([*groups, *columns]))} FROM {report.kind.sobject}"
    if report.scope == "user":
        text += " USING SCOPE mine"
    if condition:
        text += f" WHERE {condition}"
    order = ", ".join(_ordering(report, [*report.groupings, *report.sort]))
    return f"{text} ORDER BY {order}" if order else text


def _ordering(report: Definition, order: Sequence[Grouping | Sort]) -> Iterator[str]:
    """Groups stand in the order of what they show; a lookup's namesakes are kept apart by their ids."""
    met: set[str] = set()
    for item in order:
        column = report.column(item.column)
        way = "DESC" if item.descending else "ASC"
        for path in (column.path, column.lookup if isinstance(item, Grouping) else None):
            if path and path not in met:
                met.add(path)
                yield f"{path} {way}"


def run(org: Org, access: Access, report: Definition) -> Iterator[Row]:
    """Every row of a report, in its order. Raises ApiError at once, not while reading."""
    if report.format == JOINED:
        return iter(())
    try:
        found = stream(org, access, soql(org, report))
    except ApiError as problem:
        if problem.code == "MALFORMED_QUERY":
            raise bad_request("The filter logic is not valid.") from None
        raise
    place = {name.lower(): number for number, name in enumerate(found.columns)}

    def places(names: Sequence[str]) -> list[tuple[int, int]]:
        columns = [report.column(name) for name in names]
        return [(place[item.path.lower()], place[(item.lookup or item.path).lower()]) for item in columns]

    down = places([item.column for item in report.down])
    across = places([item.column for item in report.across])
    cells = places(report.columns)

    def picked(row: Values, wanted: list[tuple[int, int]]) -> tuple[tuple[object, object], ...]:
        return tuple((row[value], row[lookup]) for value, lookup in wanted)

    return (Row(picked(row, down), picked(row, across), picked(row, cells)) for row in found.rows)
