"""Notifications: who is told, what arrives, what does not, and the troubles in the app."""

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from connector import clock
from connector.model.notices import Kind, Trouble
from connector.notices import webhook
from connector.settings import Settings
from connector.store import notice_book, notice_deliveries, notice_settings
from connector.store.notice_settings import Chosen
from tests.connector.notices.servers import Hook, Mailbox
from tests.webapp.conftest import House, make_house
from tests.webapp.pages import Frame


@pytest.fixture
def house(settings: Settings, mailbox: Mailbox) -> House:
    found = replace(settings, smtp_host="127.0.0.1", smtp_port=mailbox.port, smtp_tls="none")
    return make_house(replace(found, smtp_sender="connector@example.org"))


def screen(house: House) -> Frame:
    return house.linked().go("/notifications")


def add(frame: Frame, address: str, wants: str = "errors") -> Frame:
    return frame.submit("/notifications/addresses", to=address, wants=wants)


def trouble(house: House, **changes: Any) -> int:
    known = {"headline": "Upload job 7 failed.", "detail": "It said why.", "advice": "Start it again."}
    with house.database.write() as connection:
        found = notice_book.open_once(connection, Trouble(house.org_id, Kind.FAILED, "upload 7", **(known | changes)))
    assert found is not None
    return found


def test_nobody_is_told_yet_and_nothing_has_gone_wrong(house: House):
    page = screen(house).page
    assert "Nobody is told yet" in page.text
    assert "No trouble so far" in page.text
    assert "no mail server" not in page.text


def test_without_a_mail_server_the_screen_says_so_and_a_test_says_it_too(settings: Settings):
    frame = screen(make_house(settings))
    assert "This connector has no mail server" in frame.page.text
    add(frame, "ada@example.org").submit("/notifications/addresses/1/test")
    (alert,) = [one for one in frame.page.find("div[role='alert']") if "did not reach" in one.text]
    assert "The operator of this connector sets SMTP_HOST" in alert.text


def test_a_mailbox_is_added_tried_changed_and_removed(house: House, mailbox: Mailbox):
    frame = add(screen(house), " ada@example.org ")
    assert "Notices go to ada@example.org from now on" in frame.page.text
    frame.submit("/notifications/addresses/1/test")
    assert "The test was delivered to ada@example.org. The mail server took it." in frame.page.text
    (mail,) = mailbox.mails
    assert mail["To"] == "ada@example.org"
    assert mailbox.subjects == ["This is a test"]
    assert "Association of Examples" in mail.get_content()
    mailbox.refuse = "550 No such mailbox here"
    frame.submit("/notifications/addresses/1/test")
    assert "did not reach ada@example.org. The mail server refused the address: 550 No such mailbox" in frame.page.text
    frame.submit("/notifications/addresses/1/wants", wants="always")
    assert frame.page.find("#wants-1")
    assert "ada@example.org hears of: troubles and every night." in frame.page.text
    assert "Remove ada@example.org?" in frame.go("/notifications/addresses/1/remove").page.text
    frame.submit("/notifications/addresses/1/remove")
    assert "Nobody is told yet" in frame.page.text
    with house.database.read() as connection:
        done = connection.execute(text("SELECT action FROM audit ORDER BY id")).scalars().all()
    assert done[-3:] == [
        "Added an address for notices",
        "Changed an address for notices",
        "Removed an address for notices",
    ]


def test_the_secret_of_a_webhook_is_shown_once_signs_what_it_gets_and_can_be_replaced(house: House, hook: Hook):
    frame = add(screen(house), hook.url)
    (shown,) = frame.page.find("#made-secret")
    first = shown.text
    assert first not in frame.go("/notifications").page.html
    assert first not in str(dump(house))
    frame.submit("/notifications/addresses/1/secret")
    (shown,) = frame.page.find("#made-secret")
    assert shown.text != first
    frame.submit("/notifications/addresses/1/test")
    assert "The test was delivered" in frame.page.text
    assert "200 thanks" in frame.page.text
    ((headers, body),) = hook.posts
    moment = int(headers[webhook.SIGNATURE].split(",")[0].removeprefix("t="))
    assert headers[webhook.SIGNATURE] == webhook.sign(shown.text, body, moment)
    assert json.loads(body)["event"] == "test"
    hook.answer = (500, "out of order")
    frame.submit("/notifications/addresses/1/test")
    assert "The webhook answered 500 out of order" in frame.page.text


