"""Home leads to the first night: what is done, what is next, and one button for it; then it is gone."""

import importlib
from contextlib import contextmanager
from typing import Any

import pytest

from connector.connection import preparing as connector_preparing
from connector.connection.preparing import Part, Survey
from connector.errors import Refused, Temporary
from connector.model.activity import COLLECTED, Mode
from connector.model.connection import ComponentError, Deployment, Finding, Weight
from connector.model.rights import USUAL, Holder
from connector.model.runs import LOOK, WOULD_BE_WRITTEN, Phase, RunKind, RunState, Trigger
from connector.store import attempts, audit, choices, claims, deployments, examinations, orgs, rights, runs, schedule
from connector.store.claims import Asked
from tests.webapp.conftest import House
from tests.webapp.pages import Frame, Page

WARNING = Finding(Weight.WARNS, "Contact", "A rule may bite.", "Switch it off.")
BLOCK = Finding(Weight.BLOCKS, "Contact", "It is hidden.", "Show it.")


def states(page: Page) -> dict[str, str]:
    """Step → how it stands."""
    found: dict[str, str] = {}
    for item in page.find(".rm-check"):
        title = next(e.text for e in page.find(".rm-check__title") if item in e.around)
        found[title] = item.attributes["class"].split("_")[-1]
    return found


def button(page: Page) -> str:
    """The main button's words."""
    (box,) = page.find("#checklist")
    return next((e.text for e in page.find(".slds-button_brand") if box in e.around), "")


def connect(house: House) -> None:
    with house.database.write() as connection:
        connection.execute(
            orgs.salesforce_connections.insert().values(
                org_id=house.org_id,
                kind="jwt",
                login_url="https://x.example",
                instance_url="https://x.example",
                secrets="",
            )
        )
        connection.execute(
            orgs.realmagnet_connections.insert().values(
                org_id=house.org_id, username="nightly", password="", account="ACME"
            )
        )


def examined(house: House, *findings: Finding) -> None:
    with house.database.write() as connection:
        examinations.note(connection, house.org_id, findings)


def ran(house: House, subject: Any = LOOK, state: RunState = RunState.COMPLETED) -> int:
    with house.database.write() as connection:
        run_id = claims.claim(connection, house.org_id, Asked(Trigger.RUN_NOW), subject).run_id
        attempts.begin(connection, run_id)
        if subject is LOOK:
            runs.set_counts(connection, run_id, [("Sent", WOULD_BE_WRITTEN, 30_510)])
            runs.note(connection, run_id, "The night would write about 30,510 rows.")
        attempts.end(connection, run_id, state, reason="It broke." if state is RunState.FAILED else "")
    return run_id


def home(house: House) -> Page:
    return house.linked().go("/home").page


def test_each_step_done_brings_the_next_button(house: House) -> None:
    page = home(house)
    assert list(states(page).values()) == ["done", "to-do", "to-do", "done", "to-do", "to-do"]
    assert button(page) == "Connect both"
    connect(house)
    assert button(home(house)) == "Prepare Salesforce"
    examined(house)
    assert button(home(house)) == "Look at the first night"
    ran(house)
    page = home(house)
    assert button(page) == "Run the first night"
    assert "about 30,510 rows" in page.text
    assert [cell.text for cell in page.find("td")] == ["30,510"]


def test_after_the_first_night_nothing_is_left_of_it(house: House) -> None:
    connect(house)
    ran(house, claims.ACTIVITY)
    page = home(house)
    (box,) = page.find("#checklist")
    assert box.text == ""
    assert states(page) == {}


def test_findings_that_block_are_wrong_and_those_that_warn_are_not(house: House) -> None:
    connect(house)
    examined(house, WARNING)
    page = home(house)
    assert states(page)["Check the permissions"] == "done"
    assert "One thing is worth a look" in page.text
    examined(house, WARNING, BLOCK, BLOCK)
    page = home(house)
    assert states(page)["Check the permissions"] == "wrong"
    assert "2 things are in the way of every run" in page.text
    assert button(page) == "Prepare Salesforce"


def test_a_refused_connection_and_no_kind_are_told(house: House) -> None:
    connect(house)
    examined(house)
    with house.database.write() as connection:
        orgs.note_refusal(connection, house.org_id, "The password was changed.")
        choices.choose(connection, house.org_id, [], dict.fromkeys(COLLECTED, Mode.HISTORY))
    page = home(house)
    assert states(page)["Connect Salesforce and Real Magnet"] == "wrong"
    assert states(page)["Choose what comes back"] == "to-do"


def test_looking_is_one_run_however_often_it_is_asked_for(house: House) -> None:
    connect(house)
    examined(house)
    frame = house.linked()
    page = frame.submit("/checklist/look").page
    assert "Waiting for a worker to begin" in page.text
    assert page.find("div[hx-get='/checklist']")
    frame.submit("/checklist/look")
    assert [claim.kind for claim in house.outside.claims] == [RunKind.LOOK]
    with house.database.write() as connection:
        attempts.begin(connection, 1)
        runs.progress(connection, 1, Phase.LOOK, 3, 24)
    assert "3 of 24" in frame.go("/checklist").page.text
    frame.submit("/checklist/look/cancel")
    assert "Stopping at the next safe place" in frame.go("/checklist").page.text


