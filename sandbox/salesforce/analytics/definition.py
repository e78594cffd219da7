"""What a report is: its type, columns, filters, groupings; and the changes one call makes to it, never saved."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox.salesforce.analytics.refusals import bad_request
from sandbox.salesforce.analytics.types import Column, ReportType

TABULAR, SUMMARY, MATRIX, JOINED = "TABULAR", "SUMMARY", "MATRIX", "MULTI_BLOCK"
MOST_FILTERS, MOST_COLUMNS = 20, 100
SCOPES = {"organization": "All", "user": "My"}


@dataclass(frozen=True)
class Filter:
    column: str
    operator: str
    value: str


@dataclass(frozen=True)
class Grouping:
    column: str
    descending: bool = False


@dataclass(frozen=True)
class Sort:
    column: str
    descending: bool = False


@dataclass(frozen=True)
class DateFilter:
    """``duration`` CUSTOM goes by the two days, both included; either may be empty."""

    column: str = "CREATED_DATE"
    duration: str = "CUSTOM"
    start: str | None = None
    end: str | None = None


@dataclass(frozen=True)
class Definition:
    """One report as it is saved, or as one call changes it."""

    id: str
    name: str
    developer_name: str
    description: str | None
    kind: ReportType
    format: str
    columns: tuple[str, ...]
    filters: tuple[Filter, ...] = ()
    logic: str | None = None
    sort: tuple[Sort, ...] = ()
    down: tuple[Grouping, ...] = ()
    across: tuple[Grouping, ...] = ()
    scope: str = "organization"
    dates: DateFilter = DateFilter()

    def column(self, name: str) -> Column:
        """Raises ApiError for a column the report type does not have."""
        found = self.kind.columns.get(name)
        if found is None:
            raise bad_request(f"Column {name} isn't part of the report type {self.kind.name}.")
        return found

    @property
    def groupings(self) -> tuple[Grouping, ...]:
        return (*self.down, *self.across)


def _listed(given: Any, name: str) -> list[Any]:
    if not isinstance(given, list):
        raise bad_request(f"{name} must be a list.")
    return list[Any](given)


def _entries(given: Any, name: str) -> list[Mapping[str, Any]]:
    found = _listed(given, name)
    if not all(isinstance(item, dict) for item in found):
        raise bad_request(f"{name} must be a list of objects.")
    return found


def read_filters(given: Any) -> tuple[Filter, ...]:
    items = _entries(given, "reportFilters")
    return tuple(
        Filter(str(item.get("column")), str(item.get("operator")), str(item.get("value") or "")) for item in items
    )


def read_sort(given: Any) -> tuple[Sort, ...]:
    items = _entries(given, "sortBy")
    return tuple(Sort(str(item.get("sortColumn")), str(item.get("sortOrder")).lower() == "desc") for item in items)


def read_groupings(given: Any) -> tuple[Grouping, ...]:
    items = _entries(given, "groupings")
    return tuple(Grouping(str(item.get("name")), str(item.get("sortOrder")).lower() == "desc") for item in items)


def read_dates(given: Any) -> DateFilter:
    if not isinstance(given, dict):
        raise bad_request("standardDateFilter must be an object.")
    found: dict[str, Any] = given
    usual = DateFilter()
    return DateFilter(
        str(found.get("column") or usual.column),
        str(found.get("durationValue") or usual.duration),
        found.get("startDate"),
        found.get("endDate"),
    )


def _read_columns(given: Any) -> tuple[str, ...]:
    return tuple(map(str, _listed(given, "detailColumns")))


def _read_logic(given: Any) -> str | None:
    return str(given) if given else None


def changed(saved: Definition, body: Any) -> Definition:
    """The report as one call wants it. Keys that cannot be changed by a call are ignored. Raises ApiError."""
    given = body.get("reportMetadata") if isinstance(body, dict) else None
    if given is None:
        return saved
    if not isinstance(given, dict):
        raise bad_request("reportMetadata must be an object.")
    return _checked(_applied(saved, given))


def _applied(saved: Definition, given: dict[str, Any]) -> Definition:
    readers: dict[str, tuple[str, Any]] = {
        "detailColumns": ("columns", _read_columns),
        "reportFilters": ("filters", read_filters),
        "reportBooleanFilter": ("logic", _read_logic),
        "sortBy": ("sort", read_sort),
        "groupingsDown": ("down", read_groupings),
        "groupingsAcross": ("across", read_groupings),
        "standardDateFilter": ("dates", read_dates),
        "reportFormat": ("format", str),
        "scope": ("scope", str),
    }
    changes: dict[str, Any] = {
        readers[name][0]: readers[name][1](value)
        for name, value in given.items()
        if name in readers and (value is not None or name == "reportBooleanFilter")
    }
    return replace(saved, **changes)


def _checked(wanted: Definition) -> Definition:
    if len(wanted.columns) > MOST_COLUMNS:
        raise bad_request(f"A report can have up to {MOST_COLUMNS} columns.")
    if len(wanted.filters) > MOST_FILTERS:
        raise bad_request(f"A report can have up to {MOST_FILTERS} filters.")
    if len(set(wanted.columns)) != len(wanted.columns):
        raise bad_request("A detail column is listed more than once.")
    if len(wanted.sort) > 1:
        raise bad_request("A report can be sorted by one column.")
    if wanted.scope not in SCOPES:
        raise bad_request(f"Scope {wanted.scope} isn't valid for this report type.")
    groups = {TABULAR: (0, 0), SUMMARY: (1, 0), MATRIX: (1, 1)}.get(wanted.format)
    if groups is not None and groups != (min(1, len(wanted.down)), min(1, len(wanted.across))):
        raise bad_request(f"The groupings do not fit a report of the format {wanted.format}.")
    for name in (*wanted.columns, *(item.column for item in (*wanted.sort, *wanted.groupings))):
        wanted.column(name)
    return wanted
