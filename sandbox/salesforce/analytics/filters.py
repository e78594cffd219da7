"""A report's filters, dates and filter logic as one SOQL condition, with the vendor's strictness; runs nothing."""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

from sandbox.salesforce.analytics.definition import DateFilter, Definition, Filter
from sandbox.salesforce.analytics.refusals import bad_request
from sandbox.salesforce.analytics.types import Column
from sandbox.salesforce.ids import normalise
from sandbox.salesforce.soql.periods import period
from sandbox.salesforce.values import read_datetime

_LABELS = {
    "equals": "equals",
    "notEqual": "not equal to",
    "lessThan": "less than",
    "greaterThan": "greater than",
    "lessOrEqual": "less or equal",
    "greaterOrEqual": "greater or equal",
    "contains": "contains",
    "notContain": "does not contain",
    "startsWith": "starts with",
}
_ORDERED = {"lessThan": "<", "greaterThan": ">", "lessOrEqual": "<=", "greaterOrEqual": ">="}
_EQUAL = ("equals", "notEqual")
_TEXT = tuple(_LABELS)
_COMPARED = (*_EQUAL, *_ORDERED)
OPERATORS: dict[str, tuple[str, ...]] = {
    "string": _TEXT,
    "email": _TEXT,
    "phone": _TEXT,
    "url": _TEXT,
    "textarea": _TEXT,
    "picklist": _TEXT,
    "id": _EQUAL,
    "boolean": _EQUAL,
    "int": _COMPARED,
    "double": _COMPARED,
    "currency": _COMPARED,
    "percent": _COMPARED,
    "date": _COMPARED,
    "datetime": _COMPARED,
}
"""What may be asked of a column of each type (assumed: of an id no more than this)."""
_SHORT = 15
_NOBODY = "000000000000000AAA"


def operator_map() -> dict[str, list[dict[str, str]]]:
    """As describe shows it."""
    return {
        kind: [{"label": _LABELS[name], "name": name} for name in names] for kind, names in sorted(OPERATORS.items())
    }


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _like(pattern: str, head: str, tail: str) -> str:
    body = pattern.replace("\\", "\\\\").replace("'", "\\'").replace("%", "\\%").replace("_", "\\_")
    return f"'{head}{body}{tail}'"


def _values(text: str) -> list[str]:
    """A list separated by commas; a value in double quotes keeps its own."""
    found = re.findall(r'\s*(?:"((?:[^"]|"")*)"|([^,]*?))\s*(?:,|$)', text)
    values = [inside.replace('""', '"') if inside else plain for inside, plain in found[:-1] or found]
    return values or [""]


def _text(column: Column, wanted: Filter) -> str:
    path, negative = column.path, wanted.operator in ("notEqual", "notContain")
    parts: list[str] = []
    for value in _values(wanted.value):
        if wanted.operator in _EQUAL or not value:
            parts.append(f"{path} = {quoted(value) if value else 'null'}")
        elif wanted.operator in _ORDERED:
            parts.append(f"{path} {_ORDERED[wanted.operator]} {quoted(value)}")
        else:
            head = "" if wanted.operator == "startsWith" else "%"
            parts.append(f"{path} LIKE {_like(value, head, '%')}")
    whole = " OR ".join(parts)
    return f"(NOT ({whole}))" if negative else f"({whole})"


def _id(column: Column, wanted: Filter) -> str:
    """assumed: reports hold ids of 15 characters, so one of 18 equals none of them."""
    parts: list[str] = []
    for value in _values(wanted.value):
        found = normalise(value) if len(value) == _SHORT else None
        parts.append(f"{column.path} = {quoted(found or _NOBODY) if value else 'null'}")
    whole = " OR ".join(parts)
    return f"(NOT ({whole}))" if wanted.operator == "notEqual" else f"({whole})"


def _boolean(column: Column, wanted: Filter) -> str:
    value = wanted.value.strip().lower()
    if value not in ("true", "false", "0", "1"):
        raise bad_request(f"The filter value {wanted.value} isn't valid for {column.name}.")
    truth = (value in ("true", "1")) == (wanted.operator == "equals")
    return f"{column.path} = {str(truth).lower()}"


def _number(column: Column, wanted: Filter) -> str:
    sign = {"equals": "=", "notEqual": "!="} | _ORDERED
    try:
        number = float(wanted.value) if wanted.value else None
    except ValueError:
        raise bad_request(f"The filter value {wanted.value} isn't valid for {column.name}.") from None
    return f"{column.path} {sign[wanted.operator]} {'null' if number is None else f'{number:f}'}"


