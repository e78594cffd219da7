"""The Activity Report on a screen: numbers that lead to who is behind them, views, a file, and odd questions."""

import csv
import io
from typing import Any

import pytest
from sqlalchemy import text

from connector.model.rights import Area, Level
from connector.store import rights, saved_views, users
from connector.store.users import Identity
from tests.connector.store import report_crowd
from tests.webapp.conftest import House
from tests.webapp.pages import Frame

FACTS = report_crowd.facts()
ALL = "period=all&columns=none"


@pytest.fixture
def frame(house: House) -> Frame:
    with house.database.write() as connection:
        report_crowd.plant(connection, house.org_id, FACTS)
        connection.execute(text("UPDATE owners SET name = '=SUM(A1)'"))
    return house.linked()


def rows(frame: Frame) -> list[str]:
    return [e.text for e in frame.page.find("th") if e.attributes.get("scope") == "row"]


def test_every_number_leads_to_as_many_activities_or_people(frame: Frame) -> None:
    for count in ("activities", "people"):
        page = frame.go(f"/report?{ALL}&rows=person&count={count}").page
        links = [e for e in page.find("a") if e.attributes["href"].startswith("/report/people?")]
        assert len(links) == 4
        for link in links:
            behind = frame.go(link.attributes["hx-get"])
            assert len(rows(behind)) == min(int(link.text), 50)


def test_a_person_behind_a_number_opens_in_the_panel(frame: Frame) -> None:
    page = frame.go(f"/report/people?{ALL}&rows=person&row=Contact").page
    assert f"/people/{report_crowd.CONTACT}" in {e.attributes["href"] for e in page.find("a")}
    assert "Back to the report" in page.text


def test_the_first_look_asks_for_the_last_90_days_by_group_and_month(frame: Frame) -> None:
    page = frame.go("/report").page
    chosen = [e.attributes["value"] for e in page.find("option") if "selected" in e.attributes]
    assert chosen == ["group", "month", "activities", "90"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("rows=planet", "“planet” is not something that the report can show"),
        ("period=custom&from=yesterday", "A date could not be read"),
        ("period=custom&from=2026-02-02&to=2026-02-01", "The first day is behind the last one"),
        ("period=custom&from=0001-01-01", "The years 1990 to 2100"),
        ("period=soon", "The period is not one of the list"),
        ("rows=month&columns=month", "Rows and columns are the same"),
        ("group=Sneezed", "unknown group"),
        ("owner=%27;--", "unknown owner"),
        ("message=" + "x" * 3000, "The question was too long"),
    ],
)
def test_what_cannot_be_asked_is_said_and_the_rest_is_shown(frame: Frame, query: str, words: str) -> None:
    page = frame.go(f"/report?{query}").page
    assert words in page.text
    assert page.find("select")


@pytest.mark.parametrize("query", ["rows=message&row=x", "rows=day&row=99999999999999999999", "column=" + "9" * 5000])
def test_a_number_that_none_can_be_leads_nowhere(frame: Frame, query: str) -> None:
    assert frame.go(f"/report/people?{query}").status == 404


def test_a_view_is_kept_replaced_opened_and_deleted_by_its_owner_alone(frame: Frame, house: House) -> None:
    frame.submit(f"/report/views?{ALL}&rows=owner", name="")
    assert "Give the view a name" in frame.page.text
    frame.submit(f"/report/views?{ALL}&rows=owner", name=" My  view ")
    frame.submit(f"/report/views?{ALL}&rows=message", name="My view")
    (link,) = [e for e in frame.page.find("a") if e.text == "My view"]
    assert rows(frame.go(link.attributes["hx-get"])) == ["Letter 1", "Letter 2", "Letter 3", "Total"]
    with house.database.write() as connection:
        ben = users.welcome(connection, house.org_id, Identity("005000000000002AAA", "Ben", "en_US", "UTC"))
        saved_views.save(connection, saved_views.Owner(house.org_id, ben), "Hidden", "rows=day")
    assert frame.submit("/report/views/2/delete").status == 404
    assert "Hidden" not in frame.go("/report").page.text
    frame.submit("/report/views/1/delete")
    assert "The saved view was deleted." in frame.page.text
    assert "None yet." in frame.page.text


def test_the_file_has_the_same_numbers_and_no_formula(frame: Frame, house: House) -> None:
    address = frame.submit(f"/report/download?{ALL}&rows=owner").headers["HX-Redirect"]
    client: Any = house.app.test_client(use_cookies=False)
    file = client.get(address)
    lines = list(csv.reader(io.StringIO(file.text.removeprefix("\ufeff"))))
    assert lines[0] == ["Owner", "Total"]
    assert lines[-1] == ["Total", str(len(FACTS))]
    assert "'=SUM(A1)" in {line[0] for line in lines}
    assert client.get(address).status_code == 404


def test_who_may_not_read_tracking_is_neither_offered_the_report_nor_given_it(frame: Frame, house: House) -> None:
    with house.database.write() as connection:
        user_id = int(connection.execute(text("SELECT id FROM users")).scalar_one())
        rights.give(connection, user_id, {Area.TRACKING: Level.NONE})
    assert frame.go("/report").status == 403
    assert "/report" not in {e.attributes["href"] for e in frame.go("/home").page.find("a")}
