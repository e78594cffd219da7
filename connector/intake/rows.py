"""Reads a body of activities, JSON lines or CSV: every row is either understood or refused with a reason of its own."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from connector import clock
from connector.errors import Refused
from connector.model.activity import ACTIVITIES, ActivityGroup, Channel
from connector.model.addresses import dialled
from connector.model.intake import MOST_ROWS, Arrived, RefusedRow
from connector.model.people import address, id18, kind_of

JSON_LINES, CSV = "application/x-ndjson", "text/csv"
MOST_LETTERS = {"id": 200, "activity": 80, "message": 255, "message_id": 80, "detail": 255, "email": 255, "phone": 40}
FIELDS = (
    *("id", "kind", "activity", "at", "salesforce_id", "email", "phone", "recipient", "message", "message_id"),
    *("detail", "channel"),
)
"""What a row may say; `id`, `kind` and `at` it must, and one of those that tell who."""

_GROUPS = {str(group).casefold(): group for group in ActivityGroup}
_ONLY = {
    group: labels[0]
    for group in ActivityGroup
    if len(labels := [one.label for one in ACTIVITIES if one.group is group]) == 1
}
_LABELS = {(one.group, one.label.casefold()): one.label for one in ACTIVITIES}
_CHANNELS = {str(channel).casefold(): str(channel) for channel in Channel} | {"email": str(Channel.EMAIL)}
_LATEST = 5 * 60_000
"""Milliseconds by which a sender's clock may be ahead."""
_LONGEST_ROW = 20_000


class _Unread(ValueError):
    """Why a row cannot be taken, in words for whoever sends it."""


