"""Messages: every figure as an independent count has it, in the order and of the time asked for, and one whole."""

import csv
import io
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import event, insert, text

from connector import clock
from connector.model.activity import BOUNCES
from connector.store import figures, ledger, links, people, placements, runs
from connector.store.tables import metadata
from tests.webapp.conftest import House
from tests.webapp.pages import Frame

HOUR, DAY = 3_600_000, 86_400_000
BORN = 1_790_000_000_000
RECORD = "a0M000000000001AAA"
PERSON = "003000000000001AAA"

Happened = list[tuple[int, str, str, int]]
"""(recipient, activity group, activity, hours after the send)."""

SPRING: Happened = [
    *[(one, "Sent", "Delivered", 0) for one in range(1, 7)],
    (7, "Sent", "Mailbox Full", 0),
    (8, "Sent", "Hard Bounce", 0),
    (9, "Sent", "Send Failed", 0),
    (10, "Sent", "In Progress", 0),
    *[(one, "Opened", "Opened", hour) for one, hour in ((1, 1), (1, 2), (2, 1), (3, 100))],
    *[(one, "Clicked", "Clicked", 1) for one in (1, 1, 2)],
    (4, "Unsubscribed", "Unsubscribed", 5),
    (1, "Fax Sent", "Fax Successful", 0),
    (2, "Fax Sent", "Fax Failed", 0),
]
AUTUMN: Happened = [(one, "Sent", "Delivered", 0) for one in range(1, 4)]
FAX: Happened = [(5, "Fax Sent", "Fax Successful", 0)]


def sent(house: House, number: int, name: str, happened: Happened, **values: Any) -> None:
    """A message with what happened, added up by hand; `org_id`, `channels` and `last_sent` if they matter."""
    org_id = int(values.pop("org_id", house.org_id))
    row = {"org_id": org_id, "id": number, "name": name, "last_sent": BORN, "channels": "E-mail", **values}
    made = [
        {
            "org_id": org_id,
            "key": f"{number:08x}{place:024x}",
            "message_id": number,
            "recipient_id": recipient,
            "activity_group": group,
            "activity": activity,
            "occurred_at": BORN + hour * HOUR,
            "decision": "placed" if recipient == 1 else "unmatched",
            "changed_run": 1,
        }
        for place, (recipient, group, activity, hour) in enumerate(happened)
    ]
    kinds = {(group, activity) for _, group, activity, _ in happened} | {(group, "") for _, group, _, _ in happened}
    added: list[dict[str, Any]] = []
    for group, activity in kinds:
        who = [r for r, g, a, _ in happened if g == group and activity in {"", a}]
        kind = {"activity_group": group, "activity": activity}
        added.append({"org_id": org_id, "message_id": number, **kind, "count": len(who), "people": len(set(who))})
    with house.database.write() as connection:
        connection.execute(insert(ledger.messages), [row])
        if made:
            connection.execute(insert(ledger.facts), made)
            connection.execute(insert(figures.figures), added)


def planted(house: House) -> None:
    sent(house, 7, "Spring news", SPRING, channels="E-mail,Fax")
    sent(house, 8, "autumn news", AUTUMN, last_sent=clock.milliseconds(clock.now()) - DAY)
    sent(house, 9, "=Order form", FAX, channels="Fax", last_sent=BORN + DAY)
    sent(house, 0, "Without a message", [(1, "Unsubscribed", "Unsubscribed", 0)], last_sent=None)


def listed(frame: Frame) -> list[dict[str, str]]:
    """The rows of the table as a person reads them: heading → words."""
    found: list[dict[str, str]] = []
    for cell in frame.page.elements:
        label = cell.attributes.get("data-label")
        if label in {"Message", "Sum of"}:
            found.append({})
        if label:
            found[-1][label] = cell.text
    return found


def by_hand(happened: Happened) -> dict[str, int]:
    """Every figure, counted without our table of rules."""
    mails = Counter(activity for _, group, activity, _ in happened if group == "Sent")
    faxes = Counter(activity for _, group, activity, _ in happened if group == "Fax Sent")
    opens = [one for one, group, _, _ in happened if group == "Opened"]
    clicks = [one for one, group, _, _ in happened if group == "Clicked"]
    return {
        "Number of e-mails": mails.total(),
        "Sent": mails.total() - mails["Send Failed"] - mails["In Progress"],
        "Delivered": mails["Delivered"],
        "Bounced": sum(mails[one] for one in BOUNCES),
        "Opened (people)": len(set(opens)),
        "Opened (total)": len(opens),
        "Clicked (people)": len(set(clicks)),
        "Links clicked": len(clicks),
        "Unsubscribes": sum(group == "Unsubscribed" for _, group, _, _ in happened),
        "Fax sent": faxes.total(),
        "Fax delivered": faxes["Fax Successful"],
        "Fax failed": faxes["Fax Failed"],
    }


def numbers(row: dict[str, str]) -> dict[str, int]:
    return {name: int(words.split()[0]) for name, words in row.items() if name in by_hand([])}


