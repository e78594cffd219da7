"""Reads what a caller sends for a field into what is stored, a whole column at a time; knows no rows and no SQL."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Final

from sandbox.salesforce.clock import stamp
from sandbox.salesforce.errors import RowError
from sandbox.salesforce.schema import Field


class Unchanged:
    """The mark for a value the caller left out: an empty CSV cell, a key absent from JSON."""

    def __repr__(self) -> str:
        return "UNCHANGED"


UNCHANGED: Final = Unchanged()
Errors = dict[int, list[RowError]]
_YES, _NO = frozenset({"true", "1", "yes", "y", "t"}), frozenset({"false", "0", "no", "n", "f"})
_DATETIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)\s*(Z|[+-]\d\d:?\d\d)?")
_USUAL_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(?:Z|\+0000)", re.ASCII).fullmatch
_TYPE_CODE = "INVALID_TYPE_ON_FIELD_IN_RECORD"


class BadValueError(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def read_datetime(text: str) -> datetime:
    """An ISO datetime in any zone, as UTC. Raises ValueError."""
    found = _DATETIME.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    day, clock, zone = found.groups()
    if len(clock) == 5:
        clock += ":00"
    whole, _, fraction = clock.partition(".")
    moment = datetime.fromisoformat(f"{day}T{whole}.{fraction[:6].ljust(6, '0')}")
    if zone and zone != "Z":
        zone = zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
        return datetime.fromisoformat(moment.isoformat() + zone).astimezone(UTC)
    return moment.replace(tzinfo=UTC)


def _text(field: Field, value: object) -> str | None:
    if isinstance(value, bool):
        value = "true" if value else "false"
    elif isinstance(value, (int, float)):
        value = str(value)
    elif not isinstance(value, str):
        raise BadValueError("JSON_PARSER_ERROR", f"Cannot deserialize instance of string from {type(value).__name__}")
    # a long text area keeps its spaces; other text is trimmed when it is saved
    value = value if field.is_long else value.strip()
    if field.length and len(value) > field.length:
        message = f"{field.label}: data value too large: {value} (max length={field.length})"
        raise BadValueError("STRING_TOO_LONG", message)
    return value or None


def _email(field: Field, value: object) -> str | None:
    text = _text(field, value)
    if text is not None and not re.fullmatch(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]+", text):
        raise BadValueError("INVALID_EMAIL_ADDRESS", f"{field.label}: invalid email address: {text}")
    return text


def _boolean(field: Field, value: object) -> int:
    if isinstance(value, bool):
        return int(value)
    word = str(value).strip().lower()
    if word not in _YES and word not in _NO:
        raise BadValueError(_TYPE_CODE, f"{field.label}: value not of required type: {value}")
    return int(word in _YES)


def _number(field: Field, value: object) -> float | int:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise BadValueError("JSON_PARSER_ERROR", f"Cannot deserialize instance of double from {type(value).__name__}")
    try:
        number = float(value)
    except ValueError:
        raise BadValueError(_TYPE_CODE, f"{field.label}: value not of required type: {value}") from None
    if field.precision and abs(number) >= 10 ** (field.precision - field.scale):
        message = f"{field.label}: value outside of valid range on numeric field: {value}"
        raise BadValueError("NUMBER_OUTSIDE_VALID_RANGE", message)
    return int(number) if field.type == "int" else round(number, field.scale)


def _date(field: Field, value: object) -> str:
    try:
        return date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        raise BadValueError(_TYPE_CODE, f"{field.label}: value not of required type: {value}") from None


def _datetime(field: Field, value: object) -> str:
    if isinstance(value, str) and _USUAL_DATETIME(value):
        try:
            datetime.fromisoformat(value[:19])
        except ValueError:
            raise BadValueError(_TYPE_CODE, f"{field.label}: value not of required type: {value}") from None
        return f"{value[:23]}+0000"
    try:
        return stamp(read_datetime(str(value)))
    except ValueError:
        raise BadValueError(_TYPE_CODE, f"{field.label}: value not of required type: {value}") from None


def _reference(field: Field, value: object) -> str | None:
    if not isinstance(value, str):
        raise BadValueError("MALFORMED_ID", f"{field.label}: id value of incorrect type: {value}")
    return value.strip() or None  # the writer looks the id up and tells what is wrong with it


_READERS: dict[str, Callable[[Field, object], object]] = {
    "email": _email,
    "boolean": _boolean,
    "int": _number,
    "double": _number,
    "currency": _number,
    "percent": _number,
    "date": _date,
    "datetime": _datetime,
    "reference": _reference,
    "id": _reference,
}


def read_value(field: Field, value: object) -> object:
    """One value as it is stored. Raises BadValueError."""
    return _READERS.get(field.type, _text)(field, value)


def _quick_text(field: Field, values: Sequence[object]) -> list[object] | None:
    """A CSV column of text in which nothing is wrong, or None if its values have to be looked at one by one."""
    if not any(values):
        return list[object]([UNCHANGED]) * len(values)
    texts = [value if isinstance(value, str) else "" for value in values]
    if field.length and len(max(texts, key=len)) > field.length:
        return None
    if not field.is_long:
        texts = [text.strip() for text in texts]
    found: list[object] = [text or (None if value else UNCHANGED) for text, value in zip(texts, values, strict=True)]
    if "#N/A" in values:
        return [None if value == "#N/A" else kept for value, kept in zip(values, found, strict=True)]
    return found


def read_column(field: Field, values: Sequence[object], errors: Errors, *, csv: bool) -> list[object]:
    """A column of values as stored; ``None`` is null, ``UNCHANGED`` stays, bad ones are reported by row number.

    In CSV an empty cell is unchanged and ``#N/A`` is null.
    """
    reader = _READERS.get(field.type, _text)
    if csv and reader in (_text, _reference):
        quick = _quick_text(field, values)
        if quick is not None:
            return quick
    found: list[object] = []
    for place, value in enumerate(values):
        if csv and value == "":
            value = UNCHANGED  # noqa: PLW2901 - the two CSV spellings become the two marks
        elif csv and value == "#N/A":
            value = None  # noqa: PLW2901 - the same
        if value is None or value is UNCHANGED:
            found.append(0 if value is None and field.type == "boolean" else value)
            continue
        try:
            found.append(reader(field, value))
        except BadValueError as error:
            errors.setdefault(place, []).append(RowError(error.code, str(error), (field.name,)))
            found.append(None)
    return found
