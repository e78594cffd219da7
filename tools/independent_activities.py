"""Every activity that Real Magnet's stand-in knows of by now, from its own file; shares no code with the product."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from tools.independent import EVENTS, GROUPS, People, read_only

EMAIL_ENDS = (
    *("In Progress", "Delivered", "Soft Bounce", "Hard Bounce", "User Not Found", "Temporarily Unavailable"),
    *("Mailbox Full", "Bad Domain", "Send Failed"),
)
FAX_ENDS = ("In Progress", "Fax Successful", "Fax Failed")
BOUNCED = frozenset(EMAIL_ENDS[2:8])
Key = TypeVar("Key")
SUPPRESSIONS = ("", "Manual", "Spam Complaint", "Automatic")
_ENDS: Mapping[str, Sequence[str]] = {"Sent": EMAIL_ENDS, "Fax Sent": FAX_ENDS, "Suppressed": SUPPRESSIONS}


@dataclass(frozen=True)
class Link:
    """One address in one message."""

    message: int
    url: str
    label: str


@dataclass(frozen=True)
class Happened:
    """One activity; `at` is the instant that the vendor's reports tell: of a send, when its result came."""

    message: int
    group: str
    activity: str
    recipient: int
    at: int
    person: str
    """The Contact or Lead, '' if nobody has this id or address."""
    link: Link | None = None


@dataclass(frozen=True)
class Told:
    """The account at one instant."""

    happened: Sequence[Happened]
    names: Mapping[int, str]
    last_sent: Mapping[int, int]

    @cached_property
    def of_messages(self) -> Mapping[int, Sequence[Happened]]:
        """The activities of each message."""
        return by((one for one in self.happened if one.message), lambda one: one.message)


def by(happened: Iterable[Happened], key: Callable[[Happened], Key]) -> dict[Key, list[Happened]]:
    """Activities under what they have in common."""
    found: dict[Key, list[Happened]] = defaultdict(list)
    for one in happened:
        found[key(one)].append(one)
    return dict(found)


def tell(realmagnet: Path, salesforce: Path) -> Told:
    """Read both stand-ins' files as they are now."""
    people = People(salesforce)
    with closing(read_only(realmagnet / "realmagnet.sqlite3")) as account:
        now = int(account.execute("SELECT value FROM state WHERE name = 'now'").fetchone()[0])
        who = {
            number: people.find(custom_id or "", email or "") or ""
            for number, custom_id, email in account.execute("SELECT id, custom_id, email_key FROM recipient")
        }
        links = {
            number: Link(message, url, label)
            for number, message, url, label in account.execute("SELECT id, message_id, url, label FROM link")
        }
        statement = (
            f"SELECT message_id, kind, at, recipient_id, status, result_at, link_id FROM ({EVENTS}) WHERE at <= ?"  # noqa: S608  # ours
        )
        rows = account.execute(statement, (now,))
        happened = list(_activities(rows, now, who, links))
        names = dict(account.execute("SELECT id, name FROM message"))
        sent = dict(account.execute("SELECT message_id, max(at) FROM dispatch WHERE at <= ? GROUP BY 1", (now,)))
    return Told(happened, names, sent)


def _activities(
    rows: Iterable[tuple[int, int, int, int, int, int | None, int | None]],
    now: int,
    who: Mapping[int, str],
    links: Mapping[int, Link],
) -> Iterator[Happened]:
    for message, kind, at, recipient, status, ended, link in rows:
        group = GROUPS.get(kind)
        if group is None:
            continue
        settled = ended is None or ended <= now
        activity = _ENDS[group][status if settled else 0] if group in _ENDS else group
        told_at = ended if ended is not None and settled else at
        found = links[link] if link is not None else None
        yield Happened(message, group, activity, recipient, told_at, who.get(recipient, ""), found)
