"""An address as a question and back: what nobody can ask is told in words, and the rest of the question stays."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeVar
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from connector.model.activity import ACTIVITIES, COLLECTED
from connector.model.report_questions import (
    CHANNELS,
    NO_OWNER,
    NOT_IN_SALESFORCE,
    NUMBERED,
    Dimension,
    Key,
    Measure,
    Question,
    activity_key,
)

LONGEST_SEARCH = 80
LARGEST_ID = 2**53 - 1
NOBODY = "nobody"
"""The word in addresses for recipients that are not in Salesforce."""
KINDS = {"Contact": "Contact", "Lead": "Lead", NOBODY: NOT_IN_SALESFORCE}
_OWNER_LENGTH = 18
CUSTOM = "custom"
PERIODS: Mapping[str, str] = {
    "7": "Last 7 days",
    "30": "Last 30 days",
    "90": "Last 90 days",
    "365": "Last 365 days",
    "month": "This month",
    "last-month": "Last month",
    "year": "This year",
    "all": "All activity",
    CUSTOM: "From … to …",
}
USUAL = "90"
Entered = MultiDict[str, str]
T = TypeVar("T")


@dataclass
class Form:
    """What was entered with the question that it makes; `problems` are told beside it."""

    question: Question = field(default_factory=Question)
    period: str = USUAL
    first: str = ""
    last: str = ""
    problems: list[str] = field(default_factory=list[str])

    def query(self, **more: Key | None) -> str:
        """The question as the query of an address."""
        asked = self.question
        pairs: list[tuple[str, Key]] = [
            ("rows", str(asked.rows)),
            ("columns", str(asked.columns or "none")),
            ("count", str(asked.measure)),
            ("period", self.period),
            *([("from", self.first), ("to", self.last)] if self.period == CUSTOM else []),
            *(("group", group) for group in asked.groups),
            *(("activity", activity) for activity in asked.activities),
            *(("channel", channel) for channel in asked.channels),
            *(("kind", kind or NOBODY) for kind in asked.kinds),
            *([("owner", asked.owner or NOBODY)] if asked.owner is not None else []),
            *([("message", asked.message)] if asked.message else []),
            *((name, value) for name, value in more.items() if value is not None),
        ]
        return urlencode(pairs)


def form_of(entered: Entered, today: date) -> Form:
    """The question of an address."""
    form = Form()
    rows = _one(form, entered, "rows", _dimension) or Dimension.GROUP
    columns = None if entered.get("columns") == "none" else _one(form, entered, "columns", _dimension)
    if columns is None and "columns" not in entered:
        columns = Dimension.MONTH
    if columns is rows:
        columns = None
        form.problems.append("Rows and columns are the same, so only the rows are shown.")
    first, last = _days(form, entered, today)
    form.question = Question(
        rows=rows,
        columns=columns,
        measure=_one(form, entered, "count", Measure) or Measure.ACTIVITIES,
        first=first,
        last=last,
        groups=_known(form, entered, "group", GROUPS),
        activities=_known(form, entered, "activity", ACTIVITY_KEYS),
        channels=_known(form, entered, "channel", [str(channel) for channel in CHANNELS]),
        kinds=tuple(KINDS[kind] for kind in _known(form, entered, "kind", list(KINDS))),
        owner=_owner(form, entered.get("owner", "")),
        message=" ".join(entered.get("message", "").replace("\0", "").split())[:LONGEST_SEARCH],
    )
    return form


GROUPS = [str(group) for group in COLLECTED]
ACTIVITY_KEYS = list(dict.fromkeys(activity_key(one.group, one.label) for one in ACTIVITIES))


def key_of(dimension: Dimension, entered: str) -> Key | None:
    """The key of a row or column in an address; None for what can be none."""
    if dimension not in NUMBERED:
        return entered[:LONGEST_SEARCH].replace("\0", "")
    return whole(entered)


def whole(entered: str) -> int | None:
    """A number that an id or an instant can be; None for anything else, however long."""
    digits = entered.isdecimal() and entered.isascii() and len(entered) <= len(str(LARGEST_ID))
    return int(entered) if digits and int(entered) <= LARGEST_ID else None


def _dimension(word: str) -> Dimension:
    return Dimension(word)


def _one(form: Form, entered: Entered, name: str, read: Callable[[str], T]) -> T | None:
    if not (word := entered.get(name, "")):
        return None
    try:
        return read(word)
    except ValueError:
        form.problems.append(f"“{word[:40]}” is not something that the report can show; the usual is shown instead.")
        return None


def _known(form: Form, entered: Entered, name: str, known: Sequence[str]) -> tuple[str, ...]:
    words = [word for word in entered.getlist(name) if word]
    if any(word not in known for word in words):
        form.problems.append(f"A filter asked for an unknown {name}; it was left out.")
    return tuple(word for word in known if word in words)


def _owner(form: Form, word: str) -> str | None:
    if word in {"", NOBODY, NO_OWNER}:
        return {"": None, NOBODY: NOT_IN_SALESFORCE, NO_OWNER: NO_OWNER}[word]
    if len(word) == _OWNER_LENGTH and word.isalnum() and word.isascii():
        return word
    form.problems.append("A filter asked for an unknown owner; it was left out.")
    return None


def _days(form: Form, entered: Entered, today: date) -> tuple[date | None, date | None]:
    form.period = entered.get("period", "") or USUAL
    form.first, form.last = entered.get("from", "")[:10], entered.get("to", "")[:10]
    if form.period == CUSTOM:
        found = _between(form)
        if found is not None:
            return found
        form.period = USUAL
    if form.period not in PERIODS:
        form.problems.append("The period is not one of the list; the last 90 days are shown.")
        form.period = USUAL
    return _preset(form.period, today)


def _between(form: Form) -> tuple[date | None, date | None] | None:
    try:
        first, last = (date.fromisoformat(word) if word else None for word in (form.first, form.last))
    except ValueError:
        form.problems.append("A date could not be read: write it as 2026-01-31. The last 90 days are shown.")
        return None
    if first and last and first > last:
        form.problems.append("The first day is behind the last one. The last 90 days are shown.")
        return None
    if (first or last) and not all(1990 <= day.year <= 2100 for day in (first, last) if day):  # noqa: PLR2004  # years
        form.problems.append("The years 1990 to 2100 can be asked for. The last 90 days are shown.")
        return None
    return first, last


def _preset(period: str, today: date) -> tuple[date | None, date | None]:
    begin = today.replace(day=1)
    if period == "last-month":
        last = begin - timedelta(days=1)
        return last.replace(day=1), last
    if period == "all":
        return None, None
    starts = {"month": begin, "year": today.replace(month=1, day=1)}
    return starts.get(period) or today - timedelta(days=int(period) - 1), today
