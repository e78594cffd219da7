"""Manage Data saves what can be understood, says in words what cannot, and loses nothing that was entered."""

import json
import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.model import schedule as nights
from connector.store import audit, orgs, schedule
from tests.webapp.conftest import House
from webapp.manage_data import form

GOOD = {"enabled": "on", "local_time": "02:00", "zone": "America/New_York", "kinds": ["Sent", "Opened"]}


def test_what_is_saved_is_what_the_night_goes_by(house: House) -> None:
    frame = house.linked().submit("/manage-data", **GOOD)
    assert frame.status == 200
    assert "Saved." in frame.page.text
    with house.database.read() as connection:
        night = schedule.night(connection, house.org_id)
        chosen = {str(group) for group, (on, _mode) in orgs.choices(connection, house.org_id).items() if on}
    assert night is not None
    assert (night.enabled, night.local_time, night.zone) == (True, "02:00", "America/New_York")
    assert night.next_run_at is not None
    assert night.next_run_at.astimezone(ZoneInfo(night.zone)).strftime("%H:%M") == "02:00"
    assert chosen == {"Sent", "Opened"}


def test_saving_leaves_who_changed_what_from_what_to_what(house: House) -> None:
    frame = house.linked()
    frame.submit("/manage-data", **GOOD)
    frame.submit("/manage-data", **{**GOOD, "local_time": "3 am"})
    frame.submit("/manage-data", **{**GOOD, "local_time": "03:00"})
    with house.database.read() as connection:
        entries = [e for e in audit.entries(connection, house.org_id) if e["action"] == "Changed Manage Data"]
    assert len(entries) == 2
    assert json.loads(entries[0]["before"]) == {"local time": "02:00"}
    assert json.loads(entries[0]["after"]) == {"local time": "03:00"}
    assert entries[0]["user_id"] == 1


def test_a_night_that_is_off_has_no_next_run(house: House) -> None:
    frame = house.linked().submit("/manage-data", local_time="02:00", zone="Europe/Berlin", kinds=["Sent"])
    assert "The nightly run is off" in frame.page.text
    with house.database.read() as connection:
        night = schedule.night(connection, house.org_id)
    assert night is not None
    assert (night.enabled, night.next_run_at) == (False, None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"local_time": "25:00"}, form.TIME_WORDS),
        ({"local_time": ""}, form.TIME_WORDS),
        ({"local_time": "half past two"}, form.TIME_WORDS),
        ({"zone": ""}, form.NO_ZONE_WORDS),
        ({"zone": "Atlantis/Centre"}, form.ZONE_WORDS),
        ({"zone": "../../etc/passwd"}, form.ZONE_WORDS),
        ({"kinds": []}, form.KIND_WORDS),
        ({"kinds": ["Nonsense"]}, form.KIND_WORDS),
    ],
)
def test_a_mistake_is_told_beside_its_field_and_nothing_is_lost_or_saved(
    house: House, changes: dict[str, object], words: str
) -> None:
    entered = {**GOOD, "local_time": "4:15", "zone": "Asia/Tokyo", "kinds": ["Clicked"], **changes}
    frame = house.linked().submit("/manage-data", **entered)
    assert frame.status == 422
    assert words in frame.page.text
    values = {e.attributes.get("name"): e.attributes.get("value") for e in frame.page.find("input")}
    assert values["zone"] == entered["zone"]
    assert values["local_time"] in {entered["local_time"], "04:15"}
    boxes = [e.attributes for e in frame.page.find("input") if e.attributes.get("name") != "codes"]
    ticked = [box["value"] for box in boxes if "checked" in box]
    assert ticked == ["Clicked", "on"] if "kinds" not in changes else ["on"]
    with house.database.read() as connection:
        night = schedule.night(connection, house.org_id)
    assert night is not None
    assert night.local_time == "02:00"


def test_the_preview_shows_the_next_runs_of_what_is_not_saved_yet(house: House) -> None:
    frame = house.linked()
    page = frame.go("/manage-data/preview", enabled="on", local_time="14h30", zone="europe/berlin", kinds="Sent").page
    assert len(page.find("li")) == 3
    assert "2:30 PM CET" in page.text
    assert "for you:" in page.text
    nothing = frame.go("/manage-data/preview", enabled="on", local_time="14h30", zone="eur").page
    assert "once the time and the time zone can be understood" in nothing.text


@pytest.mark.parametrize(
    ("entered", "expected"),
    [
        ("2:00", "02:00"),
        ("02.30", "02:30"),
        ("2 am", "02:00"),
        ("12 AM", "00:00"),
        ("12:05 p.m.", "12:05"),
        ("11:59pm", "23:59"),
        ("14h30", "14:30"),
        ("24:00", None),
        ("13 pm", None),
        ("0 am", None),
        ("7", None),
        ("2:5", None),
        ("2:60", None),
        ("\u0662:\u0660\u0660", None),
        ("2:00:00", None),
        ("-1:00", None),
    ],
)
def test_a_time_of_day_is_read_as_people_write_it(entered: str, expected: str | None) -> None:
    assert form.time_of(entered) == expected


@given(st.one_of(st.text(max_size=12), st.from_regex(re.compile(r"[0-9:.\shapm]{0,9}", re.ASCII), fullmatch=True)))
def test_no_text_is_read_as_a_time_that_the_schedule_refuses(entered: str) -> None:
    found = form.time_of(entered)
    assert found is None or nights.parse_time(found).strftime("%H:%M") == found


@given(st.one_of(st.text(max_size=40), st.sampled_from(form.zones())))
def test_no_text_is_read_as_a_zone_that_the_schedule_refuses(entered: str) -> None:
    assert all(nights.parse_zone(found).key == found for found in form.zones_named(entered))


@given(st.sampled_from(form.zones()))
def test_every_offered_zone_is_found_however_it_is_written(zone: str) -> None:
    assert form.zones_named(zone.swapcase().replace("_", " ")) == (zone,)


@pytest.mark.parametrize(
    ("entered", "expected"),
    [("Berlin", "Europe/Berlin"), ("new york", "America/New_York"), ("NEW_YORK", "America/New_York"), ("utc", "UTC")],
)
def test_a_city_is_enough_to_name_its_zone(house: House, entered: str, expected: str) -> None:
    frame = house.linked().submit("/manage-data", **{**GOOD, "zone": entered})
    assert frame.status == 200
    with house.database.read() as connection:
        night = schedule.night(connection, house.org_id)
    assert night is not None
    assert night.zone == expected


def test_a_city_of_several_zones_is_answered_with_all_of_them(house: House) -> None:
    frame = house.linked().submit("/manage-data", **{**GOOD, "zone": "Istanbul"})
    assert frame.status == 422
    assert "Several time zones have this name: Asia/Istanbul, Europe/Istanbul." in frame.page.text


def test_what_follows_from_a_kind_that_is_off_is_said(house: House) -> None:
    frame = house.linked()
    said = "When you switch it on again, only what is new comes to Salesforce, unless you choose Fill (kinds)"
    assert said in frame.go("/manage-data").page.text
    nothing = "No kind is chosen: the next run reads everything and writes nothing to Salesforce."
    assert nothing not in frame.submit("/manage-data", **GOOD).page.text
    assert nothing in frame.submit("/manage-data", local_time="02:00", zone="UTC").page.text


def test_every_kind_that_can_be_chosen_has_a_plain_meaning() -> None:
    assert all(kind.meaning for kind in form.offered())
