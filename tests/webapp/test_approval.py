"""A launch by GET, where a user must allow the app: it leads to Salesforce's page, waits, and goes on by itself."""

import pytest
from sqlalchemy import text

from connector.store import handovers, setups
from tests.webapp.conftest import ORG, OTHER_ORG, House
from tests.webapp.pages import Frame

DOOR = f"/canvas/{ORG}"


@pytest.fixture
def known(house: House) -> House:
    """An organization whose app is known, so that its users can be sent to log in."""
    with house.database.write() as connection:
        connection.execute(
            text("UPDATE orgs SET consumer_key = 'key', my_domain = 'https://example-org.my.salesforce.com'")
        )
    return house


def asked(house: House) -> Frame:
    return house.frame().open(DOOR, _sfdc_canvas_authvalue="user_approval_required")


def waits_at(frame: Frame) -> str:
    (poll,) = [one for one in frame.page.find("div") if "hx-get" in one.attributes]
    return poll.attributes["hx-get"]


def settle(house: House, outcome: str, words: str = "") -> None:
    with house.database.write() as connection:
        handover_id = connection.execute(text("SELECT max(id) FROM handovers")).scalar_one()
        handovers.settle(connection, int(handover_id), outcome, words)


def test_it_leads_to_a_window_and_goes_on_when_the_user_has_come_back(known: House) -> None:
    frame = asked(known)
    (link,) = [one for one in frame.page.find("a") if one.text == "Allow Real Magnet"]
    assert link.attributes["href"].startswith("/oauth/start/")
    assert link.attributes["target"] == "_blank"
    address = waits_at(frame)
    assert waits_at(frame.go(address)) == address
    settle(known, "done")
    assert [one for one in frame.go(address).page.find("p") if "data-relaunch" in one.attributes]


def test_a_refusal_is_told_and_nobody_waits_any_more(known: House) -> None:
    frame = asked(known)
    address = waits_at(frame)
    settle(known, "failed", "Salesforce says that you chose Deny.")
    answer = frame.go(address)
    assert "Salesforce says that you chose Deny." in answer.page.text
    assert not [one for one in answer.page.find("div") if "hx-get" in one.attributes]


def test_what_is_waited_for_is_told_at_its_own_door_only(known: House) -> None:
    address = waits_at(asked(known))
    stranger = known.frame()
    assert stranger.go(address.replace(ORG, OTHER_ORG)).status == 404
    assert stranger.go(f"{DOOR}/approval/1").status == 404
    assert stranger.go(address + "x").status == 404


def test_a_users_own_login_window_is_nobodys_business_here(known: House) -> None:
    address = waits_at(asked(known))
    with known.database.write() as connection:
        setups.issue(connection)
        connection.execute(text("UPDATE handovers SET setup_id = (SELECT id FROM setups)"))
    assert known.frame().go(address).status == 404


def test_where_the_app_is_not_known_an_administrator_is_asked_instead(house: House) -> None:
    page = asked(house).page
    assert "Admin approved users are pre-authorized" in page.text
    assert not [one for one in page.find("a") if one.text == "Allow Real Magnet"]


def test_an_unknown_door_says_nothing(house: House) -> None:
    frame = house.frame().open("/canvas/00D000000000009EAA", _sfdc_canvas_authvalue="user_approval_required")
    assert frame.status == 404
