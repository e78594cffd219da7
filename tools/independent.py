"""What should stand in Salesforce, counted naively from the stand-ins' own files; shares no code with the product."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

GROUPS = {1: "Sent", 4: "Opened", 5: "Clicked", 6: "Unsubscribed", 7: "Fax Sent", 100: "Subscribed", 101: "Suppressed"}
"""The stand-in's kinds of event that are activities of their own; the others repeat how a send ended. Sign-ups and
suppressions are no events of a message there: they are numbered here."""
EVENTS = """
    SELECT message_id, kind, at, seq, recipient_id, status, result_at, link_id FROM event
    UNION ALL SELECT 0, 100, at, id, recipient_id, 0, NULL, NULL FROM subscription
    UNION ALL SELECT 0, 101, at, id, recipient_id, type, NULL, NULL FROM suppression
"""
IN_PROGRESS = 0

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

Event = tuple[int, int, int, int]
"""Message, kind, instant and sequence: what makes an event itself."""


@dataclass(frozen=True)
class Snapshot:
    """Every event that has a person, at one instant of Real Magnet's clock: its group, its person and its status."""

    rows: Mapping[Event, tuple[str, str, int]]
    unmatched: int

    def by_group(self) -> Counter[str]:
        """How many rows of each activity group should stand in Salesforce."""
        return Counter(group for group, _person, _status in self.rows.values())

    def by_person(self) -> Counter[tuple[str, str]]:
        """How many rows of each activity group each person should have."""
        return Counter((group, person) for group, person, _status in self.rows.values())

    def since(self, earlier: "Snapshot") -> Counter[str]:
        """How many rows of each group are new or say something else than they did earlier."""
        changed = [row for event, row in self.rows.items() if earlier.rows.get(event) != row]
        return Counter(group for group, _person, _status in changed)


def take(realmagnet: Path, salesforce: Path) -> Snapshot:
    """Look at both stand-ins' files as they are now."""
    people = People(salesforce)
    with closing(read_only(realmagnet / "realmagnet.sqlite3")) as account:
        now = account.execute("SELECT value FROM state WHERE name = 'now'").fetchone()[0]
        who = {
            number: people.find(custom_id or "", email or "")
            for number, custom_id, email in account.execute("SELECT id, custom_id, email_key FROM recipient")
        }
        rows: dict[Event, tuple[str, str, int]] = {}
        unmatched = 0
        for event, recipient, status in _events(account, now):
            person = who.get(recipient)
            if person is None:
                unmatched += 1
            else:
                rows[event] = (GROUPS[event[1]], person, status)
    return Snapshot(rows, unmatched)


def standing(salesforce: Path) -> Counter[tuple[str, str]]:
    """How many rows of each activity group each person has in Salesforce."""
    statement = (
        "SELECT Activity_Group__c, COALESCE(Contact__c, Lead__c), count(*) FROM Real_Magnet_Activity__c "
        "WHERE IsDeleted = 0 GROUP BY 1, 2"
    )
    with closing(read_only(salesforce / "org.db")) as org:
        return Counter({(str(group), str(person)): int(count) for group, person, count in org.execute(statement)})


def _events(account: sqlite3.Connection, now: int) -> Iterator[tuple[Event, int, int]]:
    statement = f"SELECT message_id, kind, at, seq, recipient_id, status, result_at FROM ({EVENTS}) WHERE at <= ?"  # noqa: S608  # ours
    for message, kind, at, seq, recipient, status, ended in account.execute(statement, (now,)):
        if kind in GROUPS:
            unsettled = ended is not None and ended > now
            yield (message, kind, at, seq), recipient, IN_PROGRESS if unsettled else status


class People:
    """Contacts and Leads in plain dictionaries, asked one by one."""

    def __init__(self, salesforce: Path) -> None:
        self._heir: dict[str, str] = {}
        self._living: set[str] = set()
        self._by_address: dict[str, str] = {}
        with closing(read_only(salesforce / "org.db")) as org:
            for table in ("Contact", "Lead"):  # in this order: a Contact comes before a Lead
                self._read(org, table)

    def _read(self, org: sqlite3.Connection, table: str) -> None:
        converted = "ConvertedContactId" if table == "Lead" else "NULL"
        statement = f"SELECT Id, Email, IsDeleted, MasterRecordId, {converted} FROM {table} ORDER BY CreatedDate, Id"  # noqa: S608  # two names of ours
        for number, email, deleted, master, contact in org.execute(statement):
            heir = master or contact
            if heir:
                self._heir[number] = heir
            elif not deleted:
                self._living.add(number)
                if email:
                    self._by_address.setdefault(email.strip().lower(), number)

    def find(self, custom_id: str, email: str) -> str | None:
        """The record that an id stands for today, else the first one with the address, else nobody."""
        number = _long(custom_id.strip())
        while number in self._heir:
            number = self._heir[number]
        if number in self._living:
            return number
        return self._by_address.get(email.strip().lower()) if email else None


def _long(number: str) -> str:
    """The 18-character form of a 15-character id: three characters tell which letters are capitals."""
    if len(number) != 15:
        return number
    checks = (
        sum(1 << place for place, char in enumerate(number[at : at + 5]) if "A" <= char <= "Z") for at in (0, 5, 10)
    )
    return number + "".join(_ALPHABET[check] for check in checks)


def read_only(path: Path) -> sqlite3.Connection:
    """A stand-in's file, which nobody here changes."""
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)