class Dates:
    """Turns the days of a filter into instants where the running user lives."""

    def __init__(self, zone: tzinfo, today: date) -> None:
        self._zone = zone
        self._today = today

    def range_of(self, text: str) -> tuple[date, date]:
        """First day and the day after the last. Raises ValueError."""
        found = period(text.strip().upper().replace(" ", "_"), self._today)
        if found is not None:
            return found
        match = re.fullmatch(r"(\d\d?)/(\d\d?)/(\d{4})", text.strip())
        day = date(int(match[3]), int(match[1]), int(match[2])) if match else date.fromisoformat(text.strip())
        return day, day + timedelta(days=1)

    def edge(self, column: Column, day: date) -> str:
        if column.data_type == "date":
            return day.isoformat()
        midnight = datetime(day.year, day.month, day.day, tzinfo=self._zone)
        return f"{midnight.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _instant(column: Column, wanted: Filter, moment: datetime) -> str:
    sign = {"equals": "=", "notEqual": "!="} | _ORDERED
    return f"{column.path} {sign[wanted.operator]} {moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _date(column: Column, wanted: Filter, dates: Dates) -> str:
    """assumed: a day is the whole day, so greater than a day begins behind it."""
    if not wanted.value:
        return f"{column.path} {'!=' if wanted.operator == 'notEqual' else '='} null"
    if "T" in wanted.value and wanted.value[:1].isdigit() and column.data_type == "datetime":
        try:
            return _instant(column, wanted, read_datetime(wanted.value))
        except ValueError:
            raise bad_request(f"The filter value {wanted.value} isn't valid for {column.name}.") from None
    try:
        first, after = (dates.edge(column, day) for day in dates.range_of(wanted.value))
    except ValueError:
        raise bad_request(f"The filter value {wanted.value} isn't valid for {column.name}.") from None
    path = column.path
    return {
        "equals": f"({path} >= {first} AND {path} < {after})",
        "notEqual": f"({path} < {first} OR {path} >= {after} OR {path} = null)",
        "lessThan": f"{path} < {first}",
        "lessOrEqual": f"{path} < {after}",
        "greaterThan": f"{path} >= {after}",
        "greaterOrEqual": f"{path} >= {first}",
    }[wanted.operator]


def condition(column: Column, wanted: Filter, dates: Dates) -> str:
    """One filter as SOQL. Raises ApiError for an operator or value the column's type does not take."""
    if wanted.operator not in OPERATORS.get(column.data_type, ()):
        raise bad_request(f"The filter operator {wanted.operator} isn't valid for {column.name}.")
    if column.is_date:
        return _date(column, wanted, dates)
    if column.data_type == "id":
        return _id(column, wanted)
    if column.data_type == "boolean":
        return _boolean(column, wanted)
    return _number(column, wanted) if column.field.is_number else _text(column, wanted)


def _joined(parts: list[str], logic: str | None) -> str:
    """assumed: logic must name every filter, and no other."""
    if logic is None:
        return " AND ".join(parts)
    if not re.fullmatch(r"(?:\s|\d+|\(|\)|AND\b|OR\b|NOT\b)+", logic, re.IGNORECASE):
        raise bad_request("The filter logic is not valid.")
    named = {int(number) for number in re.findall(r"\d+", logic)}
    if named - set(range(1, len(parts) + 1)):
        raise bad_request("The filter logic references an undefined filter.")
    if len(named) != len(parts):
        raise bad_request("Some filter conditions are defined but not referenced in your filter logic.")
    # a number and its brackets, so that NOT and AND keep their places
    return "(" + re.sub(r"\d+", lambda found: f"({parts[int(found[0]) - 1]})", logic) + ")"


def _standard_dates(report: Definition, wanted: DateFilter, dates: Dates) -> list[str]:
    if wanted.duration == "CUSTOM" and not wanted.start and not wanted.end:
        return []
    column = report.column(wanted.column)
    if not column.is_date:
        raise bad_request(f"Column {wanted.column} can't be used in the standard date filter.")
    try:
        if wanted.duration != "CUSTOM":
            first, after = dates.range_of(wanted.duration)
            return [f"{column.path} >= {dates.edge(column, first)}", f"{column.path} < {dates.edge(column, after)}"]
        found: list[str] = []
        if wanted.start:
            found.append(f"{column.path} >= {dates.edge(column, dates.range_of(wanted.start)[0])}")
        if wanted.end:
            found.append(f"{column.path} < {dates.edge(column, dates.range_of(wanted.end)[1])}")
    except ValueError:
        raise bad_request("The standard date filter isn't valid.") from None
    return found


def where(report: Definition, dates: Dates) -> str:
    """The whole condition, empty where nothing is filtered. Raises ApiError."""
    parts = [condition(report.column(item.column), item, dates) for item in report.filters]
    found = _standard_dates(report, report.dates, dates)
    if parts or report.logic:
        found.append(_joined(parts, report.logic))
    return " AND ".join(found)