def test_a_look_that_failed_says_why_and_can_be_asked_for_again(house: House) -> None:
    connect(house)
    examined(house)
    ran(house, state=RunState.FAILED)
    page = home(house)
    assert states(page)["Look at the first night"] == "wrong"
    assert "It broke." in page.text
    assert button(page) == "Look at the first night"


def test_the_first_night_begins_and_every_night_after_it_in_the_zone_of_who_began_it(house: House) -> None:
    with house.database.write() as connection:
        schedule.plan(connection, house.org_id, enabled=False, local_time="02:00", zone="UTC")
    frame = house.linked()
    page = frame.submit("/first-night").page
    assert "Waiting for a worker to begin" in page.text
    assert "Every night at 2:00 AM in America/New_York" in page.text
    assert [claim.kind for claim in house.outside.claims] == [RunKind.ACTIVITY]
    with house.database.read() as connection:
        night = schedule.night(connection, house.org_id)
        actions = [entry["action"] for entry in audit.entries(connection, house.org_id)]
    assert night is not None
    assert night.enabled
    assert actions[:2] == ["Sync now", "Switched the nightly run on"]


def test_nights_that_somebody_switched_off_stay_off(house: House) -> None:
    with house.database.write() as connection:
        schedule.plan(connection, house.org_id, enabled=False, local_time="02:00", zone="UTC")
        audit.record(connection, audit.Actor(house.org_id, None), "Changed Manage Data", {}, {"nightly run": False})
    house.linked().submit("/first-night")
    with house.database.read() as connection:
        night = schedule.night(connection, house.org_id)
    assert night is not None
    assert not night.enabled


def test_who_has_no_right_to_settings_is_told_whom_to_ask(house: House) -> None:
    frame = house.linked()
    with house.database.write() as connection:
        rights.set_defaults(connection, house.org_id, Holder.EVERYBODY, "", USUAL)
    page = frame.go("/home").page
    assert button(page) == ""
    assert "the operator of this connector can make an administrator" in page.text
    for address in ("/checklist/prepare", "/checklist/look", "/checklist/look/cancel", "/first-night"):
        assert frame.submit(address).status == 403
    assert house.outside.claims == []


@pytest.fixture
def preparing(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The org behind `Prepare Salesforce`: what it lacks, and how its deployment stands."""
    org: dict[str, Any] = {"missing": True, "refusal": None, "deployment": None, "findings": []}

    @contextmanager
    def hands() -> Any:
        yield None

    def begin(_hands: object, _package: bytes) -> str:
        if org["refusal"]:
            raise org["refusal"]
        return "0Af000000000001AAA"

    def survey(_hands: object) -> Survey:
        return Survey([Part("Object", "History")] if org["missing"] else [], None, False, org["findings"])

    screen = importlib.import_module("webapp.connection.prepare")
    monkeypatch.setattr(screen, "hands", hands)
    monkeypatch.setattr(screen, "_assign", lambda _hands: None)
    monkeypatch.setattr(connector_preparing, "begin", begin)
    monkeypatch.setattr(connector_preparing, "survey", survey)
    monkeypatch.setattr(connector_preparing, "watch", lambda _hands, _id: org["deployment"])
    return org


def prepared(house: House) -> Frame:
    connect(house)
    return house.linked().submit("/checklist/prepare")


def test_preparing_is_followed_to_its_end_and_the_next_step_stands_there(
    house: House, preparing: dict[str, Any]
) -> None:
    preparing["deployment"] = Deployment("0Af000000000001AAA", "InProgress", False, False, 12, 163)
    frame = prepared(house)
    assert "12 of 163 components" in frame.page.text
    assert frame.page.find("div[hx-get='/checklist']")
    preparing["deployment"] = Deployment("0Af000000000001AAA", "Succeeded", True, True, 163, 163)
    preparing["missing"] = False
    page = frame.go("/checklist").page
    assert states(page)["Check the permissions"] == "done"
    assert button(page) == "Look at the first night"


def test_what_salesforce_refused_to_install_is_shown(house: House, preparing: dict[str, Any]) -> None:
    errors = [ComponentError("CustomField", "Detail__c", "It is too long.")]
    preparing["deployment"] = Deployment("0Af000000000001AAA", "Failed", True, False, 0, 163, errors)
    assert "Detail__c: It is too long." in prepared(house).page.text


def test_a_refusal_and_silence_are_told_beside_the_button(house: House, preparing: dict[str, Any]) -> None:
    for trouble in (Refused("Nobody here may deploy.", advice="Ask an administrator."), Temporary("No answer.")):
        preparing["refusal"] = trouble
        with house.database.write() as connection:
            connection.execute(orgs.salesforce_connections.delete())
            connection.execute(orgs.realmagnet_connections.delete())
            connection.execute(deployments.deployments.delete())
        frame = prepared(house)
        (alert,) = [e for e in frame.page.elements if e.attributes.get("role") == "alert"]
        assert alert.text == f"{trouble} {trouble.advice}".strip()
