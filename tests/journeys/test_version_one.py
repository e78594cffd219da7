"""Version 1 as its users knew it, in a browser: lists on the record, Update now, one person's message, deletion."""

import json
import re
import sqlite3
import urllib.request
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.forking import Forker
from tests.journeys import small_account
from tests.journeys.small_account import LETTER_NAME, Member
from tests.journeys.walking import FITS, SOON, Walk, frame_of, log_in_once, open_tab
from tests.webapp.browsing import chromium
from tools.compare import everything_everywhere
from tools.house import House, open_house, plan_on_free_ports
from tools.night import turn_clock

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PATIENCE = 15_000
LISTS = (
    *("Real Magnet Activity History", "MagnetMail Email Tracking", "MagnetMail Unsubscribes"),
    *("MagnetMail Fax Tracking", "MagnetMail Link Tracking"),
)
PEOPLE = ("--contacts", "120", "--leads", "64")


@dataclass(frozen=True)
class Stage:
    """A house after its first night; two people to whom everything has happened, and two who can be written to."""

    house: House
    full: tuple[Member, Member]
    reached: tuple[Member, Member]


@pytest.fixture
def stage(tmp_path: Path, forker: Forker) -> Generator[Stage]:
    expect.set_options(timeout=PATIENCE)
    folder = tmp_path / "house"
    small_account.make(folder / "realmagnet", audience=40)
    plan = plan_on_free_ports(folder, environ={"POLL_SECONDS": "0.2"}, salesforce_arguments=PEOPLE)
    with open_house(plan, lambda _line: None, forker) as house:
        turn_clock(plan, {"runs": False})
        contacts, leads = (members_of(house, name)[:2] for name in ("Contact", "Lead"))
        full, reached = (contacts[0], leads[0]), (contacts[1], leads[1])
        for member in full:
            small_account.did_everything(folder / "realmagnet", member)
        everything_everywhere(house)
        assert house.wait(house.ask()) == "Completed"
        yield Stage(house, full, reached)


def members_of(house: House, name: str) -> list[Member]:
    """People of the organization who may be written to by e-mail and by fax."""
    converted = "AND IsConverted = 0" if name == "Lead" else ""
    statement = (
        f"SELECT Id FROM {name} WHERE IsDeleted = 0 AND Email <> '' AND Fax <> '' AND HasOptedOutOfEmail = 0 "  # noqa: S608  # our own words
        f"AND HasOptedOutOfFax = 0 {converted} ORDER BY Id"
    )
    with closing(sqlite3.connect(house.plan.data / "salesforce" / "org.db")) as org:
        people = [str(number) for (number,) in org.execute(statement)]
    return small_account.members(house.plan.data / "realmagnet", people)


def test_version_one_is_all_here(stage: Stage) -> None:
    house = stage.house
    with chromium(house.plan.web_url) as (page, traffic):
        for member in stage.full:
            five_lists_are_filled(page, house, member)
        log_in_once(open_tab(page, house))
        for channel, member in zip(("E-mail", "Fax"), stage.reached, strict=True):
            one_message_reaches_one_person(page, house, member, channel)
        a_message_is_deleted_and_restored(page, house)
        assert traffic.cookies() == []
        assert traffic.complaints == []


def five_lists_are_filled(page: Page, house: House, member: Member) -> None:
    page.goto(address_of(house, member))
    for label in LISTS:
        expect(page.get_by_role("heading", name=re.compile(rf"^{label} \([1-9]"))).to_be_visible()
    expect(page.get_by_role("table", name="MagnetMail Fax Tracking")).to_contain_text("Fax Successful")
    expect(page.get_by_role("table", name="MagnetMail Link Tracking")).to_contain_text("Register")


