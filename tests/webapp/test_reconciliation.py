"""Reconciliation: what differs is explained in words, and one click fills the gap, once however often it is clicked."""

import pytest
from sqlalchemy import text

from connector.model.runs import RunKind
from connector.store.reconciling import Line
from tests.webapp.conftest import House
from tests.webapp.test_person_panel import CONTACT, facts, matched, person
from webapp.reconciliation import words

OPENED = {"vendor": 5, "facts": 3, "placed": 3, "live": 0, "unmatched": 0, "held": 0, "filtered": 0}
BOOKS = (
    ({"expected": 3, "salesforce": 3}, ["Real Magnet counts 2 more than were read"]),
    ({"vendor": 1, "expected": 3, "salesforce": 3}, ["Real Magnet counts 2 fewer than it once did"]),
    ({"vendor": 3, "expected": 3, "salesforce": 1}, ["2 gone from Salesforce"]),
    ({"vendor": 3, "expected": 3, "salesforce": 4}, ["1 more in Salesforce than this connector wrote"]),
    ({"vendor": None, "placed": 2, "expected": 3, "salesforce": 3}, ["1 not decided about yet"]),
    ({"vendor": 3, "expected": 3, "salesforce": 3}, []),
)


@pytest.mark.parametrize(("line", "said"), BOOKS)
def test_every_difference_has_its_reason(line: dict[str, int | None], said: list[str]) -> None:
    told = words.differences(OPENED | line)
    assert [one.startswith(start) for one, start in zip(told, said, strict=True)] == [True] * len(said)


def test_what_was_not_read_is_told_beside_the_message() -> None:
    assert words.agreement(Line(vendor=5, read=3)) == "2 more in Real Magnet than read here"
    assert words.agreement(Line(vendor=3, read=3)) == words.agreement(Line(read=3)) == ""


def test_a_gap_is_shown_and_filled_once(house: House) -> None:
    frame = house.linked()
    assert "Nothing to compare yet" in frame.go("/reconciliation").page.text
    person(house)
    matched(house)
    facts(house, [(7, "Opened", "Opened", 0), (7, "Opened", "Opened", 1)])
    with house.database.write() as connection:
        run = connection.execute(
            text(
                "INSERT INTO runs (org_id, trigger, state, queued_at, ended_at, closes) "
                "VALUES (:org, 'Schedule', 'Completed with errors', 1, 2, false) RETURNING id"
            ),
            {"org": house.org_id},
        ).scalar_one()
        for message in (0, 7):
            connection.execute(
                text(
                    "INSERT INTO reconciliations (run_id, message_id, activity_group, vendor, facts, placed, live, "
                    "unmatched, held, filtered, expected, salesforce, closes) "
                    "VALUES (:run, :message, 'Opened', 2, 2, 2, 0, 0, 0, 0, 2, 1, false)"
                ),
                {"run": run, "message": message},
            )
    page = frame.go("/reconciliation").page
    assert "1 gone from Salesforce: deleted there by somebody" in page.text
    assert "1 message" in page.text
    for _ in range(2):
        frame.submit("/reconciliation/fill", message="7")
        assert "Waiting for a worker to begin" in frame.page.text
    assert [claim.kind for claim in house.outside.claims] == [RunKind.GAP]
    runs = frame.go("/runs").page.text
    assert "Fill the gap: Message 7" in runs
    assert frame.submit("/reconciliation/fill", message="x' OR 1").status == 400
    assert CONTACT not in page.html
