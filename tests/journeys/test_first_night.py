"""The first night as an organization lives it: from a set-up code, in a browser that keeps no cookie of a frame."""

import re
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from connector.model.activity import IN_HISTORY
from connector.model.lists import HISTORY_OBJECT
from connector.model.runs import RunState
from connector.model.storage import recommended
from tests.forking import Forker
from tests.journeys.first_day import REALMAGNET_PASSWORD, SALESFORCE_PASSWORD, FirstDay, to_the_first_night
from tests.journeys.independent import rows
from tests.journeys.mended import mend, run_into_a_missing_field
from tests.journeys.spilled import spilled
from tests.journeys.walking import open_tab
from tests.webapp.browsing import NO_THIRD_PARTIES, chromium
from tools import independent
from tools.house import House, open_house, plan_on_free_ports

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

MOST_STEPS = 25
PATIENCE = 15_000
"""Milliseconds that a page may take to answer on a machine with other work to do."""
PEOPLE = "120"


@pytest.fixture
def house(tmp_path: Path, forker: Forker) -> Generator[House]:
    """A fresh organization, of which nobody has connected anything, and a small account."""
    expect.set_options(timeout=PATIENCE)
    plan = plan_on_free_ports(
        tmp_path / "house",
        bare=True,
        environ={"POLL_SECONDS": "0.2"},
        realmagnet_arguments=(
            *("--password", REALMAGNET_PASSWORD),
            *("--bench", "600", "--recipients", PEOPLE, "--messages", "3"),
        ),
        salesforce_arguments=("--contacts", PEOPLE, "--leads", "64", "--password", SALESFORCE_PASSWORD),
    )
    with open_house(plan, lambda _line: None, forker) as found:
        yield found


def test_a_fresh_organization_comes_to_its_first_night_in_a_few_steps(house: House, tmp_path: Path) -> None:
    with chromium(house.plan.web_url, NO_THIRD_PARTIES) as (page, traffic):
        day = FirstDay(house, page, traffic, tmp_path, house.invite())
        to_the_first_night(day)
        assert len(day.steps) <= MOST_STEPS, day.steps
        assert day.faults == []
        the_books_are_right(house)
        the_contact_shows_what_was_written(day)

        run_into_a_missing_field(day)
        mend(day)
        the_books_are_right(house)

        assert len(traffic.responses) > 20
        assert traffic.cookies() == []
        assert traffic.tokens_in_addresses() == []
        assert traffic.complaints == []
        assert spilled(day) == []


def the_books_are_right(house: House) -> None:
    """Salesforce holds what an independent count says, in objects that were deployed, and as many as we placed."""
    realmagnet, salesforce = house.plan.data / "realmagnet", house.plan.data / "salesforce"
    each_time = {str(group) for group, mode in recommended().items() if mode in IN_HISTORY}
    expected = independent.take(realmagnet, salesforce).by_person()
    assert independent.standing(salesforce) == Counter(
        {(group, person): count for (group, person), count in expected.items() if group in each_time}
    )
    with house.database.read() as connection:
        statement = text("SELECT object, count(*) FROM placements WHERE salesforce_id != '' GROUP BY object")
        placed = {str(name): int(count) for name, count in connection.execute(statement)}
    assert sum(placed.values()) > 0
    assert placed == {name: len(rows(house.plan.salesforce_url, name, "Id")) for name in placed}
    with house.database.read() as connection:
        states = set(connection.execute(text("SELECT state FROM runs WHERE state != 'Failed'")).scalars())
    assert states == {RunState.COMPLETED}


def the_contact_shows_what_was_written(day: FirstDay) -> None:
    """Its related list; and nobody has to log in again."""
    statement = text(
        "SELECT person_id, count(*) FROM placements WHERE outcome = 'Written' AND person_id LIKE '003%' "
        "AND object = :object GROUP BY person_id ORDER BY count(*) DESC, person_id LIMIT 1"
    )
    with day.house.database.read() as connection:
        contact, count = connection.execute(statement, {"object": HISTORY_OBJECT}).one()
    day.page.goto(f"{day.house.plan.salesforce_url}/lightning/r/Contact/{contact}/view")
    expect(day.page.get_by_role("heading", name=f"Real Magnet Activity History ({count:,})")).to_be_visible()
    expect(day.page.get_by_role("region", name=re.compile("Real Magnet Activity History"))).to_contain_text(
        "Bench message"
    )
    again = open_tab(day.page, day.house)
    expect(again.get_by_role("heading", name="Home")).to_be_visible()
    assert again.get_by_label("Real Magnet password").count() == 0