def one_message_reaches_one_person(page: Page, house: House, member: Member, channel: str) -> None:
    """Sent from the record, personal, once; and after *Update now* its activity stands on the record."""
    kept = "MagnetMail Fax Tracking" if channel == "Fax" else "MagnetMail Email Tracking"
    before = rows_in(page, house, member, kept)
    walk = panel_of(page, house, member)
    walk.click("button", "Update now")
    expect(walk.frame.get_by_text(re.compile("Nothing new was found|new activit"))).to_be_visible(timeout=SOON)
    walk.click("link", "Send a message")
    walk.choose(channel)
    walk.fill("Search messages by name", LETTER_NAME)
    walk.frame.get_by_role("radio", name=re.compile(f"^{LETTER_NAME}")).check()
    expect(walk.frame.get_by_role("heading", name="It can be sent")).to_be_visible()
    walk.frame.wait_for_function(FITS)
    walk.click("button", f"Send by {channel.lower()}")
    expect(walk.frame.get_by_role("heading", name=re.compile(f"^{LETTER_NAME} to "))).to_be_visible()
    expect(walk.frame.get_by_text("Given to Real Magnet")).to_be_visible(timeout=SOON)

    (received,) = told(house, f"recipients/{member.recipient}/received")
    assert received["channel"] == channel
    assert received["to"] == (member.fax if channel == "Fax" else member.email)
    assert f"Dear {member.first_name}, we saved you a seat." in received["html"]

    turn_clock(house.plan, {"advance_seconds": 3600})
    walk = panel_of(page, house, member)
    walk.click("button", "Update now")
    expect(walk.frame.get_by_text("Salesforce has it since")).to_be_visible(timeout=SOON)
    expect(walk.frame.get_by_role("list").filter(has_text=LETTER_NAME).first).to_be_visible()
    assert rows_in(page, house, member, kept) == before + 1
    expect(page.get_by_role("table", name=kept)).to_contain_text(LETTER_NAME)


def a_message_is_deleted_and_restored(page: Page, house: House) -> None:
    """By a typed word, with a receipt; the message stays on its page, and its rows come back."""
    before = rows_standing(house)
    walk = Walk(page, open_tab(page, house))
    walk.click("link", "Messages")
    walk.sees("Messages")
    walk.click("link", "Fax: ballot")
    walk.sees("Fax: ballot")
    walk.click("link", "Delete from Salesforce…")
    walk.sees("Delete from Salesforce")
    walk.fill("Type DELETE or the message's name to confirm", "DELETE")
    walk.frame.get_by_role("button", name=re.compile(r"^Delete [\d,]+ rows$")).click()
    expect(walk.frame.get_by_role("heading", name="Receipt")).to_be_visible(timeout=SOON)
    assert rows_standing(house) == 0
    walk.click("button", "Restore")
    walk.frame.get_by_role("dialog").get_by_role("button", name="Restore").click()
    expect(walk.frame.get_by_text("Restored by")).to_be_visible(timeout=SOON)
    expect(walk.frame.get_by_role("heading", name="Coming back")).to_be_hidden(timeout=SOON)
    assert rows_standing(house) == before > 0


def rows_standing(house: House) -> int:
    """How many rows of the fax stand in Salesforce, in its own list and in the one for everything."""
    found = 0
    with closing(sqlite3.connect(house.plan.data / "salesforce" / "org.db")) as org:
        for name in ("MagnetMail_Message__c", "MagnetMail_Fax_Tracking__c", "Real_Magnet_Activity__c"):
            statement = f"SELECT count(*) FROM {name} WHERE NOT IsDeleted AND Message_Id__c = ?"  # noqa: S608  # our own words
            found += org.execute(statement, (str(small_account.FAX + 1),)).fetchone()[0]
    return found


def panel_of(page: Page, house: House, member: Member) -> Walk:
    """The panel behind the record's own button."""
    page.goto(address_of(house, member))
    page.get_by_role("link", name="Real Magnet", exact=True).last.click()
    page.wait_for_url("**/real-magnet*")
    walk = Walk(page, frame_of(page))
    expect(walk.frame.get_by_role("button", name="Update now")).to_be_visible()
    return walk


def rows_in(page: Page, house: House, member: Member, label: str) -> int:
    """How many rows the record's page says a list has."""
    page.goto(address_of(house, member))
    heading = page.get_by_role("heading", name=re.compile(rf"^{label} \(")).inner_text()
    return int(re.sub(r"\D", "", heading))


def address_of(house: House, member: Member) -> str:
    kind = "Lead" if member.person.startswith("00Q") else "Contact"
    return f"{house.plan.salesforce_url}/lightning/r/{kind}/{member.person}/view"


def told(house: House, what: str) -> list[dict[str, str]]:
    """What the stand-in for Real Magnet says of itself."""
    with urllib.request.urlopen(f"{house.plan.realmagnet_url}/_sandbox/{what}", timeout=30) as answer:
        return list(json.load(answer))