def dump(house: House) -> list[Any]:
    with house.database.read() as connection:
        return [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM notice_addresses, audit")]


@pytest.mark.parametrize(
    ("entered", "words"),
    [
        ("", "Enter an e-mail address"),
        ("ada", "Enter an e-mail address"),
        ("ada@example.org\r\nBcc: eve@example.org", "no e-mail address"),
        ("ada@example.org, eve@example.org", "no e-mail address"),
        ("ada@exam ple", "no e-mail address"),
        ("http://hooks.example.org/in", "begins with https://"),
        ("https://ada:secret@hooks.example.org/", "no user or password"),
        ("https:///in", "has a host"),
        ("https://hooks.example.org:99999/", "no address of a webhook"),
        ("https://" + "x" * 500, "at most 500"),
    ],
)
def test_an_address_that_is_none_is_refused_and_kept_in_the_form(entered: str, words: str, house: House):
    frame = add(screen(house), entered)
    assert frame.status == 422
    (problem,) = frame.page.find("#address-problem")
    assert words in problem.text
    assert frame.page.find("#address")[0].attributes["value"] == entered.strip()
    assert "Nobody is told yet" in frame.page.text


def test_the_same_address_twice_is_refused(house: House):
    frame = add(add(screen(house), "ada@example.org"), "Ada@Example.org")
    assert "Notices go to this address already" in frame.page.text


def test_report_and_freshness_are_kept_and_mistakes_are_said(house: House):
    frame = screen(house)
    frame.submit("/notifications/settings", report="on", report_time="25:00", fresh_hours="soon")
    assert frame.status == 422
    assert frame.page.find("#report_time")[0].attributes["value"] == "25:00"
    assert frame.page.find("#fresh_hours-problem")
    frame.submit("/notifications/settings", report="on", report_time="7:30 am", fresh_hours="48")
    assert frame.page.find("#report_time")[0].attributes["value"] == "07:30"
    with house.database.read() as connection:
        assert notice_settings.of_org(connection, house.org_id) == Chosen(True, "07:30", 48)
        due = connection.execute(text("SELECT next_report_at FROM notice_settings")).scalar_one()
    assert due > clock.milliseconds(clock.now())


def test_home_shows_a_trouble_until_somebody_has_seen_it(house: House):
    number = trouble(house)
    frame = house.linked().go("/home")
    assert "Upload job 7 failed. It said why. Start it again." in frame.page.text
    assert frame.page.find("#unseen-notices")[0].text == "1 not seen yet"
    frame.submit(f"/notices/{number}/seen")
    assert "Upload job 7" not in frame.page.text
    assert [one.text for one in frame.page.find("#unseen-notices")] == [""]  # the count goes with it
    assert frame.go("/home").page.find("#unseen-notices")[0].text == ""
    shown = frame.go("/notifications").page.text
    assert "Not over" in shown
    assert "seen" in shown
    with house.database.write() as connection:
        notice_book.recover(connection, number)
    assert "Over" in frame.go("/notifications").page.text


def test_what_an_address_refused_is_shown_with_its_answer(house: House):
    frame = add(screen(house), "ada@example.org")
    number = trouble(house)
    with house.database.write() as connection:
        told = notice_deliveries.Told(house.org_id, number, notice_deliveries.Event.OPENED, "{}")
        notice_deliveries.make(connection, told, [1])
    for _ in range(5):
        with house.database.write() as connection:
            connection.execute(text("UPDATE notice_deliveries SET retry_at = 0"))
        delivery = notice_deliveries.take(house.database)
        assert delivery is not None
        with house.database.write() as connection:
            notice_deliveries.refused(connection, delivery, "550 No such mailbox")
    shown = frame.go("/notifications").page.text
    assert "Given up after 5 tries" in shown
    assert "550 No such mailbox" in shown


@pytest.mark.parametrize(("name", "words"), [("tick", "Nothing begins by itself."), ("watch", "Nobody is told of")])
def test_a_process_that_stands_still_is_said_on_home(name: str, words: str, house: House):
    with house.database.write() as connection:
        connection.execute(text("INSERT INTO heartbeats VALUES (:name, :at)"), {"name": name, "at": 1})
    assert words in house.linked().go("/home").page.text
