"""The whole wizard without a mouse, on a phone's width and a screen's, with every page clean by the axe rules."""

import re

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.journeys import independent
from tests.journeys.hard_cases import CAMPAIGN, OTHER_STATUS, HardCases
from tests.journeys.keys import Keys
from tests.journeys.walking import SOON, STEPS, Walk, frame_of, log_in_once, open_tab
from tests.webapp.axe import findings
from tests.webapp.browsing import chromium, overflow
from tools.house import House

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

CAMPAIGN_AT = {320: "Renewal 2026", 1280: "Опрос участников"}
"""For each width a Campaign whose panel nobody used before."""
SOURCE, GROUP, FIELDS, PREVIEW, WHEN = (
    f"Create Upload Job: {step}" for step in ("Source", "Group", "Fields", "Preview", "When")
)


def hold(frame: Frame, heading: str | re.Pattern[str]) -> None:
    """Wait for a page, and hold it to the rules of all pages."""
    expect(frame.get_by_role("heading", name=heading, level=1)).to_be_visible(timeout=SOON)
    expect(frame.locator(".htmx-request")).to_have_count(0)
    assert (heading, findings(frame)) == (heading, [])
    assert (heading, overflow(frame)) == (heading, 0)


def narrow_or_wide(page: Page, house: House, width: int) -> Frame:
    page.set_viewport_size({"width": width, "height": 900})
    log_in_once(open_tab(page, house))
    frame = open_tab(page, house)
    expect(frame.get_by_role("heading", name="Home", level=1)).to_be_visible()
    return frame


@pytest.mark.parametrize("width", CAMPAIGN_AT)
def test_the_whole_wizard_by_keyboard_alone(uploads_house: tuple[House, HardCases], width: int) -> None:
    house, _cases = uploads_house
    wanted = independent.look(house.plan.salesforce_url).of_campaign(CAMPAIGN, "Invited", "Registered")
    group = f"By keyboard on {width}"
    with chromium(house.plan.web_url) as (page, traffic):
        frame = narrow_or_wide(page, house, width)
        keys = Keys(page, frame)
        keys.into_the_frame()
        keys.press("link", "Upload Jobs")
        hold(frame, "Upload Jobs")
        keys.press("button", "Create Upload Job")
        hold(frame, SOURCE)
        choose_source(keys)
        choose_group(keys, group)
        change_fields(keys)
        assert Walk(page, frame).numbers() == wanted.steps
        look_around_the_preview(keys)
        choose_when(keys)
        expect(frame.get_by_text("Completed", exact=True).first).to_be_visible(timeout=SOON)
        assert independent.group_members(house.plan.realmagnet_url, group) == sorted(wanted.people)
        hold(frame, re.compile(group))
        keys.press("link", re.compile(r"^Run \d+$"))
        hold(frame, re.compile(f"^Upload: .*{group}, run"))
        keys.press("link", "Upload Jobs")
        hold(frame, "Upload Jobs")
        think_again_about_deleting(keys, f"Delete {CAMPAIGN} → {group}")
        assert traffic.cookies() == []
        assert traffic.complaints == []


def choose_source(keys: Keys) -> None:
    for kind, title in (
        ("Report", "Choose a report"),
        ("List view", "Choose a list view"),
        ("Query", "Query"),
        ("Campaign", "Choose a Campaign"),
    ):
        keys.choose(kind)
        expect(keys.frame.get_by_role("heading", name=title, exact=True)).to_be_visible()
        hold(keys.frame, SOURCE)
    keys.type("Search Campaigns by name", "spring")
    expect(keys.frame.get_by_text("Campaigns with “spring” in their name")).to_be_visible()
    keys.choose(CAMPAIGN)
    keys.tick(OTHER_STATUS)
    hold(keys.frame, SOURCE)
    keys.press("button", "Next")
    hold(keys.frame, GROUP)


def choose_group(keys: Keys, name: str) -> None:
    keys.choose("Prospects")
    keys.choose("Replace the members")
    hold(keys.frame, GROUP)
    keys.choose("A new group")
    keys.type("Name of the new group", name)
    hold(keys.frame, GROUP)
    keys.press("button", "Next")
    hold(keys.frame, FIELDS)


def change_fields(keys: Keys) -> None:
    keys.press("button", "Add a line to Contact")
    added = keys.frame.get_by_label("Real Magnet field, line 12 of Contact")
    expect(added).to_be_focused()
    keys.press("button", "Remove the blank line, Contact")
    expect(added).to_have_count(0)
    keys.press("button", "Next")


def look_around_the_preview(keys: Keys) -> None:
    hold(keys.frame, PREVIEW)
    keys.press("link", re.compile(r"^[\d,]+ mailable$"))
    hold(keys.frame, re.compile(r"^[\d,]+ mailable$"))
    keys.press("link", "Back to the preview")
    keys.press("button", "Next")
    hold(keys.frame, WHEN)


def choose_when(keys: Keys) -> None:
    for way in ("Once", "Repeating", "Now"):
        keys.choose(way)
        hold(keys.frame, WHEN)
    keys.press("button", "Save and run now")


def think_again_about_deleting(keys: Keys, name: str) -> None:
    keys.press("button", name)
    expect(keys.frame.get_by_role("button", name="Keep it")).to_be_focused()
    assert findings(keys.frame) == []
    assert overflow(keys.frame) == 0
    keys.page.keyboard.press("Escape")
    expect(keys.frame.get_by_role("dialog")).to_have_count(0)
    expect(keys.frame.get_by_role("button", name=name, exact=True)).to_be_focused()


@pytest.mark.parametrize("width", CAMPAIGN_AT)
def test_the_screens_around_the_wizard_are_clean(uploads_house: tuple[House, HardCases], width: int) -> None:
    house, _cases = uploads_house
    with chromium(house.plan.web_url) as (page, traffic):
        frame = narrow_or_wide(page, house, width)
        walk = Walk(page, frame)
        for link, heading in (
            ("Upload Jobs", "Upload Jobs"),
            ("Refresh before send", "Refresh before send"),
            ("Schedule a message", "Schedule a message"),
            ("Runs", "Runs"),
            ("Upload Jobs", "Upload Jobs"),
            ("Keys for other programs", "Keys for other programs"),
        ):
            walk.click("link", link)
            hold(frame, heading)
        walk.fill("Name of the program", f"Mailer {width}")
        walk.click("button", "Make a key")
        expect(frame.get_by_text("Copy it now")).to_be_visible()
        hold(frame, "Keys for other programs")
        use_the_panel(page, house, CAMPAIGN_AT[width])
        assert traffic.cookies() == []
        assert traffic.complaints == []


def use_the_panel(page: Page, house: House, name: str) -> None:
    """On the Campaign's own page, up to the people who would be uploaded."""
    campaigns = independent.rows(house.plan.salesforce_url, "Campaign", "Id,Name")
    campaign = next(row["Id"] for row in campaigns if row["Name"] == name)
    page.goto(f"{house.plan.salesforce_url}/lightning/r/Campaign/{campaign}/real-magnet")
    panel = frame_of(page)
    hold(panel, name)
    panel.get_by_label("Group", exact=True).select_option("Newsletter")
    hold(panel, name)
    panel.get_by_role("button", name="See who will be uploaded").click()
    assert len(Walk(page, panel).numbers()) == len(STEPS)
    hold(panel, name)
