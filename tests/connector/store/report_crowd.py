"""A small ledger for the Activity Report, and its facts in plain values, so that a test can count them by itself."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from connector.model.report_questions import Dimension, Key, activity_key
from connector.store import message_groups
from connector.store.database import append

ZONE = ZoneInfo("Europe/Berlin")
CONTACT, LEAD = "003000000000001AAA", "00Q000000000001AAA"
OWNER = "005000000000001AAA"
CAMPAIGNS = ("701000000000001AAA", "701000000000002AAA")
GROUPS = {1: (10,), 2: (10, 20), 3: (30,)}
"""Message → its groups; group 10 and 20 are filled from a Campaign each, 30 from none."""
OF_GROUP = {10: CAMPAIGNS[0], 20: CAMPAIGNS[1]}
WHO = {1: ("Contact", OWNER), 2: ("Lead", "?"), 3: ("", ""), 4: ("Contact", OWNER)}
"""Recipient → kind and owner."""
KINDS = (("Sent", "Delivered"), ("Sent", "Hard Bounce"), ("Opened", "Opened"), ("Clicked", "Clicked"))
CHANGES = (
    datetime(2026, 3, 29, 0, 30, tzinfo=UTC),
    datetime(2026, 3, 29, 22, 30, tzinfo=UTC),
    datetime(2025, 12, 31, 23, 30, tzinfo=UTC),
)
"""Around the change of clocks and of the year: days in the zone that are others in UTC."""


@dataclass(frozen=True)
class Fact:
    """What happened, as a test counts it."""

    message: int
    recipient: int
    group: str
    activity: str
    at: datetime
    link: int

    @property
    def day(self) -> date:
        return self.at.astimezone(ZONE).date()

    def keys(self, dimension: Dimension) -> list[Key]:
        """What it counts under."""
        kind, owner = WHO[self.recipient]
        days = {
            Dimension.DAY: self.day,
            Dimension.WEEK: self.day - timedelta(days=self.day.weekday()),
            Dimension.MONTH: self.day.replace(day=1),
        }
        if dimension in days:
            return [days[dimension].toordinal()]
        if dimension is Dimension.CAMPAIGN:
            return sorted({OF_GROUP[group] for group in GROUPS[self.message] if group in OF_GROUP}) or [""]
        plain: dict[Dimension, Key] = {
            Dimension.GROUP: self.group,
            Dimension.ACTIVITY: activity_key(self.group, self.activity),
            Dimension.MESSAGE: self.message,
            Dimension.CHANNEL: "Fax" if self.group == "Fax Sent" else "E-mail",
            Dimension.LINK: self.link,
            Dimension.KIND: kind,
            Dimension.OWNER: owner,
        }
        return [plain[dimension]]


def facts() -> list[Fact]:
    """Some of everything, over four months."""
    start = datetime(2025, 12, 20, 21, 15, tzinfo=UTC)
    moments = [*CHANGES, *(start + timedelta(hours=53 * step) for step in range(40))]
    return list(_facts(moments))


def _facts(moments: list[datetime]) -> Iterator[Fact]:
    for place, at in enumerate(moments):
        message, recipient = place % 3 + 1, place * 7 % 4 + 1
        group, activity = ("Fax Sent", "Fax Successful") if place % 11 == 0 else KINDS[place % 5 % 4]
        yield Fact(message, recipient, group, activity, at, place % 2 + 1 if group == "Clicked" else 0)


def plant(connection: Connection, org_id: int, found: list[Fact]) -> None:
    """The ledger of an org with these facts, and what was added up of them."""
    connection.execute(text("UPDATE nights SET zone = :zone WHERE org_id = :org"), {"zone": ZONE.key, "org": org_id})
    names = ["org_id", "key", "message_id", "recipient_id", "activity_group", "activity", "occurred_at", "link_id"]
    rows = [
        (org_id, f"{place:032x}", f.message, f.recipient, f.group, f.activity, _milliseconds(f), f.link or None, 1)
        for place, f in enumerate(found)
    ]
    append(connection, "facts", [*names, "changed_run"], rows)
    sums: dict[tuple[int, int, str, str, int], int] = {}
    for f in found:
        key = (f.message, f.day.toordinal(), f.group, f.activity, f.link)
        sums[key] = sums.get(key, 0) + 1
    names = ["org_id", "message_id", "day", "activity_group", "activity", "link_id", "count"]
    append(connection, "daily_figures", names, [(org_id, *key, number) for key, number in sums.items()])
    append(connection, "messages", ["org_id", "id", "name"], [(org_id, i, f"Letter {i}") for i in GROUPS])
    connection.execute(text("UPDATE messages SET stale = false"))
    message_groups.replace(connection, org_id, GROUPS)
    _people(connection, org_id)
    _jobs(connection, org_id)


def _milliseconds(fact: Fact) -> int:
    return int(fact.at.timestamp() * 1000)


def _people(connection: Connection, org_id: int) -> None:
    names = ["org_id", "id", "kind", "name", "email", "owner_id"]
    rows = [(org_id, CONTACT, "Contact", "Ada", "", OWNER), (org_id, LEAD, "Lead", "Ben", "", "")]
    append(connection, "people", names, rows)
    matched = [(org_id, 1, "", CONTACT, "id"), (org_id, 4, "", CONTACT, "id"), (org_id, 2, "", LEAD, "id")]
    append(connection, "matches", ["org_id", "recipient_id", "slot", "person_id", "how"], matched)
    also = [(org_id, 1, LEAD, LEAD, "id")]
    append(connection, "matches", ["org_id", "recipient_id", "slot", "person_id", "how"], also)
    append(connection, "recipients", ["org_id", "id", "email"], [(org_id, i, f"r{i}@example.org") for i in WHO])
    append(connection, "owners", ["org_id", "id", "name"], [(org_id, OWNER, "Olga Owner")])


def _jobs(connection: Connection, org_id: int) -> None:
    names = ["org_id", "state", "source_kind", "source_id", "group_id", "definition", "created_at", "changed_at"]
    rows = [
        (org_id, "Active", "Campaign", source, group, json.dumps({"source": {"name": f"Campaign {group}"}}), 1, 1)
        for group, source in OF_GROUP.items()
    ]
    again = (org_id, "Paused", "Campaign", CAMPAIGNS[0], 10, "", 1, 1)
    draft = (org_id, "Draft", "Campaign", CAMPAIGNS[1], 30, "", 1, 1)
    report = (org_id, "Active", "Report", "00O000000000001AAA", 30, "", 1, 1)
    append(connection, "upload_jobs", names, [*rows, again, draft, report])
