"""Upload jobs as a person makes them, from each kind of source to a group that holds the people of the preview."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys import independent
from tests.journeys.hard_cases import CAMPAIGN, OTHER_STATUS, HardCases
from tests.journeys.independent import Org, Wanted
from tests.journeys.walking import SOON, Walk, log_in_once, open_tab
from tests.webapp.browsing import chromium
from tools.house import House

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

MOST_STEPS = 12


def from_campaign(walk: Walk) -> None:
    walk.choose(CAMPAIGN)
    walk.untick(OTHER_STATUS)


def from_report(walk: Walk) -> None:
    walk.choose("Report")
    walk.choose("Campaign members")


def from_list_view(walk: Walk) -> None:
    walk.choose("List view")
    walk.choose("All Leads")


def from_query(walk: Walk) -> None:
    walk.choose("Query")
    walk.fill("SOQL query", "SELECT Id FROM Lead")


def into_new_group(walk: Walk) -> str:
    walk.choose("A new group")
    name = f"People of {walk.steps[3]}"
    walk.fill("Name of the new group", name)
    return name


def into_prospects(walk: Walk) -> str:
    """A group with others in it, who have to leave it."""
    walk.choose("Prospects")
    walk.choose("Replace the members")
    return "Prospects"


def cases_of_members(wanted: Wanted, cases: HardCases, *, all_statuses: bool) -> None:
    """The hard cases are among the members of the Campaign, and each ends as it has to."""
    people = {person for person, _address in wanted.people}
    assert len(people.intersection(cases.shared)) == 1
    assert people.issuperset((*cases.twins, cases.converted[1], cases.merged[1], cases.formula))
    assert wanted.lost.issuperset((*cases.opted_out, cases.invalid, cases.without_address))
    assert not cases.gone & (people | wanted.lost)
    assert (cases.elsewhere in people) is all_statuses


def cases_of_leads(wanted: Wanted, cases: HardCases, *, converted: bool) -> None:
    """The hard cases are among the Leads: one address on two, converted ones where the source shows them."""
    people = {person for person, _address in wanted.people}
    assert len(people.intersection(cases.shared)) == 1
    assert len(wanted.lost.intersection(cases.shared)) == 1
    assert (cases.converted[0] in wanted.lost) is converted
    assert wanted.distinct > len(wanted.people)


@dataclass(frozen=True)
class Case:
    source: Callable[[Walk], None]
    group: Callable[[Walk], str]
    wanted: Callable[[Org], Wanted]
    hard: Callable[[Wanted, HardCases], None]


CASES = {
    "Campaign": Case(
        from_campaign,
        into_new_group,
        lambda org: org.of_campaign(CAMPAIGN, "Invited", "Registered"),
        lambda wanted, cases: cases_of_members(wanted, cases, all_statuses=False),
    ),
    "Report": Case(
        from_report,
        into_new_group,
        lambda org: org.of_campaign(CAMPAIGN),
        lambda wanted, cases: cases_of_members(wanted, cases, all_statuses=True),
    ),
    "List view": Case(
        from_list_view,
        into_prospects,
        lambda org: org.of_people("Lead", lambda row: not row["IsConverted"]),
        lambda wanted, cases: cases_of_leads(wanted, cases, converted=False),
    ),
    "Query": Case(
        from_query,
        into_new_group,
        lambda org: org.of_people("Lead", lambda _row: True),
        lambda wanted, cases: cases_of_leads(wanted, cases, converted=True),
    ),
}


@pytest.mark.parametrize("kind", CASES)
def test_twelve_steps_put_exactly_the_people_of_the_preview_into_the_group(
    uploads_house: tuple[House, HardCases], kind: str, tmp_path: Path
) -> None:
    house, cases = uploads_house
    case = CASES[kind]
    wanted = case.wanted(independent.look(house.plan.salesforce_url))
    case.hard(wanted, cases)
    with chromium(house.plan.web_url) as (page, traffic):
        log_in_once(open_tab(page, house))
        walk = Walk(page, open_tab(page, house), ["click Real Magnet"])
        walk.click("link", "Upload Jobs")
        walk.click("button", "Create Upload Job")
        case.source(walk)
        walk.next("Create Upload Job: Group")
        group = case.group(walk)
        walk.next("Create Upload Job: Fields")
        walk.next("Create Upload Job: Preview")
        assert walk.numbers() == wanted.steps
        assert people_behind_mailable(walk, tmp_path) == wanted.people
        walk.next("Create Upload Job: When")
        walk.click("button", "Save and run now")
        expect(walk.frame.get_by_text("Completed", exact=True).first).to_be_visible(timeout=SOON)
        assert len(walk.steps) <= MOST_STEPS, walk.steps
        assert walk.numbers() == wanted.steps
        assert independent.group_members(house.plan.realmagnet_url, group) == sorted(wanted.people)
        assert traffic.cookies() == []
        assert traffic.complaints == []
        assert [cookie for cookie in page.context.cookies() if cookie.get("domain") == "127.0.0.1"] == []


def people_behind_mailable(walk: Walk, folder: Path) -> frozenset[tuple[str, str]]:
    """Look at who is behind the last number of the preview, take the list along, and come back to the same numbers."""
    before = walk.numbers()
    walk.frame.get_by_role("link", name=re.compile(r"^[\d,]+ mailable$")).click()
    walk.sees(f"{before[-1]:,} mailable")
    rows = walk.download(folder)
    assert all(row["Result"] == "mailable" for row in rows)
    assert not [row for row in rows if row["Name"].startswith("=")]
    walk.frame.get_by_role("link", name="Back to the preview").click()
    assert walk.numbers() == before
    return frozenset((row["Salesforce ID"], row["Address"].lower()) for row in rows)
