"""The Activity Report counts what a plain count over the same facts counts, whatever it is asked."""

from collections.abc import Iterator
from datetime import date
from itertools import product

import pytest
from sqlalchemy import Connection

from connector.model.report_questions import Dimension, Key, Measure, Question
from connector.store import orgs, report_rows
from connector.store.activity_report import Most, Numbers, numbers
from connector.store.database import Database
from connector.store.report_days import Days
from connector.store.report_labels import labels
from connector.store.report_rows import Behind
from connector.store.report_sql import Asked
from tests.connector.store import report_crowd
from tests.connector.store.report_crowd import Fact

FACTS = report_crowd.facts()
FIRST, LAST = date(2025, 12, 25), date(2026, 3, 29)
INSIDE = [fact for fact in FACTS if FIRST <= fact.day <= LAST]
PLENTY = Most(999, 999)
PAIRS = [(rows, columns) for rows, columns in product(Dimension, [*Dimension, None]) if rows is not columns]
FILTERS: list[tuple[dict[str, object], list[Fact]]] = [
    ({"groups": ("Sent", "Opened")}, [f for f in INSIDE if f.group in {"Sent", "Opened"}]),
    ({"activities": ("Sent/Delivered",)}, [f for f in INSIDE if f.activity == "Delivered"]),
    ({"channels": ("Fax",)}, [f for f in INSIDE if f.group == "Fax Sent"]),
    ({"kinds": ("Contact", "")}, [f for f in INSIDE if report_crowd.WHO[f.recipient][0] in {"Contact", ""}]),
    ({"owner": report_crowd.OWNER}, [f for f in INSIDE if report_crowd.WHO[f.recipient][1] == report_crowd.OWNER]),
    ({"message": "TER 2"}, [f for f in INSIDE if f.message == 2]),
    ({"message": "100%_'"}, []),
]


@pytest.fixture
def planted(database: Database, org_id: int) -> Iterator[Connection]:
    with database.write() as connection:
        report_crowd.plant(connection, org_id, FACTS)
        yield connection


def ask(connection: Connection, org_id: int, question: Question, most: Most = PLENTY) -> Numbers:
    return numbers(connection, asked(org_id, question), most)


def asked(org_id: int, question: Question) -> Asked:
    return Asked(org_id, question, Days(report_crowd.ZONE, FIRST.toordinal(), LAST.toordinal()))


def counted(facts: list[Fact], question: Question) -> Numbers:
    """The same by going through the facts."""
    cells: dict[tuple[Key, ...], list[int]] = {}
    for fact in facts:
        for keys in product(*(fact.keys(dimension) for dimension in question.dimensions)):
            cells.setdefault(keys, []).append(fact.recipient)
    rows: dict[Key, list[int]] = {}
    columns: dict[Key, list[int]] = {}
    for fact in facts:
        for key in fact.keys(question.rows):
            rows.setdefault(key, []).append(fact.recipient)
        for key in fact.keys(question.columns) if question.columns else []:
            columns.setdefault(key, []).append(fact.recipient)

    def number(found: list[int]) -> int:
        return len(set(found)) if question.measure is Measure.PEOPLE else len(found)

    return Numbers(
        {key: number(found) for key, found in cells.items()},
        {key: number(found) for key, found in rows.items()},
        {key: number(found) for key, found in columns.items()},
        number([fact.recipient for fact in facts]),
    )


@pytest.mark.parametrize("measure", Measure)
def test_every_pair_of_rows_and_columns_equals_a_plain_count(
    planted: Connection, org_id: int, measure: Measure
) -> None:
    for rows, columns in PAIRS:
        question = Question(rows, columns, measure)
        assert ask(planted, org_id, question) == counted(INSIDE, question), (rows, columns)


def test_filters_leave_what_a_plain_count_leaves(planted: Connection, org_id: int) -> None:
    for (limits, left), measure in product(FILTERS, Measure):
        question = Question(Dimension.ACTIVITY, Dimension.CAMPAIGN, measure, **limits)  # type: ignore[arg-type]  # a table of limits
        assert ask(planted, org_id, question) == counted(left, question), limits


def test_what_is_too_much_stands_together_and_nothing_is_lost(planted: Connection, org_id: int) -> None:
    for measure in Measure:
        question = Question(Dimension.DAY, Dimension.ACTIVITY, measure)
        whole, some = ask(planted, org_id, question), ask(planted, org_id, question, Most(3, 2))
        assert some.others == (len(whole.rows) - 3, len(whole.columns) - 2)
        assert (len(some.rows), len(some.columns), some.total) == (4, 3, whole.total)
        shown = {key: number for key, number in some.rows.items() if key is not None}
        assert shown == {key: whole.rows[key] for key in shown}
        rest = [fact for fact in INSIDE if fact.keys(Dimension.DAY)[0] not in shown]
        assert some.rows[None] == counted(rest, question).total


def test_each_number_leads_to_exactly_what_it_counts(planted: Connection, org_id: int) -> None:
    for rows, measure in product(Dimension, Measure):
        question = Question(rows, Dimension.GROUP if rows is not Dimension.GROUP else None, measure)
        for keys, number in ask(planted, org_id, question).cells.items():
            cell = list(zip(question.dimensions, (key for key in keys if key is not None), strict=True))
            assert len(report_rows.rows(planted, asked(org_id, question), cell, None, 99)) == number


def test_pages_go_on_where_the_last_one_ended(planted: Connection, org_id: int) -> None:
    wanted = asked(org_id, Question())
    seen: list[str] = []
    behind = None
    while page := report_rows.rows(planted, wanted, [], behind, 9)[:9]:
        seen += [str(row["key"]) for row in page]
        behind = Behind(int(page[-1]["occurred_at"]), str(page[-1]["key"]))
    assert len(seen) == len(set(seen)) == len(INSIDE)


def test_another_organization_has_no_part_in_it(planted: Connection) -> None:
    other_org_id = orgs.create(planted, "00E", "Another", "")
    for measure in Measure:
        assert ask(planted, other_org_id, Question(Dimension.CAMPAIGN, Dimension.OWNER, measure)).total == 0
    assert not report_rows.rows(planted, asked(other_org_id, Question()), [], None, 9)


def test_names_are_those_of_the_store_and_the_unknown_is_called_so(planted: Connection, org_id: int) -> None:
    assert labels(planted, org_id, Dimension.MESSAGE, [1, 9, 0]) == {1: "Letter 1", 9: "Message 9", 0: "No message"}
    owners = labels(planted, org_id, Dimension.OWNER, [report_crowd.OWNER, "?", "", "00G1"])
    assert set(owners.values()) == {"Olga Owner", "Unknown owner", "Not in Salesforce", "Unknown owner 00G1"}
    assert labels(planted, org_id, Dimension.CAMPAIGN, [report_crowd.CAMPAIGNS[0], ""]) == {
        report_crowd.CAMPAIGNS[0]: "Campaign 10",
        "": "No Campaign",
    }
