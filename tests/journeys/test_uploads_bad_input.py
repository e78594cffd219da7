"""What a person gets wrong in the wizard: told beside the field, with the focus there, and nothing entered is lost."""

import re

import pytest
from playwright.sync_api import Frame, Locator, expect

from tests.journeys.hard_cases import CAMPAIGN, OTHER_STATUS, HardCases
from tests.journeys.walking import Walk, log_in_once, open_tab
from tests.webapp.axe import findings
from tests.webapp.browsing import chromium, overflow
from tools.house import House

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SOURCE, GROUP, FIELDS, PREVIEW, WHEN = (
    f"Create Upload Job: {step}" for step in ("Source", "Group", "Fields", "Preview", "When")
)
BROKEN = "SELECT Id FROM Contact WHERE"
BESIDE = "element => (element.getAttribute('aria-describedby') || '').split(' ').filter(id => id.endsWith('-problem'))"


def told(frame: Frame, field: Locator, words: str) -> None:
    """The field is marked, has the focus, and what is wrong stands beside it and is read with it."""
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    beside = [frame.locator(f"[id='{name}']") for name in field.evaluate(BESIDE)]
    assert len(beside) == 1
    expect(beside[0]).to_be_visible()
    expect(beside[0]).to_contain_text(words)
    assert findings(frame) == []
    assert overflow(frame) == 0


def test_each_step_tells_what_is_wrong_and_keeps_what_was_entered(uploads_house: tuple[House, HardCases]) -> None:
    house, _cases = uploads_house
    with chromium(house.plan.web_url) as (page, traffic):
        page.set_viewport_size({"width": 320, "height": 900})
        log_in_once(open_tab(page, house))
        walk = Walk(page, open_tab(page, house))
        walk.click("link", "Upload Jobs")
        walk.click("button", "Create Upload Job")
        walk.sees(SOURCE)
        wrong_source(walk)
        wrong_group(walk)
        wrong_fields(walk)
        wrong_rules(walk)
        wrong_times(walk)
        assert traffic.cookies() == []
        refused = [line for line in traffic.complaints if "422" not in line]
        assert refused == []


def wrong_source(walk: Walk) -> None:
    frame = walk.frame
    walk.next(SOURCE)
    told(frame, frame.get_by_role("radio", name=CAMPAIGN), "Choose a Campaign.")
    walk.choose(CAMPAIGN)
    for status in ("Invited", "Registered", OTHER_STATUS):
        walk.untick(status)
    walk.next(SOURCE)
    told(frame, frame.get_by_role("checkbox", name="Invited"), "Choose at least one member status.")
    walk.choose("Report")
    expect(frame.get_by_text(re.compile("^Cannot be chosen: .*joined"))).to_be_visible()
    expect(frame.get_by_role("radio", name="Campaign members")).to_be_visible()
    expect(frame.get_by_role("radio", name="Contacts beside Leads")).to_have_count(0)
    walk.choose("Query")
    walk.fill("SOQL query", BROKEN)
    walk.next(SOURCE)
    query = frame.get_by_label("SOQL query")
    told(frame, query, "")
    expect(query).to_have_value(BROKEN)
    walk.choose("Campaign")
    expect(frame.get_by_role("radio", name=CAMPAIGN)).to_be_checked()
    expect(frame.get_by_role("checkbox", name="Invited")).not_to_be_checked()
    frame.get_by_role("checkbox", name="Registered").check()
    walk.next(GROUP)


def wrong_group(walk: Walk) -> None:
    frame = walk.frame
    walk.next(GROUP)
    told(frame, frame.get_by_role("radio", name="All members"), "Choose a group.")
    walk.choose("A new group")
    name = frame.get_by_label("Name of the new group")
    expect(name).to_be_visible()
    walk.next(GROUP)
    told(frame, name, "Enter a name for the new group.")
    for text, words in (("x" * 51, "at most 50 characters"), ("NEWSLETTER", "exists already")):
        name.fill(text)
        walk.next(GROUP)
        told(frame, name, words)
        expect(name).to_have_value(text)
    name.fill("Never made")
    walk.next(FIELDS)


def wrong_fields(walk: Walk) -> None:
    frame = walk.frame
    city = frame.get_by_label("Salesforce field, line 8 of Contact")
    city.fill("No such field")
    default = frame.get_by_label("If it is blank, line 8 of Contact")
    default.fill("Boston")
    walk.next(FIELDS)
    told(frame, city, "No such field")
    expect(city).to_have_value("No such field")
    expect(default).to_have_value("Boston")
    city.fill("MailingCity")
    walk.next(PREVIEW)


def wrong_rules(walk: Walk) -> None:
    frame = walk.frame
    before = walk.numbers()
    most = frame.get_by_label("Hold a run if the audience moved by more than (per cent)")
    most.fill("many")
    frame.get_by_role("checkbox", name="Leave out duplicates").uncheck()
    walk.next(PREVIEW)
    told(frame, most, "whole number of per cent")
    expect(most).to_have_value("many")
    expect(frame.get_by_role("checkbox", name="Leave out duplicates")).not_to_be_checked()
    most.fill("40")
    frame.get_by_role("checkbox", name="Leave out duplicates").check()
    walk.click("button", "Read the audience")
    assert walk.numbers() == before
    walk.next(WHEN)


def wrong_times(walk: Walk) -> None:
    frame = walk.frame
    walk.choose("Repeating")
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"):
        walk.untick(day)
    walk.click("button", "Save")
    told(frame, frame.get_by_role("checkbox", name="Monday"), "Choose at least one day of the week.")
    frame.get_by_role("checkbox", name="Sunday").check()
    for label, text in (("Local time", "25 o'clock"), ("Time zone", "Atlantis")):
        field = frame.get_by_label(label)
        kept = field.input_value()
        field.fill(text)
        walk.click("button", "Save")
        told(frame, field, "")
        expect(field).to_have_value(text)
        field.fill(kept)
    walk.choose("Once")
    day = frame.get_by_label("Date")
    day.fill("2020-02-29")
    walk.click("button", "Save")
    told(frame, day, "over already")
    expect(day).to_have_value("2020-02-29")
    expect(frame.get_by_role("radio", name="Once")).to_be_checked()
