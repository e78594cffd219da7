"""One value of a report as its cell shows it: the label people read and the value behind it; knows no report."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from sandbox.salesforce.analytics.types import Column
from sandbox.salesforce.values import read_datetime

EMPTY_TEXT_SINCE = 37  # the API version from which an empty value is "" and not null
_SHORT = 15


@dataclass(frozen=True)
class Reader:
    """Whose zone dates are shown in, and which API version asked."""

    zone: tzinfo
    version: int


def _day(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"


def local(value: object, zone: tzinfo) -> datetime:
    """A stored datetime where the reader lives."""
    return read_datetime(str(value)).astimezone(zone)


def _moment(value: object, reader: Reader) -> tuple[str, object]:
    moment = local(value, reader.zone)
    label = f"{_day(moment)}, {moment.hour % 12 or 12}:{moment.minute:02d} {'PM' if moment.hour >= 12 else 'AM'}"
    return label, f"{str(value)[:19]}Z"


def _date(value: object, _reader: Reader) -> tuple[str, object]:
    return _day(date.fromisoformat(str(value))), value


def _boolean(value: object, _reader: Reader) -> tuple[str, object]:
    return str(bool(value)).lower(), bool(value)


def _number(value: object, _reader: Reader) -> tuple[str, object]:
    number = float(str(value))
    return (f"{number:,.0f}", int(number)) if number == int(number) else (f"{number:,}", number)


_SHOWN: dict[str, Callable[[object, Reader], tuple[str, object]]] = {
    "datetime": _moment,
    "date": _date,
    "boolean": _boolean,
    "int": _number,
    "double": _number,
    "currency": _number,
    "percent": _number,
}


def cell(column: Column, value: object, lookup: object, reader: Reader) -> dict[str, object]:
    """``label`` and ``value``; a lookup's value is the id. assumed: the dash that stands for an empty value."""
    if value is None or value == "":
        return {"label": "-", "value": "" if reader.version >= EMPTY_TEXT_SINCE else None}
    if column.short:
        short = str(value)[:_SHORT]
        return {"label": short, "value": short}
    show = _SHOWN.get(column.data_type)
    if show is not None:
        label, shown = show(value, reader)
        return {"label": label, "value": shown}
    return {"label": value, "value": value if column.lookup is None else lookup}
