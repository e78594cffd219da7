"""Why?: find a person, choose a message, and read step by step what became of it and what would change that."""

import pytest
from sqlalchemy import insert, text

from connector.model.scope import Scope
from connector.store import deletions, ledger
from connector.store.ignored_rows import ignored_rows
from connector.store.placements import placements
from tests.webapp.conftest import House
from tests.webapp.pages import Page
from tests.webapp.test_person_panel import CONTACT, START, facts, matched, person, read_once

HISTORY = "Real_Magnet_Activity__c"


def recipient(house: House, number: int = 1, email: str = "ada@example.org", custom_id: str = "") -> None:
    values = {"org_id": house.org_id, "id": number, "email": email, "custom_id": custom_id}
    with house.database.write() as connection:
        connection.execute(insert(ledger.recipients).values(values))


def row(house: House, state: str, **more: object) -> None:
    """The row of the first activity of recipient 1."""
    key = f"{1:08x}{0:024x}"
    values: dict[str, object] = {
        "id": 5,
        "org_id": house.org_id,
        "object": HISTORY,
        "external_key": key,
        "fact_key": key,
        "message_id": 7,
        "activity_group": "Sent",
        "person_id": CONTACT,
        "state": state,
        "run_id": 1,
    }
    with house.database.write() as connection:
        connection.execute(insert(placements).values(values | more))


def story(house: House) -> None:
    """Ada is recipient 1 and was sent message 7."""
    person(house)
    recipient(house)
    matched(house)
    read_once(house)
    facts(house, [(7, "Sent", "Delivered", 0)])


def step(page: Page, stage: str) -> str:
    (found,) = page.find(f"section[data-stage='{stage}']")
    return found.text


def test_it_is_answered_step_by_step_by_person_and_by_recipient(house: House) -> None:
    story(house)
    row(house, "written", salesforce_id="a01000000000001AAA")
    frame = house.linked()
    for who in ({"person": CONTACT}, {"person": CONTACT[:15]}, {"recipient": "1"}):
        page = frame.go("/why", message="7", **who).page
        assert page.faults() == []
        assert "Sent: Delivered: 1 time" in step(page, "Received")
        assert "is Contact Ada Example" in step(page, "Matched")
        assert "belongs in Salesforce" in step(page, "Decided")
        assert "Real Magnet Activity History" in step(page, "Placed")
        assert "in Salesforce as a01000000000001AAA" in step(page, "Written")
        assert "Stopped here" not in page.text
        links = [one.attributes["href"] for one in page.find("a[target='_top']")]
        assert "https://example-org.my.salesforce.com/a01000000000001AAA" in links


@pytest.mark.parametrize(
    ("state", "more", "said", "way"),
    [
        ("rejected", {"code": "DUPLICATES_DETECTED", "reason": "raw words"}, "A duplicate rule stopped it.", "/runs/1"),
        ("rejected", {"code": "NEW_CODE", "reason": "raw words"}, "refused it. raw words", "/runs/1"),
        ("ignored", {"code": "NEW_CODE", "reason": "raw words"}, "left so: known of old", "/runs/1"),
        ("to write", {}, "waits to be written", "/home"),
        ("to write", {"code": "UNABLE_TO_LOCK_ROW"}, "was being changed at that moment", "/home"),
        ("in flight", {}, "on its way", ""),
        ("deleted", {"deletion_id": 1}, "deleted from Salesforce", "/deletions/1"),
        ("deleted", {}, "its list is not kept any more", "/manage-data"),
    ],
)
def test_a_row_says_what_became_of_it_and_where_that_changes(
    house: House, state: str, more: dict[str, object], said: str, way: str
) -> None:
    story(house)
    row(house, state, **more)
    with house.database.write() as connection:
        connection.execute(
            insert(ignored_rows).values(placement_id=5, org_id=house.org_id, ignored_at=START, reason="known of old")
        )
        if more.get("deletion_id"):
            deletions.order(connection, house.org_id, Scope(message_id=7), None, tombstone=True, expected=1)
    page = house.linked().go("/why", person=CONTACT, message="7").page
    assert said in step(page, "Written")
    (section,) = page.find("section[data-stage='Written']")
    links = {one.attributes["href"] for one in page.find("a") if section in one.around}
    assert way in links or not way


@pytest.mark.parametrize(
    ("decision", "reason", "said", "way"),
    [
        ("filtered", "kind not selected", "switched off in Manage Data", "/manage-data"),
        ("filtered", "deleted from Salesforce", "kept out since", "/deletions/1"),
        ("live", "", "shown here and not kept in Salesforce", "/manage-data"),
        ("unmatched", "nobody with this id or address", "kept here until", "/runs/1"),
        (None, "", "waits for the next run", ""),
    ],
)
def test_a_decision_says_its_rule_and_where_that_changes(
    house: House, decision: str | None, reason: str, said: str, way: str
) -> None:
    story(house)
    with house.database.write() as connection:
        connection.execute(text("UPDATE facts SET decision = :d, reason = :r"), {"d": decision, "r": reason})
        deletions.order(connection, house.org_id, Scope(message_id=7), None, tombstone=True, expected=1)
    page = house.linked().go("/why", person=CONTACT, message="7").page
    assert said in step(page, "Decided")
    assert way in {one.attributes["href"] for one in page.find("a")} or not way


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"person": "nonsense"}, "no id of a Contact or a Lead"),
        ({"person": "003000000000009AAA", "message": "7"}, "Not known here"),
        ({"recipient": "99", "message": "7"}, "Not known here"),
        ({"recipient": "x"}, "no number of a recipient"),
        ({"recipient": "1" * 30}, "no number of a recipient"),
        ({"person": CONTACT, "message": "x"}, "no number of a message"),
        ({"person": CONTACT, "message": "99"}, "has never been read"),
        ({"person": CONTACT, "message": "8"}, "Reading of this message did not finish"),
        ({"person": CONTACT, "message": "9"}, "read no more"),
        ({"person": CONTACT}, "Message 7"),
        ({"recipient": "1"}, "Message 7"),
        ({"q": "ada ex"}, "Ada Example"),
        ({"q": "ADA@example.org"}, "Recipient 1"),
        ({"q": CONTACT}, "Ada Example"),
        ({"q": "1"}, "Nobody found"),
        ({"q": "%"}, "Nobody found"),
        ({"q": "%_"}, "Nobody found"),
        ({}, "Name, whole address"),
    ],
)
def test_whoever_asks_strangely_gets_a_plain_sentence(house: House, asked: dict[str, str], said: str) -> None:
    story(house)
    with house.database.write() as connection:
        for number, read_run in ((8, None), (9, 1)):
            connection.execute(
                insert(ledger.messages).values(
                    org_id=house.org_id, id=number, name="Other", last_sent=1_000, read_run=read_run
                )
            )
    frame = house.linked().go("/why", **asked)
    assert frame.status == 200
    assert frame.page.faults() == []
    assert said in frame.page.text