def read(body: bytes, kind: str) -> Iterator[Arrived | RefusedRow]:
    """The rows of a body in its own order.

    Raises `Refused` for a body that is no text, no table, or holds too many rows.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("The body is not UTF-8 text.", code="NOT_UTF8") from None
    if "\x00" in text:
        raise Refused("The body holds NUL characters.", code="NOT_UTF8")
    rows = _table(text) if kind == CSV else _lines(text)
    latest = clock.milliseconds(clock.now()) + _LATEST
    for count, (line, found) in enumerate(rows):
        if count >= MOST_ROWS:
            raise Refused(f"A batch holds at most {MOST_ROWS:,} rows. Send the rest in another.", code="TOO_MANY_ROWS")
        yield _row(line, found, latest)


def _lines(text: str) -> Iterator[tuple[int, Any]]:
    for line, told in enumerate(text.split("\n"), start=1):
        if not told.strip():
            continue
        try:
            yield line, orjson.loads(told)
        except orjson.JSONDecodeError:
            yield line, None


def _table(text: str) -> Iterator[tuple[int, Any]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        header = reader.fieldnames or []
        unknown = [name for name in header if name not in FIELDS]
        if unknown or len(set(header)) != len(header) or not {"id", "kind", "at"} <= set(header):
            raise Refused(
                f"The first line must name the columns: id, kind, at and others of {', '.join(FIELDS)}, each once.",
                code="NO_HEADER",
            )
        for found in reader:
            yield reader.line_num, found if None not in found else None
    except csv.Error as error:
        raise Refused(f"The body is no CSV: {error} (line {reader.line_num}).", code="NOT_CSV") from None


def _row(line: int, found: Any, latest: int) -> Arrived | RefusedRow:
    if not isinstance(found, Mapping):
        return RefusedRow(line, "", "This is not one JSON object, or a row of as many cells as there are columns.")
    told: dict[str, Any] = {str(name): value for name, value in found.items() if value is not None and value != ""}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] # a stranger's JSON
    event_id = str(told.get("id", ""))[: MOST_LETTERS["id"]]
    try:
        return _understood(line, told, latest)
    except _Unread as error:
        return RefusedRow(line, event_id, str(error))


def _understood(line: int, told: Mapping[str, Any], latest: int) -> Arrived:
    unknown = sorted(set(told) - set(FIELDS))
    if unknown:
        raise _Unread(f"“{unknown[0][:40]}” is no name that is known here. Known are {', '.join(FIELDS)}.")
    words = {name: _word(name, value) for name, value in told.items()}
    missing = [name for name in ("id", "kind", "at") if not words.get(name)]
    if missing:
        raise _Unread(f"“{missing[0]}” is missing.")
    group = _group(words["kind"])
    return Arrived(
        line=line,
        event_id=words["id"],
        group=str(group),
        activity=_activity(group, words.get("activity", "")),
        at=_instant(words["at"], latest),
        message_id=words.get("message_id", ""),
        message=words.get("message", ""),
        detail=words.get("detail", ""),
        channel=_channel(words.get("channel", "")),
        **_who(words),
    )


def _word(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise _Unread(f"“{name}” must be a text or a whole number.")
    text = " ".join(str(value).split())
    if not text.isprintable():
        raise _Unread(f"“{name}” holds characters that cannot be shown.")
    if len(text) > MOST_LETTERS.get(name, 80):
        raise _Unread(f"“{name}” has more than {MOST_LETTERS.get(name, 80)} characters.")
    return text


def _group(told: str) -> ActivityGroup:
    group = _GROUPS.get(told.casefold())
    if group is None:
        raise _Unread(f"“{told}” is no kind of activity. Known are {', '.join(ActivityGroup)}.")
    return group


def _activity(group: ActivityGroup, told: str) -> str:
    """An activity that nobody has heard of is kept as it came."""
    if not told and group not in _ONLY:
        raise _Unread(f"“activity” is missing: {group} has several.")
    return _LABELS.get((group, told.casefold()), told) or _ONLY[group]


def _channel(told: str) -> str:
    if told and told.casefold() not in _CHANNELS:
        raise _Unread(f"“{told}” is no channel. Known are {', '.join(Channel)}.")
    return _CHANNELS.get(told.casefold(), "")


def _instant(told: str, latest: int) -> int:
    try:
        found = datetime.fromisoformat(told)
    except ValueError:
        raise _Unread("“at” is no instant such as 2026-03-12T14:30:00Z.") from None
    if found.tzinfo is None:
        raise _Unread("“at” names no zone: end it with Z or +00:00.")
    try:
        at = clock.milliseconds(found)
    except (OverflowError, ValueError):
        raise _Unread("“at” is no instant that can be counted.") from None
    if not 0 < at <= latest:
        raise _Unread("“at” lies in the future, or before 1970.")
    return at


def _who(words: Mapping[str, str]) -> dict[str, Any]:
    found = {of: reader(told) for name, (of, reader) in _READERS.items() if (told := words.get(name))}
    if not found:
        raise _Unread("It names nobody: salesforce_id, email, phone or recipient is needed.")
    return found


def _person_id(told: str) -> str:
    found = id18(told)
    if not kind_of(found) or len(found) != 18:  # noqa: PLR2004  # of a Salesforce id
        raise _Unread("“salesforce_id” is no id of a Contact (003…) or a Lead (00Q…).")
    return found


def _email(told: str) -> str:
    name, _, domain = told.rpartition("@")
    if not name or not domain or " " in told:
        raise _Unread("“email” is no e-mail address.")
    return address(told)


def _phone(told: str) -> str:
    found = _dialled(told)
    if not found:
        raise _Unread("“phone” is no telephone number such as +12025550100.")
    return found


def _recipient(told: str) -> int:
    if not told.isdecimal() or not told.isascii() or not 0 < int(told) < _MOST_NUMBER:
        raise _Unread("“recipient” is no number of a Real Magnet recipient.")
    return int(told)


_MOST_NUMBER = 2**53
_READERS: Mapping[str, tuple[str, Callable[[str], str | int]]] = {
    "salesforce_id": ("person_id", _person_id),
    "email": ("email", _email),
    "phone": ("phone", _phone),
    "recipient": ("recipient", _recipient),
}


@lru_cache(20_000)
def _dialled(told: str) -> str:
    return dialled(told, "")
