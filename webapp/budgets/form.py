"""Reads what was entered in Budgets: every mistake in words beside its field, nothing that was entered lost."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from connector.model.activity import COLLECTED
from connector.model.budgets import BUDGET_FIELDS, Budget

_NUMBER = re.compile(r"\d{1,3}(?:[ ,.'\u202f\u00a0]\d{3})*|\d{1,9}", re.ASCII)
LONGEST_DAYS = 3650


@dataclass(frozen=True)
class Entry:
    """What one field takes: from, to, and whether it may stay empty."""

    least: int
    most: int
    optional: bool = False

    @property
    def words(self) -> str:
        """What to enter instead."""
        or_empty = ", or leave it empty" if self.optional else ""
        return f"Enter a whole number from {self.least:,} to {self.most:,}{or_empty}."


CEILINGS: Mapping[str, Entry] = {
    "calls_percent": Entry(1, 100),
    "calls_most": Entry(100, 100_000_000, optional=True),
    "consent_calls": Entry(0, 1_000_000),
    "storage_percent": Entry(1, 100),
    "storage_most_mb": Entry(1, 100_000_000, optional=True),
}
DAYS = Entry(1, LONGEST_DAYS, optional=True)


@dataclass(frozen=True)
class Ceilings:
    """The ceilings as texts, what is wrong with which, and the budget they make when nothing is."""

    values: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict[str, str])
    budget: Budget | None = None


@dataclass(frozen=True)
class Kept:
    """Days by kind as texts, what is wrong with which, and the days that were understood."""

    values: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict[str, str])
    days: Mapping[str, int] = field(default_factory=dict[str, int])


def shown(budget: Budget) -> Ceilings:
    """The ceilings as they stand."""
    values = {name: "" if value is None else str(value) for name, value in asdict(budget).items()}
    return Ceilings(values, {}, budget)


def read(entered: Mapping[str, str]) -> Ceilings:
    """The ceilings in a submitted form."""
    values = {name: entered.get(name, "").strip()[:40] for name in BUDGET_FIELDS}
    numbers = {name: number_of(values[name], entry) for name, entry in CEILINGS.items()}
    problems = {name: entry.words for name, entry in CEILINGS.items() if _wrong(values[name], numbers[name], entry)}
    if problems:
        return Ceilings(values, problems)
    must = {name: number or 0 for name, number in numbers.items()}
    budget = Budget(
        calls_percent=must["calls_percent"],
        calls_most=numbers["calls_most"],
        consent_calls=must["consent_calls"],
        storage_percent=must["storage_percent"],
        storage_most_mb=numbers["storage_most_mb"],
    )
    return Ceilings(values, {}, budget)


def shown_days(days: Mapping[str, int]) -> Kept:
    """How long rows of each kind stay, as it stands."""
    return Kept({str(kind): str(days.get(kind, "")) for kind in COLLECTED}, {}, days)


def read_days(entered: Mapping[str, str]) -> Kept:
    """How long rows of each kind stay, in a submitted form; empty is for ever."""
    values = {str(kind): entered.get(f"keep {kind}", "").strip()[:40] for kind in COLLECTED}
    numbers = {kind: number_of(value, DAYS) for kind, value in values.items()}
    problems = {kind: DAYS.words for kind, value in values.items() if _wrong(value, numbers[kind], DAYS)}
    return Kept(values, problems, {kind: number for kind, number in numbers.items() if number is not None})


def number_of(text: str, entry: Entry) -> int | None:
    """The number of a text such as `1,500`; None when it is none, or out of bounds."""
    if not _NUMBER.fullmatch(text):
        return None
    number = int(re.sub(r"\D", "", text))
    return number if entry.least <= number <= entry.most else None


def _wrong(text: str, number: int | None, entry: Entry) -> bool:
    return number is None and not (entry.optional and not text)
