"""What was entered in the wizard stays: back and forth, after leaving, and while the page still answers."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.journeys import independent
from tests.journeys.hard_cases import CAMPAIGN, HardCases
from tests.journeys.walking import Walk, frame_of, log_in_once, open_tab
from tests.webapp.browsing import chromium
from tools.house import House

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SOURCE, GROUP, FIELDS, PREVIEW, WHEN = (
    f"Create Upload Job: {step}" for step in ("Source", "Group", "Fields", "Preview", "When")
)
NEWSLETTER = "Members' Newsletter: Ελλάδα"
"""A Campaign that no other journey begins an upload of: its page stands as it does at first."""


def test_back_and_forward_and_leaving_keep_everything(uploads_house: tuple[House, HardCases]) -> None:
    house, _cases = uploads_house
    with chromium(house.plan.web_url) as (page, traffic):
        log_in_once(open_tab(page, house))
        walk = Walk(page, open_tab(page, house))
        walk.click("link", "Upload Jobs")
        walk.click("button", "Create Upload Job")
        before = enter_something_in_each_step(walk)
        for heading in (PREVIEW, FIELDS, GROUP, SOURCE):
            walk.click("button", "Back")
            walk.sees(heading)
        kept(walk, before)
        walk.click("button", "Save and leave")
        walk = Walk(page, open_tab(page, house))
        walk.click("link", "Upload Jobs")
        walk.click("link", "Guests every week")
        walk.sees(WHEN)
        walk.frame.get_by_role("button", name=re.compile("Source")).click()
        kept(walk, before)
        assert traffic.complaints == []


def late(route: Route) -> None:
    """Let an answer travel for so long that a person can go on choosing meanwhile."""
    answer = route.fetch()
    route.request.frame.page.wait_for_timeout(700)
    route.fulfill(response=answer)


def test_what_is_chosen_while_the_page_still_answers_stays(uploads_house: tuple[House, HardCases]) -> None:
    house, _cases = uploads_house
    with chromium(house.plan.web_url) as (page, _traffic):
        log_in_once(open_tab(page, house))
        walk = Walk(page, open_tab(page, house))
        walk.click("link", "Upload Jobs")
        walk.click("button", "Create Upload Job")
        walk.choose(CAMPAIGN)
        walk.next(GROUP)
        page.route("**/group/how", late)
        with page.expect_request("**/group/how"):
            walk.choose("Newsletter")
        with page.expect_response("**/group/how"):
            walk.choose("Replace the members")
        expect(walk.frame.get_by_text("people who are in “Newsletter” now and not in this audience")).to_be_visible()
        stays(walk, "Replace the members")


def test_what_is_chosen_on_a_campaigns_page_while_it_still_answers_stays(
    uploads_house: tuple[House, HardCases],
) -> None:
    house, _cases = uploads_house
    campaigns = independent.rows(house.plan.salesforce_url, "Campaign", "Id,Name")
    campaign = next(row["Id"] for row in campaigns if row["Name"] == NEWSLETTER)
    with chromium(house.plan.web_url) as (page, _traffic):
        log_in_once(open_tab(page, house))
        page.goto(f"{house.plan.salesforce_url}/lightning/r/Campaign/{campaign}/real-magnet")
        walk = Walk(page, frame_of(page))
        walk.sees(NEWSLETTER)
        group = walk.frame.get_by_label("Group", exact=True)
        page.route("**/campaigns/*/group", late)
        with page.expect_request("**/campaigns/*/group"):
            group.select_option("Newsletter")
        with page.expect_response("**/campaigns/*/group"):
            walk.choose("Replace them")
        expect(walk.frame.get_by_text("“Newsletter” has")).to_be_visible()
        stays(walk, "Replace them")


def stays(walk: Walk, name: str) -> None:
    """What was chosen is chosen, also after everything that was still on its way has come."""
    chosen = walk.frame.get_by_role("radio", name=name)
    expect(chosen).to_be_checked()
    walk.page.wait_for_timeout(1_000)
    expect(chosen).to_be_checked()
    expect(chosen).to_be_focused()


def enter_something_in_each_step(walk: Walk) -> list[int]:
    """Other things than stand there by themselves, the last one wrong; answers the preview's numbers."""
    walk.choose("Report")
    walk.choose("Conference guests one by one")
    walk.next(GROUP)
    walk.choose("Fax list")
    walk.choose("Replace the members")
    walk.next(FIELDS)
    walk.fill("If it is blank, line 8 of Contact", "Boston")
    walk.untick("Update recipients that Real Magnet knows already")
    walk.next(PREVIEW)
    before = walk.numbers()
    walk.fill("Hold a run if the audience moved by more than (per cent)", "33")
    walk.next(WHEN)
    walk.choose("Repeating")
    walk.untick("Friday")
    walk.fill("Local time", "half past")
    walk.fill("Name of the upload job", "Guests every week")
    return before


def kept(walk: Walk, before: list[int]) -> None:
    """Forward through all steps, each as it was left, up to what is wrong in the last one."""
    frame = walk.frame
    walk.sees(SOURCE)
    expect(frame.get_by_role("radio", name="Conference guests one by one")).to_be_checked()
    walk.next(GROUP)
    expect(frame.get_by_role("radio", name="Fax list")).to_be_checked()
    expect(frame.get_by_role("radio", name="Replace the members")).to_be_checked()
    walk.next(FIELDS)
    expect(frame.get_by_label("If it is blank, line 8 of Contact")).to_have_value("Boston")
    update = frame.get_by_role("checkbox", name="Update recipients that Real Magnet knows already")
    expect(update).not_to_be_checked()
    walk.next(PREVIEW)
    assert walk.numbers() == before
    most = frame.get_by_label("Hold a run if the audience moved by more than (per cent)")
    expect(most).to_have_value("33")
    walk.next(WHEN)
    expect(frame.get_by_role("checkbox", name="Friday")).not_to_be_checked()
    expect(frame.get_by_role("checkbox", name="Thursday")).to_be_checked()
    expect(frame.get_by_label("Local time")).to_have_value("half past")
    expect(frame.get_by_label("Name of the upload job")).to_have_value("Guests every week")
