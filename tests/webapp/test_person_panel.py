"""The panel of a Contact or Lead: freshness, chips, badges, the timeline by message, and why when there is none."""

import time
from collections.abc import Iterable
from typing import Any

import pytest
from sqlalchemy import insert

from connector.store import ledger, links, people, person_activity, runs
from connector.store.person_activity import Who
from connector.store.tables import metadata
from tests.webapp.conftest import House
from tests.webapp.pages import Frame

CONTACT, LEAD, STRANGER = "003000000000001AAA", "00Q000000000001EAA", "003000000000009AAA"
HOUR = 3_600_000
START = 1_790_000_000_000


def person(house: House, record_id: str = CONTACT, survivor: str | None = CONTACT, **values: Any) -> None:
    kind = "Contact" if record_id.startswith("003") else "Lead"
    row = {"org_id": house.org_id, "id": record_id, "kind": kind, "name": "Ada Example", "survivor_id": survivor}
    with house.database.write() as connection:
        connection.execute(insert(people.people).values({**row, "email": "ada@example.org", **values}))


def matched(house: House, person_id: str = CONTACT, recipient: int = 1) -> None:
    values = {"org_id": house.org_id, "recipient_id": recipient, "slot": "", "person_id": person_id, "how": "id"}
    with house.database.write() as connection:
        connection.execute(insert(metadata.tables["matches"]).values(values))


def facts(house: House, rows: Iterable[tuple[int, str, str, int]], recipient: int = 1, org_id: int = 0) -> None:
    """(message, activity group, activity, hours after the start)."""
    org = org_id or house.org_id
    made = [
        {
            "org_id": org,
            "key": f"{recipient:08x}{number:024x}",
            "message_id": message,
            "recipient_id": recipient,
            "activity_group": group,
            "activity": activity,
            "occurred_at": START + hours * HOUR,
            "decision": "placed",
            "changed_run": 1,
        }
        for number, (message, group, activity, hours) in enumerate(rows)
    ]
    names = [{"org_id": org, "id": one, "name": f"Message {one}"} for one in {row["message_id"] for row in made}]
    with house.database.write() as connection:
        connection.execute(insert(ledger.messages), names)
        connection.execute(insert(ledger.facts), made)


def read_once(house: House) -> None:
    """A night has been: there is a freshness to tell."""
    with house.database.write() as connection:
        connection.execute(
            insert(runs.runs).values(
                org_id=house.org_id,
                kind="activity",
                state="Completed",
                trigger="Schedule",
                lease="activity",
                queued_at=START,
                started_at=START,
                ended_at=START,
            )
        )


def shown(house: House, record_id: str = CONTACT, **query: str) -> Frame:
    return house.linked().go(f"/people/{record_id}", **query)


def test_it_groups_what_happened_by_message_the_latest_first(house: House) -> None:
    person(house)
    matched(house)
    read_once(house)
    facts(house, [(7, "Sent", "Delivered", 0), (7, "Opened", "Opened", 2), (7, "Opened", "Opened", 3)])
    facts(house, [(8, "Fax Sent", "Fax Failed", 1)], recipient=2)
    matched(house, recipient=2)
    page = shown(house).page
    assert page.faults() == []
    assert page.text.index("Message 7") < page.text.index("Message 8")
    assert "Opened 2 times, last" in page.text
    assert "Activity up to" in page.text
    assert "Ada Example" in page.title


def test_a_chip_shows_one_channel_and_counts_it(house: House) -> None:
    person(house)
    matched(house)
    read_once(house)
    facts(house, [(7, "Sent", "Delivered", 0), (7, "Opened", "Opened", 2), (8, "Fax Sent", "Fax Failed", 1)])
    everything = shown(house).page.text
    assert "All 3" in everything
    assert "E-mail 2" in everything
    only = shown(house, channel="Fax").page.text
    assert "Message 8" in only
    assert "Message 7" not in only
    assert "Message 7" in shown(house, channel="Telegram").page.text  # an unknown one is no filter


@pytest.mark.parametrize(
    ("happened", "badges"),
    [
        ([("Sent", "Hard Bounce")], ["Bounced: Hard Bounce"]),
        ([("Sent", "Hard Bounce"), ("Sent", "Delivered")], []),
        ([("Sent", "Delivered"), ("Sent", "Mailbox Full")], ["Bounced: Mailbox Full"]),
        ([("Unsubscribed", "Unsubscribed")], ["Unsubscribed"]),
        ([("Unsubscribed", "Unsubscribed"), ("Subscribed", "Subscribed")], ["Subscribed"]),
        ([("Suppressed", "Spam Complaint")], ["Suppressed: Spam Complaint"]),
        ([("Sent", "Delivered")], []),
    ],
)
def test_a_badge_tells_how_the_person_stands_now(
    house: House, happened: list[tuple[str, str]], badges: list[str]
) -> None:
    person(house)
    matched(house)
    read_once(house)
    facts(house, [(7, group, activity, hour) for hour, (group, activity) in enumerate(happened)])
    found = [element.text for element in shown(house).page.find(".slds-badge")]
    assert found == badges


