"""The first night as a person lives it: from Salesforce's tab to the activity under a Contact, in a real browser."""

import re
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from tests.forking import Forker
from tests.journeys.walking import open_tab
from tests.webapp.browsing import chromium
from tools.house import REALMAGNET_PASSWORD, REALMAGNET_USER, House, open_house, plan_on_free_ports

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

NIGHT = 300_000
"""Longest that the first night may take on a busy machine, in milliseconds."""


@pytest.fixture
def house(tmp_path: Path, forker: Forker) -> Generator[House]:
    with open_house(plan_on_free_ports(tmp_path / "house", web=True), lambda _line: None, forker) as found:
        yield found


def somebody_written_to(house: House) -> tuple[str, int]:
    """A Contact that the night wrote to, and how many rows it has."""
    statement = text(
        "SELECT person_id, count(*) FROM placements WHERE outcome = 'Written' AND person_id LIKE '003%' "
        "GROUP BY person_id ORDER BY count(*) DESC, person_id LIMIT 1"
    )
    with house.database.read() as connection:
        person, count = connection.execute(statement).one()
    return str(person), int(count)


def test_from_the_tab_to_a_contacts_related_list_without_a_cookie(house: House) -> None:
    with chromium(house.plan.web_url) as (page, traffic):
        frame = open_tab(page, house)
        frame.get_by_label("Real Magnet user name").fill(REALMAGNET_USER)
        frame.get_by_label("Real Magnet password").fill(REALMAGNET_PASSWORD)
        frame.get_by_role("button", name="Log in").click()
        expect(frame.get_by_role("heading", name="Home")).to_be_visible()
        expect(frame.get_by_text("Connected", exact=True)).to_have_count(2)

        frame.get_by_role("button", name="Sync now").click()
        expect(frame.get_by_text(re.compile(r"^[\d,]+ of [\d,]+$"))).to_be_visible(timeout=NIGHT)
        frame.get_by_role("link", name="Runs", exact=True).click()
        frame.get_by_role("link", name="Home", exact=True).click()
        expect(frame.get_by_role("button", name="Sync now")).to_be_visible(timeout=NIGHT)
        expect(frame.get_by_text("The books close")).to_be_visible()
        expect(frame.get_by_role("row", name="Opened")).to_be_visible()

        frame.get_by_role("link", name="Show this run").click()
        expect(frame.get_by_role("heading", name="Do the books close?")).to_be_visible()
        expect(frame.get_by_text("Does not close")).to_have_count(0)

        contact, count = somebody_written_to(house)
        page.goto(f"{house.plan.salesforce_url}/lightning/r/Contact/{contact}/view")
        heading = page.get_by_role("heading", name=f"Real Magnet Activity History ({count:,})")
        expect(heading).to_be_visible()
        expect(page.get_by_role("region", name=re.compile("Real Magnet Activity History"))).to_contain_text("Sent")

        again = open_tab(page, house)
        expect(again.get_by_role("heading", name="Home")).to_be_visible()
        assert again.get_by_label("Real Magnet password").count() == 0

        assert len(traffic.responses) > 20
        assert traffic.cookies() == []
        assert traffic.tokens_in_addresses() == []
        assert traffic.complaints == []
        assert [cookie for cookie in page.context.cookies() if cookie.get("domain") == "127.0.0.1"] == []
