"""What Real Magnet tells of messages, recipients and what they did, in our words."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

MOST_URL_BYTES = 2500
"""PostgreSQL indexes up to 2704; Salesforce keeps 2000 letters."""


def kept_url(url: str) -> str:
    """An address as the ledger keeps it: a longer one is cut and ends in its hash, so that two of them stay two."""
    whole = url.encode()
    if len(whole) <= MOST_URL_BYTES:
        return url
    end = hashlib.blake2b(whole, digest_size=16).hexdigest()
    return f"{whole[: MOST_URL_BYTES - len(end) - 1].decode(errors='ignore')} {end}"


def url_hash(url: str) -> str:
    """Sixteen letters that stand for an address in a key."""
    return hashlib.blake2b(url.encode(), digest_size=8).hexdigest()


class Report(StrEnum):
    """The report types of GetDetailedTracking (values: SOAP enumeration; `unsubscribed` proven over REST)."""

    SENT = "email_sent"
    DELIVERED = "email_delivered"
    BOUNCED = "email_bounced"
    OPENED = "email_opened"
    UNSUBSCRIBED = "unsubscribed"
    LINKS = "links"
    FAX_SENT = "fax_sent"
    FAX_DELIVERED = "fax_delivered"
    FAX_FAILED = "fax_failed"


@dataclass(frozen=True)
class Message:
    """A message of the account as GetMessageList tells of it. Dates are aware; None where there is none."""

    id: int
    name: str
    last_sent: datetime | None
    created: datetime | None
    groups: tuple[int, ...]


@dataclass(frozen=True)
class Period:
    """Whole US Eastern days, both ends included: request dates carry no zone."""

    first: date
    last: date


class Recipient(NamedTuple):
    """A person in Real Magnet: only what matching and showing need. `custom_id` is the Custom Member ID as it came."""

    id: int
    email: str
    custom_id: str

    def __repr__(self) -> str:
        return f"Recipient({self.id})"


class Tracked(NamedTuple):
    """One row of GetDetailedTracking: `status` is our activity label, `at` milliseconds since the epoch (0 = none)."""

    recipient: Recipient
    status: str
    at: int
    detail: str


class TrackedPage(NamedTuple):
    """One page with the total that the vendor named at the moment of this page."""

    total: int
    rows: Sequence[Tracked]


class UrlClicks(NamedTuple):
    """How often one URL of a message was clicked in all (report 2, gross)."""

    url: str
    clicks: int


class Click(NamedTuple):
    """One click (GetMessageLinkTracking). `at` is milliseconds since the epoch."""

    recipient_id: int
    at: int
    label: str
    text: str


class Unsubscribe(NamedTuple):
    """One unsubscribe of the account (GetUnsubscribes, shape assumed): it names its message, if any, not its id."""

    recipient: Recipient
    at: int
    message_name: str


class Subscribe(NamedTuple):
    """One sign-up of the account (GetSubscribers)."""

    recipient: Recipient
    at: int
    groups: tuple[int, ...]


class Suppression(NamedTuple):
    """One recipient that is never written to (GetSuppressedRecipients, shape assumed)."""

    recipient: Recipient
    at: int
    kind: str


class History(NamedTuple):
    """What one recipient's history names: messages by e-mail with their numbers, those by fax with names only."""

    emails: frozenset[int]
    faxes: frozenset[str]

    def __repr__(self) -> str:
        return f"History({len(self.emails)}, {len(self.faxes)})"
