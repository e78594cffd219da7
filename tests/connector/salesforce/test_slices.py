"""A report in parts: every row once, whatever its rows look like, or an honest refusal."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.errors import CredentialsRefused, LimitReached, Refused
from connector.salesforce import slices
from connector.salesforce.report_answer import Answer, Cell, Column, Report
from connector.salesforce.slices import FILTERS, Slices

CREATED = Column("CREATED_DATE", "Created Date", "date")
NAME = Column("LAST_NAME", "Last Name", "string")
COUNT = Column("NUMBER", "Number", "int")
ID = Column("CONTACT_ID", "Contact ID", "id")
COLUMNS = (CREATED, NAME, COUNT, ID)
TYPES = {"date": str.casefold, "string": str.casefold, "int": float}

Line = tuple[str, str, str, str]


class Org:
    """A report of a few rows a run, filtered as Salesforce filters: without letter case, nothing below no value."""

    def __init__(self, lines: Sequence[Line], most: int, saved: Mapping[str, Any] | None = None) -> None:
        self.lines = lines
        self.most = most
        self.report = Report(saved or {}, {})
        self.runs: list[Mapping[str, Any]] = []

    def run(self, changes: Mapping[str, Any]) -> Answer:
        self.runs.append(changes)
        found = [line for line in self.lines if all(_fits(line, item) for item in changes.get("reportFilters", ()))]
        rows = [[Cell(text, text) for text in line] for line in found]
        return Answer(COLUMNS, rows[: self.most], len(rows), len(rows) <= self.most)

    def read(self) -> list[Line]:
        parts = Slices(self.run, self.report, {})
        return [tuple(cell.value for cell in row) for part in parts.read(self.run({})) for row in part.rows]


def _fits(line: Line, item: Mapping[str, Any]) -> bool:
    if item["column"] == "SAVED":
        return True
    place = next(place for place, column in enumerate(COLUMNS) if column.name == item["column"])
    value, wanted = line[place], item["value"]
    if item["operator"] in {"equals", "notEqual"}:
        assert wanted == ""
        return (not value) == (item["operator"] == "equals")
    order = TYPES[COLUMNS[place].kind]
    if item["operator"] == "lessThan":
        return not value or order(value) < order(wanted)  # the vendor may well count nothing as less than anything
    assert item["operator"] == "greaterOrEqual"
    return bool(value) and order(value) >= order(wanted)


_DATES = st.one_of(st.just(""), st.dates().map(str))
_NAMES = st.one_of(
    st.just(""), st.text(alphabet='abAB,"é Ωя-', max_size=3), st.sampled_from(["Smith", "SMITH", "smith"])
)
_NUMBERS = st.one_of(st.just(""), st.integers(-20, 20).map(str))


@settings(deadline=None, database=None)
@given(st.lists(st.tuples(_DATES, _NAMES, _NUMBERS, st.text()), max_size=60), st.integers(1, 8), st.booleans())
def test_every_row_comes_once_or_the_report_is_refused(lines: list[Line], most: int, in_order: bool) -> None:
    lines = sorted(lines) if in_order else lines
    org = Org(lines, most)
    try:
        found = org.read()
    except Refused:
        assert _alike(lines) >= most
    else:
        assert sorted(found) == sorted(lines)
    assert all(len(run.get("reportFilters", ())) <= FILTERS for run in org.runs)


def _alike(lines: Sequence[Line]) -> int:
    """The most rows that no filter at hand can tell apart: a run that shows only such rows leads nowhere."""
    plain = [
        (created, "?" if {",", '"'} & set(name) or name != name.strip() else name.casefold(), number and float(number))
        for created, name, number, _ in lines
    ]
    same = [item for item in plain if "?" in item[1]]
    return max([plain.count(item) for item in plain] + [len(same)], default=0) + len(same)


def test_nine_thousand_rows_need_few_runs() -> None:
    lines: list[Line] = [(f"20{n % 20 + 10}-{n % 12 + 1:02}-{n % 28 + 1:02}", "x", "", str(n)) for n in range(9_000)]
    for ordered in (lines, sorted(lines)):
        org = Org(ordered, 2_000)
        assert sorted(org.read()) == sorted(lines)
        assert len(org.runs) <= 20


def test_the_report_s_own_filters_and_their_logic_stay() -> None:
    saved = {"reportFilters": [{"column": "SAVED"}, {"column": "SAVED"}], "reportBooleanFilter": "1 OR 2"}
    org = Org([(f"2026-01-{n + 1:02}", "x", "", str(n)) for n in range(9)], 4, saved)
    assert len(org.read()) == 9
    for run in org.runs[1:]:
        ours = len(run["reportFilters"]) - 2
        assert run["reportFilters"][:2] == saved["reportFilters"]
        assert run["reportBooleanFilter"] == " AND ".join(["(1 OR 2)", *map(str, range(3, 3 + ours))])


def test_no_run_has_more_filters_than_salesforce_takes() -> None:
    saved = {"reportFilters": [{"column": "SAVED"}] * (FILTERS - 1)}
    with pytest.raises(Refused, match="cannot be told apart"):
        Org([(f"2026-01-{n + 1:02}", "x", "", str(n)) for n in range(9)], 4, saved).read()


def test_rows_that_are_all_alike_are_refused_with_their_number() -> None:
    with pytest.raises(Refused, match="9 rows of this report cannot be told apart") as refused:
        Org([("2026-01-01", "x", "5", str(n)) for n in range(9)], 4).read()
    assert "Contact ID" in refused.value.advice


def test_a_column_that_salesforce_does_not_filter_by_gives_way_to_another() -> None:
    class Strict(Org):
        def run(self, changes: Mapping[str, Any]) -> Answer:
            if any(item["column"] == "CREATED_DATE" for item in changes.get("reportFilters", ())):
                raise Refused("The filter is not valid.")
            return super().run(changes)

    org = Strict([(f"2026-01-{n + 1:02}", chr(97 + n), "", str(n)) for n in range(20)], 4)
    assert len(org.read()) == 20


@pytest.mark.parametrize("error", [LimitReached("used up"), CredentialsRefused("who?")])
def test_what_has_nothing_to_do_with_the_column_is_raised(error: Refused) -> None:
    def run(_changes: Mapping[str, Any]) -> Answer:
        raise error

    org = Org([(f"2026-01-{n + 1:02}", "x", "", str(n)) for n in range(9)], 4)
    with pytest.raises(type(error)):
        list(Slices(run, org.report, {}).read(org.run({})))


def test_it_ends_when_a_report_never_gets_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "MOST_RUNS", 30)

    class Deaf(Org):
        def run(self, changes: Mapping[str, Any]) -> Answer:
            return dataclasses.replace(super().run({**changes, "reportFilters": []}), complete=False)

    with pytest.raises(Refused, match="not read to its end in 30 runs"):
        Deaf([(f"2026-01-{n + 1:02}", chr(97 + n), "", str(n)) for n in range(20)], 4).read()
