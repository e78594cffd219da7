"""Scheduling and cancelling a message in a real browser, by keyboard alone, down to the width of a phone."""

from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.webapp.axe import findings
from tests.webapp.browsing import overflow
from tests.webapp.test_frame import browser, log_in, open_tab, parent, served  # noqa: F401  # pytest finds them by name
from tests.webapp.test_sends import MEMBERS, Account, all_sends, given_up, job
from webapp.wiring import EXTENSION

pytestmark = pytest.mark.browser


def test_a_message_is_scheduled_and_cancelled_by_keyboard(request: pytest.FixtureRequest) -> None:
    page, traffic = request.getfixturevalue("browser")
    house, outside = request.getfixturevalue("served"), request.getfixturevalue("parent")
    wired = house.app.extensions[EXTENSION]
    house.app.extensions[EXTENSION] = replace(wired, services=replace(wired.services, realmagnet=Account()))
    job(house, MEMBERS, "All members")
    frame = open_tab(page, outside)
    log_in(frame)
    frame.get_by_role("link", name="Upload Jobs", exact=True).press("Enter")
    frame.get_by_role("link", name="Refresh before send").press("Enter")
    expect(frame.get_by_role("heading", name="Refresh before send")).to_be_focused()
    frame.get_by_role("link", name="Schedule a message").press("Enter")
    _choose(frame, page)
    frame.get_by_role("button", name="Schedule", exact=True).press("Enter")
    expect(frame.get_by_text("Enter a date such as 2026-11-30.")).to_be_visible()
    expect(frame.get_by_label("Date", exact=True)).to_be_focused()
    assert findings(frame) == []
    expect(frame.get_by_role("radio", name="Spring news")).to_be_checked()
    frame.get_by_label("Date", exact=True).fill("2099-05-04")
    expect(frame.get_by_text("May 4, 2099, 9:00 AM EDT")).to_be_visible()
    frame.get_by_role("button", name="Schedule", exact=True).press("Enter")
    expect(frame.get_by_text("“Spring news” is scheduled.")).to_be_visible()
    assert (overflow(frame), findings(frame)) == (0, [])
    _cancel(frame)
    _dismiss(frame, house)
    _make_a_key(frame)
    assert [c for c in traffic.complaints if "422" not in c] == []
    assert traffic.cookies() == []


def _choose(frame: Any, page: Any) -> None:
    search = frame.get_by_label("Search messages by name")
    search.press_sequentially("spri")
    expect(frame.get_by_role("radio")).to_have_count(3)
    search.press("Tab")
    page.keyboard.press("Space")
    expect(frame.get_by_role("radio", name="Spring news")).to_be_checked()
    expect(frame.get_by_text("a@example.org")).to_be_visible()
    frame.get_by_label("Search groups by name").press_sequentially("mem")
    expect(frame.get_by_role("checkbox")).to_have_count(1)
    expect(frame.get_by_text("Filled by the upload job “All members” just before.")).to_be_visible()
    frame.get_by_role("checkbox", name="Members").press("Space")
    frame.get_by_role("radio", name="At a date and time").press("Space")
    expect(frame.get_by_text("then its groups are refreshed, and it is sent")).to_be_visible()
    frame.get_by_label("Date", exact=True).fill("")
    expect(frame.get_by_text("The moment shows here")).to_be_visible()
    page.set_viewport_size({"width": 320, "height": 800})
    assert (overflow(frame), findings(frame)) == (0, [])


def _cancel(frame: Any) -> None:
    frame.get_by_role("button", name="Cancel Spring news").press("Enter")
    expect(frame.get_by_role("button", name="Keep it")).to_be_focused()
    assert findings(frame) == []
    frame.get_by_role("button", name="Do not send it").press("Enter")
    expect(frame.get_by_text("“Spring news” is not sent.")).to_be_visible()
    expect(frame.get_by_role("dialog")).to_have_count(0)


def _dismiss(frame: Any, house: Any) -> None:
    given_up(house)
    frame.get_by_role("link", name="Home", exact=True).press("Enter")
    expect(frame.get_by_text("The upload job “Fill Members” failed.")).to_be_visible()
    assert (overflow(frame), findings(frame)) == (0, [])
    frame.get_by_role("button", name="Dismiss").press("Enter")
    expect(frame.get_by_text("The upload job “Fill Members” failed.")).to_have_count(0)
    assert len(all_sends(house)) == 2


def _make_a_key(frame: Any) -> None:
    frame.get_by_role("link", name="Upload Jobs", exact=True).press("Enter")
    frame.get_by_role("link", name="Keys for other programs").press("Enter")
    frame.get_by_label("Name of the program").fill("Mail tool")
    frame.get_by_role("button", name="Make a key").press("Enter")
    expect(frame.get_by_text("rmk_")).to_be_visible()
    assert (overflow(frame), findings(frame)) == (0, [])