def test_every_figure_of_the_list_and_its_sum_is_what_happened(house: House) -> None:
    planted(house)
    frame = house.linked().go("/messages")
    assert frame.status == 200
    *rows, total = listed(frame)
    told = {row["Message"]: numbers(row) for row in rows}
    assert told == {"Spring news": by_hand(SPRING), "autumn news": by_hand(AUTUMN), "=Order form": by_hand(FAX)}
    assert numbers(total) == {name: sum(row[name] for row in told.values()) for name in by_hand([])}
    assert next(row for row in rows if row["Message"] == "Spring news")["Channel"] == "E-mail, Fax"


def test_it_is_sorted_searched_and_narrowed_as_asked_and_nonsense_is_not_said(house: House) -> None:
    planted(house)
    frame = house.linked()
    newest = ["autumn news", "=Order form", "Spring news"]
    for query, expected in (
        ("", newest),
        ("sort=name", ["=Order form", "autumn news", "Spring news"]),
        ("sort=name&order=down", ["Spring news", "autumn news", "=Order form"]),
        ("sort=emails", ["Spring news", "autumn news", "=Order form"]),
        ("sort=emails&order=up", ["=Order form", "autumn news", "Spring news"]),
        ("sort=fax_sent", ["Spring news", "=Order form", "autumn news"]),
        ("q=NEWS", ["autumn news", "Spring news"]),
        ("q=%25", []),
        ("q=%00", newest),
        ("channel=Fax", ["=Order form", "Spring news"]),
        ("period=7", ["autumn news"]),
        ("from=2026-09-21&to=2026-09-21", ["Spring news"]),
        ("from=2026-09-22&to=2026-09-21", newest),
        ("from=yesterday", newest),
        ("to=9999-12-31", newest),
        ("sort=xyz&order=xyz&channel=xyz&period=xyz", newest),
        ("page=-1", newest),
        ("page=99999999999999999999", newest),
        ("page=999999999", newest),
    ):
        frame.go(f"/messages?{query}")
        assert (frame.status, [row["Message"] for row in listed(frame) if "Message" in row]) == (200, expected), query
    assert "“yesterday” is not a day" in frame.go("/messages?from=yesterday").page.text
    assert frame.go("/messages?sort=emails").page.find("th[aria-sort='descending']")[0].text.startswith("Number of")


def test_it_says_why_there_is_nothing(house: House) -> None:
    frame = house.linked()
    assert "No message has been read yet" in frame.go("/messages").page.text
    with house.database.write() as connection:
        values = {"kind": "activity", "state": "Completed", "trigger": "Schedule", "lease": "activity"}
        connection.execute(
            insert(runs.runs).values(org_id=house.org_id, queued_at=BORN, started_at=BORN, ended_at=BORN, **values)
        )
    assert "No message was sent" in frame.go("/messages").page.text
    sent(house, 7, "Spring news", AUTUMN, last_sent=BORN - 900 * DAY)
    assert "No message in this time" in frame.go("/messages?period=30").page.text
    assert "Nothing found" in frame.go("/messages?q=winter").page.text


def test_more_than_a_page_goes_on_and_comes_back(house: House) -> None:
    for number in range(1, 53):
        sent(house, number, f"Message {number:03}", [])
    frame = house.linked()
    first = frame.go("/messages?sort=name&q=message")
    assert (len(listed(first)), "Page 1 of 2" in first.page.text) == (51, True)
    (more,) = [e for e in first.page.find("a") if e.text == "More"]
    second = frame.go(more.attributes["href"])
    assert [row["Message"] for row in listed(second) if "Message" in row] == ["Message 051", "Message 052"]


def test_the_list_as_a_file_holds_what_was_asked_for_once_and_no_formula(house: House) -> None:
    planted(house)
    frame = house.linked().submit("/messages/download?channel=Fax&sort=name")
    address = frame.headers["HX-Redirect"]
    browser = house.app.test_client(use_cookies=False)
    assert browser.head(address).status_code == 405
    head, *rows = csv.reader(io.StringIO(browser.get(address).get_data().decode("utf-8-sig")))
    assert [row[1] for row in rows] == ["'=Order form", "Spring news"]
    told = dict(zip(head, rows[1], strict=True))
    assert {name: int(told[name]) for name in by_hand([])} == by_hand(SPRING)
    assert told["Last sent (America/New_York)"] == "2026-09-21 10:13"
    assert browser.get(address).status_code == 404


