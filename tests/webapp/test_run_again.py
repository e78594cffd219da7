"""Run again on its screens: what can be chosen, what it does, said first, one run however often it is clicked."""

from typing import Any

import pytest
from sqlalchemy import text

from connector.model.rights import Area, Level
from connector.model.runs import RunKind
from connector.model.scope import Scope
from connector.store import attempts, deletions, rights, scopes
from tests.webapp.conftest import House
from tests.webapp.pages import Frame
from tests.webapp.test_person_panel import CONTACT, facts, matched, person
from webapp.backfill import words as days


def sql(house: House, statement: str, **values: Any) -> list[Any]:
    with house.database.write() as connection:
        found = connection.execute(text(statement), {"org": house.org_id, **values})
        return list(found) if found.returns_rows else []


def night(house: House, kind: str = "activity", state: str = "Completed") -> int:
    """A run that is over and wrote three rows."""
    ((number,),) = sql(
        house,
        "INSERT INTO runs (org_id, kind, trigger, state, queued_at, started_at, ended_at, closes) "
        "VALUES (:org, :kind, 'Schedule', :state, 1, 1, 2, true) RETURNING id",
        kind=kind,
        state=state,
    )
    sql(house, "INSERT INTO run_counts VALUES (:run, 'Opened', 'Written', 3)", run=number)
    return int(number)


@pytest.fixture
def frame(house: House) -> Frame:
    """A house with one message, one person and one night."""
    person(house)
    matched(house)
    facts(house, [(7, "Opened", "Opened", 0), (7, "Opened", "Opened", 1)])
    return house.linked()


def the_scope(house: House) -> Scope | None:
    """What the newest run is about."""
    with house.database.read() as connection:
        subject = connection.execute(text("SELECT subject_id FROM runs ORDER BY id DESC LIMIT 1")).scalar_one()
        return scopes.get(connection, house.org_id, int(subject))


def test_each_choice_is_explained_first_and_starts_one_run(house: House, frame: Frame) -> None:
    run, today = str(night(house)), days.today().isoformat()
    offered = frame.go("/run-again").page
    assert [e.attributes["value"] for e in offered.find("input[name='what']")] == [
        *("night", "days", "message", "person", "failed")
    ]
    assert f"Run {run}" in offered.find("#run")[0].text
    range_ = days.read(today, today).scope
    assert range_ is not None
    for asked, said, scope in (
        ({"what": "night", "run": run}, "This run had written 3 rows", Scope(run_id=int(run))),
        ({"what": "days", "first": today, "last": today}, "any others that Real Magnet has", range_),
        ({"what": "message", "message": "7"}, "2 activities are known here", Scope(message_id=7)),
        ({"what": "person", "person": CONTACT[:15]}, "Each of this person's rows", Scope(person_id=CONTACT)),
        ({"what": "failed"}, "Salesforce has refused no row", Scope(only_failed=True)),
    ):
        before = len(house.outside.claims)
        checked = frame.go("/run-again/check", **asked).page
        assert said in checked.text
        given = {e.attributes["name"]: e.attributes["value"] for e in checked.find("input[type='hidden']")}
        assert len(house.outside.claims) == before, "nothing begins before somebody says so"
        for _ in range(2):
            frame.submit("/run-again", **given)
            assert "Waiting for a worker to begin" in frame.page.text
        assert [claim.kind for claim in house.outside.claims[before:]] == [RunKind.AGAIN]
        assert the_scope(house) == scope
    listed = frame.go("/runs", kind="run again").page.text
    assert f"Run again: Run {run}" in listed
    assert "Run again: only what failed" in listed
    assert sql(house, "SELECT count(*) FROM audit WHERE action = 'Run again'") == [(5,)]


NONSENSE = (
    ({}, "Choose what to run again."),
    ({"what": "night", "run": "0"}, "Choose one of the runs that are over."),
    ({"what": "night", "run": "9" * 30}, "Choose one of the runs that are over."),
    ({"what": "days", "first": "yesterday"}, "Enter the first day"),
    ({"what": "message", "message": "seven"}, "Choose a message."),
    ({"what": "person", "person": ""}, "Enter the person's e-mail address"),
    ({"what": "person", "person": "nobody@example.org"}, "Nobody here has this"),
)


def test_what_makes_no_sense_is_told_with_everything_kept(house: House, frame: Frame) -> None:
    for asked, said in NONSENSE:
        for answer in (frame.go("/run-again/check", **asked), frame.submit("/run-again", **asked)):
            assert answer.status == 422
            assert said in answer.page.text
    assert house.outside.claims == []
    assert frame.page.find("#person")[0].attributes["value"] == "nobody@example.org"
    first = days.earliest().isoformat()
    assert frame.go("/run-again/check", what="days", first=first, last=days.today().isoformat()).status == 422
    assert "At most 31 days at once" in frame.page.text


def test_its_page_shows_how_far_it_is_and_it_can_be_stopped(house: House, frame: Frame) -> None:
    frame.submit("/run-again", what="failed")
    run = house.outside.claims[-1].run_id
    with house.database.write() as connection:
        attempts.begin(connection, run)
    assert "Progress" in frame.go(f"/runs/{run}").page.text
    assert frame.page.find("#run-stop")
    frame.submit(f"/run-again/{run}/stop")
    assert "Stopping at the next safe place" in frame.page.text
    sql(house, "UPDATE runs SET state = 'Cancelled', ended_at = 3 WHERE id = :id", id=run)
    assert "The run is over." in frame.go(f"/runs/{run}/progress").page.text
    assert frame.submit(f"/run-again/{night(house)}/stop").status == 404


def test_an_undone_run_says_so_and_only_who_may_delete_lifts_that(house: House, frame: Frame) -> None:
    run = night(house)
    assert "Run again" in frame.go(f"/runs/{run}").page.text
    with house.database.write() as connection:
        deletions.order(connection, house.org_id, Scope(undone_run_id=run), 1, tombstone=True, expected=3)
    shown = frame.go(f"/runs/{run}").page
    assert "Undone by Ada Example" in shown.text
    assert "Run it again" in shown.text
    assert "is lifted" in frame.go("/run-again/check", what="night", run=str(run)).page.text
    with house.database.write() as connection:
        rights.give(connection, 1, {Area.TRACKING: Level.FULL, Area.DELETION: Level.READ})
    assert "Run it again" not in frame.go(f"/runs/{run}").page.text
    assert "takes the right Deletion: Full" in frame.go("/run-again/check", what="night", run=str(run)).page.text
    assert frame.submit("/run-again", what="night", run=str(run)).status == 403
    assert house.outside.claims == []
