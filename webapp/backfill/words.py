"""A range of days as a person enters it and reads it: whole days in US Eastern time, as Real Magnet counts them."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from connector import clock
from connector.model.scope import Scope
from webapp.moments import MONTH_FIRST

MOST_DAYS = 731
"""Two years: so far a back-fill reaches."""


@dataclass(frozen=True)
class Range:
    """What was entered, and what is wrong with it."""

    first: str = ""
    last: str = ""
    scope: Scope | None = None
    problems: dict[str, str] = field(default_factory=dict[str, str])


def today() -> date:
    """By Real Magnet's calendar."""
    return clock.now().astimezone(clock.EASTERN).date()


def earliest() -> date:
    """The first day that may be asked for."""
    return today() - timedelta(days=MOST_DAYS)


def read(first: str, last: str) -> Range:
    """The range, or its problems by field."""
    begin, end = _day(first), _day(last)
    problems: dict[str, str] = {}
    if begin is None:
        problems["first"] = "Enter the first day, such as 2026-01-31."
    elif begin < earliest():
        problems["first"] = f"A back-fill reaches back two years: to {earliest().isoformat()}."
    elif begin > today():
        problems["first"] = "This day is still to come."
    if end is None:
        problems["last"] = "Enter the last day, such as 2026-03-31."
    elif end > today():
        problems["last"] = "This day is still to come: the last one may be today."
    elif begin is not None and end < begin:
        problems["last"] = "The last day lies before the first one."
    if problems or begin is None or end is None:
        return Range(first, last, problems=problems)
    return Range(first, last, Scope(from_at=_midnight(begin), before_at=_midnight(end + timedelta(days=1))))


def days(from_at: int, before_at: int, locale: str) -> str:
    """The range in words: `1 Jan to 31 Mar 2026`."""
    first = clock.from_milliseconds(from_at).astimezone(clock.EASTERN).date()
    last = clock.from_milliseconds(before_at - 1).astimezone(clock.EASTERN).date()
    if first == last:
        return _words(last, locale)
    return f"{_words(first, locale, year=first.year != last.year)} to {_words(last, locale)}"


def _words(day: date, locale: str, *, year: bool = True) -> str:
    if locale in MONTH_FIRST:
        return f"{day:%b} {day.day}{f', {day.year}' if year else ''}"
    return f"{day.day} {day:%b}{f' {day.year}' if year else ''}"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _midnight(day: date) -> int:
    return clock.milliseconds(datetime.combine(day, time(), clock.EASTERN))