def whole(house: House) -> None:
    """A message with a link, a matched recipient and rows in Salesforce."""
    planted(house)
    org = house.org_id
    rows = [
        ("MagnetMail_Message__c", "MagnetMail Messages", "written", RECORD),
        ("Real_Magnet_Activity__c", "Opened", "to write", None),
        ("Real_Magnet_Activity__c", "Sent", "rejected", None),
    ]
    with house.database.write() as connection:
        connection.execute(
            insert(links.links).values(
                org_id=org, message_id=7, url="https://example.org/fair", label="Fair", clicks=3, people=2
            )
        )
        connection.execute(
            insert(people.people).values(org_id=org, id=PERSON, kind="Contact", name="Ada Example", survivor_id=PERSON)
        )
        connection.execute(
            insert(metadata.tables["matches"]).values(
                org_id=org, recipient_id=1, slot="", person_id=PERSON, how="address"
            )
        )
        connection.execute(
            insert(ledger.recipients), [{"org_id": org, "id": n, "email": f"r{n}@example.org"} for n in range(1, 11)]
        )
        ledger.set_reading(connection, org, 7, ledger.Reading("email_sent", 10, 739_852))
        connection.execute(
            insert(placements.placements),
            [
                {
                    "org_id": org,
                    "object": name,
                    "external_key": f"key-{place}",
                    "message_id": 7,
                    "activity_group": group,
                    "person_id": "",
                    "state": state,
                    "salesforce_id": found,
                    "run_id": 1,
                }
                for place, (name, group, state, found) in enumerate(rows)
            ],
        )


def test_one_message_shows_all_that_is_known_of_it(house: House) -> None:
    whole(house)
    frame = house.linked().go("/messages/7")
    shown = frame.page.text
    for words in (
        "E-mails 10 Sent 8 Delivered 6 Bounced 2 Could not be sent 1 Still in progress 1",
        "Opened (people) 3 Opened (total) 4 Clicked (people) 2 Links clicked 3 Unsubscribes 1",
        "Delivered 6 75% of those sent",
        "Opened 3 50% of those delivered",
        "Clicked 2 33.3% of those delivered",
        "Hard Bounce 1 50% of those that came back",
        "1 came later than 72 hours",
        "1 to 3 hours 3 3",
        "later than 72 hours 1 0",
        "Fair https://example.org/fair 3 2 33.3%",
        "Sent 2 Delivered 1 Failed 1",
        "9 recipients are neither a Contact nor a Lead",
        "Real Magnet was last asked about this message on",
    ):
        assert words.replace(" ", "") in shown.replace(" ", ""), words
    addresses = {e.attributes.get("href") for e in frame.page.find("a")}
    assert {f"/people/{PERSON}", "/deletions/new?message=7", "/messages"} <= addresses
    assert any(str(one).endswith(f"/lightning/r/MagnetMail_Message__c/{RECORD}/view") for one in addresses)
    assert frame.page.find("form[action='/updates']")
    only = house.linked().go("/messages/9").page.text
    assert "Fax Sent1Delivered1Failed0" in only
    assert "Bounced" not in only.partition("Recipients")[0]


def test_recipients_are_chosen_by_what_they_did_and_found_by_address(house: House) -> None:
    whole(house)
    frame = house.linked()
    everybody = [f"r{n}@example.org" for n in range(1, 11)]
    for query, expected in (
        ("", everybody),
        ("did=opened", everybody[:3]),
        ("did=clicked", everybody[:2]),
        ("did=bounced", everybody[6:8]),
        ("did=unsubscribed", everybody[3:4]),
        ("did=not-opened", everybody[3:6]),
        ("did=opened&q=R2@", everybody[1:2]),
        ("q=_", []),
        ("did=xyz&after=xyz", everybody),
        ("after=8", everybody[8:]),
        ("after=999999999999999999", []),
        ("after=99999999999999999999", everybody),
        ("after=-5", everybody),
    ):
        rows = frame.go(f"/messages/7/recipients?{query}").page.elements
        told = [e.text for e in rows if e.attributes.get("data-label") == "Recipient"]
        assert (frame.status, told) == (200, expected), query


@pytest.mark.parametrize(
    "address", ["/messages/7", "/messages/7/recipients", "/messages/0", "/messages/9007199254740991"]
)
def test_a_message_of_another_organization_or_none_is_not_there(house: House, address: str) -> None:
    with house.database.read() as connection:
        other = connection.execute(text("SELECT id FROM orgs WHERE id <> :own"), {"own": house.org_id}).scalar_one()
    sent(house, 7, "Quagga", SPRING, org_id=other)
    frame = house.linked()
    assert frame.go(address).status == 404
    assert "Quagga" not in frame.go("/messages").page.text


def test_no_screen_of_it_walks_through_all_activity(house: House) -> None:
    whole(house)
    asked: list[tuple[str, Any]] = []
    frame = house.linked()
    with house.database.engine.connect() as connection:
        event.listen(house.database.engine, "before_cursor_execute", lambda *a: asked.append((a[2], a[3])))
        for address in ("/messages", "/messages/7", "/messages/7/recipients?did=not-opened&q=r"):
            frame.go(address)
        plans = [
            str(step[3])
            for statement, values in list(asked)
            if "facts" in statement or "placements" in statement
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    assert plans
    assert [plan for plan in plans if plan.startswith("SCAN") and ("facts" in plan or "placements" in plan)] == []
