"""Real Magnet's login page: once for each Salesforce user, checked by Real Magnet, its password kept nowhere."""

import dataclasses
import json

import pytest

from connector.store import audit
from tests.webapp.conftest import ConnectedAccount, House, Logged
from webapp.wiring import EXTENSION


def test_the_first_launch_asks_for_real_magnets_login_and_the_next_does_not(house: House) -> None:
    frame = house.launch()
    assert frame.page.title == "Log in to Real Magnet · Real Magnet"
    assert "Hello Ada Example" in frame.page.text
    frame.submit("/login", username=" ada ", password="right")
    assert frame.page.title == "Home · Real Magnet"
    assert house.launch().page.title == "Home · Real Magnet"


def test_no_screen_is_shown_before_the_login(house: House) -> None:
    frame = house.launch()
    for address in ("/home", "/runs", "/manage-data", "/home/status"):
        assert frame.go(address).page.find("form[action='/login']")
    frame.submit("/runs")
    assert frame.page.find("form[action='/login']")
    assert house.outside.claims == []


@pytest.mark.parametrize(
    ("entered", "words"),
    [
        ({"username": "ada", "password": "wrong"}, "Real Magnet does not know this user name and password"),
        ({"username": "", "password": "right"}, "Enter your Real Magnet user name"),
        ({"username": "ada", "password": ""}, "Enter your Real Magnet password"),
        ({}, "Enter your Real Magnet user name"),
        ({"username": "a" * 256, "password": "right"}, "Enter your Real Magnet user name"),
    ],
)
def test_what_is_wrong_is_said_in_words_and_the_password_is_not_sent_back(
    house: House, entered: dict[str, str], words: str
) -> None:
    frame = house.launch().submit("/login", **entered)
    assert frame.status == 422
    assert words in frame.page.text
    assert "right" not in frame.page.html
    assert "wrong" not in frame.page.html


def test_a_user_of_another_real_magnet_account_is_not_linked(house: House) -> None:
    with house.database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO realmagnet_connections (org_id, username, password, account) VALUES (1, 'sync', '', 'OTHER')"
        )
    frame = house.launch().submit("/login", username="ada", password="right")
    assert frame.status == 422
    assert "another Real Magnet account" in frame.page.text
    assert house.launch().page.find("form[action='/login']")


@pytest.mark.parametrize(("connected", "status"), [("OTHER", 422), ("ACME", 200)])
def test_before_the_first_night_the_connection_itself_is_asked_for_its_account(
    house: House, connected: str, status: int
) -> None:
    with house.database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO realmagnet_connections (org_id, username, password) VALUES (1, 's', '')"
        )
    wired = house.app.extensions[EXTENSION]
    services = dataclasses.replace(wired.services, realmagnet=lambda org_id: ConnectedAccount(org_id, connected))
    house.app.extensions[EXTENSION] = dataclasses.replace(wired, services=services)
    frame = house.launch().submit("/login", username="ada", password="right")
    assert (frame.status, "another Real Magnet account" in frame.page.text) == (status, status == 422)
    with house.database.read() as connection:
        assert connection.exec_driver_sql("SELECT account FROM realmagnet_connections").scalar() == connected


def test_passwords_cannot_be_tried_for_long(house: House) -> None:
    frame = house.launch()
    tries = [frame.submit("/login", username="ada", password=f"guess {n}").status for n in range(7)]
    assert tries == [422] * 5 + [429] * 2
    assert "Too many tries" in frame.page.text


def test_the_link_is_audited_and_no_password_is_in_the_store(house: House) -> None:
    house.launch().submit("/login", username="ada", password="right")
    with house.database.read() as connection:
        (entry,) = audit.entries(connection, house.org_id)
        stored = "".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]  # sqlite
    assert entry["action"] == "Linked to Real Magnet"
    assert json.loads(entry["after"]) == {"Real Magnet user": "ada"}
    assert "'right'" not in stored


def test_the_password_is_in_no_log(house: House, logged: Logged) -> None:
    house.launch().submit("/login", username="ada", password="hunter2-hunter2")
    assert "login refused" in logged.text
    assert "hunter2" not in logged.text
