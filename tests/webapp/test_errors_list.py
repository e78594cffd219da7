"""Errors groups what Salesforce refused, and a person tries it again or leaves it so with a reason."""

from typing import Any

import pytest
from sqlalchemy import text

from connector.model.rejections import REASONS
from connector.model.runs import RunKind, Trigger
from connector.store import audit, placements
from tests.webapp.conftest import House
from webapp.rejections import views

LOCK, RULE = "UNABLE_TO_LOCK_ROW", "FIELD_CUSTOM_VALIDATION_EXCEPTION"


@pytest.fixture
def refused(house: House) -> House:
    """Three rows that a rule stopped, one with a code that nobody knows."""
    rows = [(RULE, "Titles are needed")] * 3 + [("STRANGE_CODE", "=cmd() was strange")]
    with house.database.write() as connection:
        connection.execute(
            placements.placements.insert(),
            [
                {
                    "org_id": house.org_id,
                    "object": "Real_Magnet_Activity__c",
                    "external_key": f"key-{number}",
                    "message_id": 0,
                    "activity_group": "Opened",
                    "person_id": "003000000000001AAA",
                    "state": "rejected",
                    "outcome": "Rejected",
                    "code": code,
                    "reason": reason,
                    "run_id": 1,
                }
                for number, (code, reason) in enumerate(rows)
            ],
        )
    return house


def states(house: House) -> dict[str, int]:
    with house.database.read() as connection:
        found = connection.execute(text("SELECT state, count(*) FROM placements GROUP BY state"))
        return {str(state): int(count) for state, count in found}


def done(house: House) -> set[str]:
    with house.database.read() as connection:
        return {entry["action"] for entry in audit.entries(connection, house.org_id)}


def test_each_cause_says_why_how_many_who_and_what_to_do(refused: House) -> None:
    page = refused.linked().go("/errors").page
    for words in (REASONS[RULE].why, REASONS[RULE].advice, str(REASONS[RULE].owner), "Titles are needed"):
        assert words in page.text
    assert next(cell.text for cell in page.find("dd")) == "3"
    assert "Salesforce refused it: =cmd() was strange" in page.text


def test_the_rows_of_a_cause_lead_to_why(refused: House) -> None:
    page = refused.linked().go("/errors/rows", code=RULE).page
    assert len(page.find("tr")) == 1 + 3
    assert "Titles are needed" in page.text


def test_a_cause_or_everything_is_tried_again_at_once(refused: House) -> None:
    frame = refused.linked()
    assert "3 rows are sent again" in frame.submit("/errors/try-again", code=RULE).page.text
    assert states(refused) == {"to write": 3, "rejected": 1}
    assert "1 rows are sent again" in frame.submit("/errors/try-again").page.text
    assert views.NOTHING in frame.submit("/errors/try-again").page.text
    with refused.database.read() as connection:
        runs = connection.execute(text("SELECT kind, trigger FROM runs WHERE trigger = :t"), {"t": Trigger.TRY_AGAIN})
        assert {tuple(row) for row in runs} == {(RunKind.WRITE, Trigger.TRY_AGAIN)}
    assert "Tried refused rows again" in done(refused)


def test_ignoring_takes_a_reason_and_is_taken_back(refused: House) -> None:
    frame = refused.linked()
    assert frame.submit("/errors/ignore", code=RULE).status == 422
    assert "3 rows are left as they are" in frame.submit("/errors/ignore", code=RULE, reason="Old titles").page.text
    assert states(refused) == {"ignored": 3, "rejected": 1}
    assert "Old titles" in frame.go("/errors/rows", code=RULE, ignored="yes").page.text
    with refused.database.write() as connection:
        placements.try_rejected_again(connection, refused.org_id, 99)
    assert states(refused) == {"ignored": 3, "to write": 1}
    assert "3 rows count as refused again" in frame.submit("/errors/stop-ignoring", code=RULE).page.text
    assert states(refused) == {"rejected": 3, "to write": 1}
    assert {"Ignored refused rows", "Stopped ignoring refused rows"} <= done(refused)


def test_some_rows_can_be_chosen_and_nonsense_chooses_none(refused: House) -> None:
    with refused.database.read() as connection:
        number = connection.execute(text("SELECT min(id) FROM placements")).scalar_one()
    frame = refused.linked()
    assert "1 rows are left" in frame.submit("/errors/ignore", code=RULE, rows=[str(number)], reason="One").page.text
    assert frame.submit("/errors/try-again", rows=["x' OR 1=1"]).status == 404
    assert states(refused) == {"ignored": 1, "rejected": 3}


def test_the_file_has_every_row_and_no_formula(refused: House) -> None:
    frame = refused.linked()
    address = frame.submit("/errors/download").headers["HX-Redirect"]
    got: Any = refused.app.test_client().get(address)
    assert got.text.count("Titles are needed") == 3
    assert "'=cmd()" in got.text
    assert refused.app.test_client().get(address).status_code == 404, "a ticket is good once"


def test_without_any_it_says_so(house: House) -> None:
    assert "No row is refused" in house.linked().go("/errors").page.text
