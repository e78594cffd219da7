"""A report of more rows than one run gives, read in parts that are each small enough; it knows no person.

Salesforce gives the first 2,000 rows of a run and says whether there were more. A part that has more is parted again
at a value that stands in its own rows, so any column serves in which they differ: a date, a name, an address.
"""

import bisect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from connector.errors import CredentialsRefused, LimitReached, NotFound, Refused
from connector.salesforce.report_answer import Answer, Column, Report

FILTERS = 20
"""Filters that Salesforce takes in one run."""

MOST_RUNS = 400
"""Runs spent on one report; Salesforce allows 500 an hour to all users together."""

ADVICE = "Add the Contact ID or Lead ID and the Created Date to the report, or use a Campaign or a list view instead."

DATES = frozenset({"date", "datetime"})
TEXTS = frozenset({"string", "email", "phone"})
NUMBERS = frozenset({"int", "double"})
FINE = 8
"""Different dates from which on a column of dates is taken before any other: they never change, names do."""

_CUT = 0.5
_CUT_SORTED = 0.95
"""Where the rows that came are parted: rows in order of the column are its first ones, and most of them fit."""


@dataclass(frozen=True)
class Bounds:
    """A range of one column's values, from `low` on and below `high`; or no value at all."""

    low: str | None = None
    high: str | None = None
    empty: bool = False

    def filters(self, column: str) -> list[dict[str, Any]]:
        """The range as Salesforce's filters; an open lower end must shut out empty values itself."""
        if self.empty:
            return [_filter(column, "equals", "")]
        lower = _filter(column, "notEqual", "") if self.low is None else _filter(column, "greaterOrEqual", self.low)
        return [lower] if self.high is None else [lower, _filter(column, "lessThan", self.high)]


Part = Mapping[str, Bounds]
"""Some of a report's rows: those within every column's bounds."""


@dataclass
class Slices:
    """Reads one report in parts; `run` runs it with changes of its metadata."""

    run: Callable[[Mapping[str, Any]], Answer]
    report: Report
    changes: Mapping[str, Any]
    runs: int = 0
    _banned: set[str] = field(default_factory=set[str])

    def read(self, answer: Answer) -> Iterator[Answer]:
        """The complete answers of parts that together are the report, from the answer of the whole that was not.

        Raises `Refused` when a part cannot be made small enough.
        """
        part: Part = {}
        waiting: list[Part] = []
        while True:
            if self.runs >= MOST_RUNS:
                raise Refused(
                    f"This report was not read to its end in {MOST_RUNS} runs, as many as one report may use.",
                    advice=ADVICE,
                )
            if not answer.complete:
                part, answer, others = self._parted(part, answer)
                waiting += others
                continue
            yield answer
            if not waiting:
                return
            part = waiting.pop()
            answer = self._run(part)

    def _parted(self, part: Part, answer: Answer) -> tuple[Part, Answer, list[Part]]:
        """The part's first piece with its answer, and the other pieces."""
        for column, value in self._cuts(part, answer):
            first, *others = _pieces(part, column, value)
            if len(self._changes(first)["reportFilters"]) > FILTERS:
                continue
            try:
                return first, self._run(first), others
            except (LimitReached, CredentialsRefused, NotFound):
                raise
            except Refused:
                self._banned.add(column)
        raise Refused(
            f"{_rows(answer)} of this report cannot be told apart by a date or a text in it, and Salesforce gives only "
            "2,000 of them at a time.",
            advice=ADVICE,
        )

    def _run(self, part: Part) -> Answer:
        self.runs += 1
        return self.run(self._changes(part))

    def _changes(self, part: Part) -> dict[str, Any]:
        saved = list(self.report.metadata.get("reportFilters") or ())
        ours = [item for column, bounds in part.items() for item in bounds.filters(column)]
        changes = {**self.changes, "reportFilters": [*saved, *ours]}
        logic = self.report.metadata.get("reportBooleanFilter")
        if logic:
            numbers = range(len(saved) + 1, len(saved) + len(ours) + 1)
            changes["reportBooleanFilter"] = " AND ".join([f"({logic})", *map(str, numbers)])
        return changes

    def _cuts(self, part: Part, answer: Answer) -> Iterator[tuple[str, str]]:
        """Columns by which the rows can be parted, the best first, each with the value to part at; none where some of
        the rows have a value and some do not.
        """
        found: list[tuple[bool, int, str, str]] = []
        for place, column in enumerate(answer.columns):
            if column.grouped or not column.filterable or column.name in self._banned:
                continue
            bounds = part.get(column.name)
            values = [] if bounds and bounds.empty else _values(column, place, answer)
            different = sorted(set(values), key=_order(column))
            cut = _cut(values, different, column)
            if cut or (values and len(values) < len(answer.rows) and not bounds):
                found.append((column.kind in DATES and len(different) >= FINE, len(different), column.name, cut))
        for _, _, name, cut in sorted(found, reverse=True):
            yield name, cut


def _filter(column: str, operator: str, value: str) -> dict[str, Any]:
    return {"column": column, "operator": operator, "value": value}


def _pieces(part: Part, column: str, value: str) -> list[Part]:
    """Two halves of a part (one for no value to part at), and what is empty in the column if that is not parted yet."""
    bounds = part.get(column)
    known = bounds or Bounds()
    halves = [replace(known, high=value), replace(known, low=value)] if value else [known]
    pieces = halves if bounds else [*halves, Bounds(empty=True)]
    return [{**part, column: piece} for piece in pieces]


def _values(column: Column, place: int, answer: Answer) -> list[str]:
    """The column's values in the order of the rows, as a filter takes them: a name where the value is an id."""
    if column.kind in DATES | NUMBERS:
        return [row[place].value for row in answer.rows if row[place].value]
    if column.kind in TEXTS:
        return [row[place].label for row in answer.rows if row[place].value]
    return []


def _order(column: Column) -> Callable[[str], Any]:
    return float if column.kind in NUMBERS else str.casefold


def _cut(values: Sequence[str], different: Sequence[str], column: Column) -> str:
    """A value that parts the rows, about in the middle of them; nothing when they cannot be parted by this column."""
    order = _order(column)
    fit = [value for value in different if _plain(value) and order(value) != order(different[0])]
    if not fit:
        return ""
    ranked = sorted(values, key=order)
    share = _CUT
    if ranked == list(values):
        share = _CUT_SORTED
    elif ranked == list(reversed(values)):
        share = 1 - _CUT_SORTED
    wanted = order(ranked[int(len(ranked) * share)])
    return fit[min(bisect.bisect_left(fit, wanted, key=order), len(fit) - 1)]


def _plain(value: str) -> bool:
    """Whether a filter means this value only: commas and quotes stand for several, blanks at an end are cut off."""
    return value == value.strip() and not {",", '"'} & set(value)


def _rows(answer: Answer) -> str:
    return f"{answer.total:,} rows" if answer.total is not None else "More than 2,000 rows"