def test_older_messages_come_page_by_page_and_none_twice(house: House) -> None:
    person(house)
    matched(house)
    read_once(house)
    facts(house, [(number, "Sent", "Delivered", number // 2) for number in range(1, 41)])
    frame = shown(house)
    seen: list[str] = []
    while True:
        seen += [item.attributes["id"] for item in frame.page.find(".rm-timeline__item")]
        more = [one for one in frame.page.find("button") if one.text == "Show older messages"]
        if not more:
            break
        frame.go(more[0].attributes["hx-get"])
    assert len(seen) == len(set(seen)) == 40


def test_one_message_opens_to_its_single_activities(house: House) -> None:
    person(house)
    matched(house)
    read_once(house)
    facts(house, [(7, "Opened", "Opened", hour) for hour in range(130)])
    frame = shown(house)
    rows = frame.go(f"/people/{CONTACT}/messages/7").page
    assert rows.text.count("Opened") == 100
    assert "Older ones are not shown here" in rows.text


def test_a_converted_lead_leads_to_its_contact(house: House) -> None:
    person(house)
    person(house, LEAD, CONTACT, name="Ada as a Lead")
    matched(house)
    read_once(house)
    facts(house, [(7, "Sent", "Delivered", 0)])
    page = shown(house, LEAD).page
    assert "This Lead became the Contact shown here." in page.text
    assert "Message 7" in page.text


@pytest.mark.parametrize(
    ("prepare", "record_id", "words"),
    [
        ((), CONTACT, "No activity has been read from Real Magnet yet"),
        ((read_once,), STRANGER, "This Contact was not there yet when activity was last read"),
        ((read_once, person), CONTACT, "Nothing was sent to this person in the time that is read"),
        ((read_once, lambda house: person(house, survivor=None)), CONTACT, "This Contact was deleted in Salesforce"),
        ((read_once, lambda house: person(house, email="")), CONTACT, "has no e-mail address"),
    ],
)
def test_where_there_is_nothing_it_says_why(house: House, prepare: Any, record_id: str, words: str) -> None:
    for step in prepare:
        step(house)
    assert words in shown(house, record_id).page.text


@pytest.mark.parametrize("record_id", ["701000000000001AAA", "003", "003000000000001AA!"])
def test_an_address_that_names_no_person_is_not_found(house: House, record_id: str) -> None:
    assert shown(house, record_id).status == 404


def test_a_short_id_is_the_same_person(house: House) -> None:
    person(house)
    matched(house)
    read_once(house)
    facts(house, [(7, "Sent", "Delivered", 0)])
    assert "Message 7" in shown(house, CONTACT[:15]).page.text


def test_nothing_of_another_organization_is_seen(house: House) -> None:
    person(house, org_id=house.org_id + 1)
    read_once(house)
    facts(house, [(7, "Sent", "Delivered", 0)], org_id=house.org_id + 1)
    assert "Message 7" not in shown(house).page.text


def test_a_launch_on_a_contact_opens_its_panel(house: House) -> None:
    person(house)
    read_once(house)
    page = house.linked(context__environment__parameters={"recordId": CONTACT}).page
    assert "Nothing was sent to this person" in page.text


def test_5000_activities_are_read_by_look_ups_not_by_walking_the_ledger(house: House) -> None:
    person(house)
    matched(house)
    facts(house, [(number // 25, "Opened", "Opened", number) for number in range(5_000)])
    who, spent = Who(house.org_id, CONTACT), time.process_time()
    with house.database.read() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT f.activity_group, count(*) FROM matches x JOIN facts f ON f.org_id = x.org_id "
            "AND f.recipient_id = x.recipient_id WHERE x.org_id = 1 AND x.person_id = 'a' GROUP BY f.activity_group"
        ).all()
        messages = person_activity.messages(connection, who, ["Opened"], None, 15)
        person_activity.kinds(connection, who, [int(row["message_id"]) for row in messages[:15]])
        assert person_activity.totals(connection, who) == {"Opened": 5_000}
    assert not any(str(step[3]).startswith("SCAN") for step in plan)
    assert time.process_time() - spent < 1  # it takes some hundredths


@pytest.mark.parametrize(("url", "linked"), [("https://example.org/a", 1), ("javascript:alert(1)", 0), ("data:x", 0)])
def test_only_an_address_of_the_web_becomes_a_link(house: House, url: str, linked: int) -> None:
    person(house)
    matched(house)
    read_once(house)
    facts(house, [(7, "Clicked", "Clicked", 0)])
    with house.database.write() as connection:
        connection.execute(insert(links.links).values(id=1, org_id=house.org_id, message_id=7, url=url, label="Here"))
        connection.exec_driver_sql("UPDATE facts SET link_id = 1")
    page = shown(house).go(f"/people/{CONTACT}/messages/7").page
    assert "Here" in page.text
    assert len(page.find("a")) == linked
