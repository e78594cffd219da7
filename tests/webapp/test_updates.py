"""Update now: one click, one run however often it is clicked, and the panel tells what was found and who writes it."""

from sqlalchemy import text

from connector.model.runs import RunKind
from connector.store import message_books
from tests.webapp.conftest import House
from tests.webapp.test_person_panel import CONTACT, STRANGER, facts, matched, person, read_once


def sql(house: House, statement: str) -> None:
    with house.database.write() as connection:
        connection.execute(text(statement))


def test_twice_by_accident_is_one_run_and_the_panel_follows_it_to_salesforce(house: House) -> None:
    person(house)
    read_once(house)
    frame = house.linked().go(f"/people/{CONTACT}")
    assert [one.text for one in frame.page.find("#update-now")] == ["Update now"]
    for _ in range(2):
        frame.submit("/updates", person=CONTACT)
        assert "Waiting for a worker to begin" in frame.page.text
    assert [claim.kind for claim in house.outside.claims] == [RunKind.UPDATE]
    run_id = house.outside.claims[0].run_id
    assert f"/updates/{run_id}" in frame.go(f"/people/{CONTACT}").page.html, "who comes back finds it under way"

    matched(house)
    facts(house, [(7, "Opened", "Opened", 0)])
    sql(house, f"UPDATE runs SET state = 'Completed', started_at = 1, ended_at = queued_at + 1 WHERE id = {run_id}")  # noqa: S608  # a number
    with house.database.write() as connection:
        message_books.count_found(connection, run_id, {"This person": 1, "Opened": 250})
    page = frame.go(f"/updates/{run_id}").page
    assert "1 new activity was found." in page.text
    assert "Message 7" in page.find("#seen")[0].text, "the timeline comes along"
    assert 'hx-trigger="every' not in page.html, "nothing is left to wait for"


def test_a_person_whom_nobody_here_knows_yet_can_be_read(house: House) -> None:
    read_once(house)
    frame = house.linked().go(f"/people/{STRANGER}")
    frame.submit("/updates", person=STRANGER[:15])
    assert [claim.kind for claim in house.outside.claims] == [RunKind.UPDATE]
    assert "after Update now" in frame.go(f"/people/{STRANGER}").page.text


def test_everything_is_the_sync_of_home_and_a_message_is_an_update_of_its_own(house: House) -> None:
    frame = house.linked()
    frame.submit("/updates", everything="yes")
    frame.submit("/updates", message="7")
    assert [claim.kind for claim in house.outside.claims] == [RunKind.ACTIVITY, RunKind.UPDATE]
    for wrong in ({"message": "x"}, {"person": "701000000000001AAA"}, {}):
        assert frame.submit("/updates", **wrong).status == 400
