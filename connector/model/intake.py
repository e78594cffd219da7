"""An activity as another program sends it, and the numbers under which its recipient and message are kept."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from connector.model.activity import ActivityGroup

MOST_ROWS = 10_000
MOST_BYTES = 10 * 1024 * 1024
_FIRST = 800_000_000_000_000_000
_SPAN = 100_000_000_000_000_000
"""Real Magnet's own numbers have ten digits; ours have eighteen, which a bigint and a message's field both hold."""


class Result(StrEnum):
    """What became of a row that was sent. A duplicate says what is known already; one that says something else about
    the same event is accepted, and changes it."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


@dataclass(frozen=True)
class Arrived:
    """One activity. `at` is milliseconds since the epoch; who it happened to says a Salesforce id, an address, a
    telephone number (+12025550100) or a recipient's number of Real Magnet, whichever there are."""

    line: int = field(repr=False)
    event_id: str
    group: str
    activity: str
    at: int
    recipient: int = 0
    person_id: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    message_id: str = ""
    message: str = field(default="", repr=False)
    detail: str = field(default="", repr=False)
    channel: str = ""

    @property
    def recipient_number(self) -> int:
        """Real Magnet's own number, else one that is the same for the same id, address or telephone."""
        return self.recipient or _number("recipient", self.person_id or self.email or self.phone)

    @property
    def message_number(self) -> int:
        """Real Magnet's own number where one was sent for e-mail or fax, 0 for what belongs to no message."""
        if not self.message_id and not self.message:
            return 0
        if self.message_id.isdecimal() and len(self.message_id) <= _OWN_DIGITS and self.group in _OWN_GROUPS:
            return int(self.message_id)
        return _number("message", f"{self.group}\x1f{self.message_id or self.message}")

    @property
    def is_of_real_magnet(self) -> bool:
        """Whether it is kept beside what Real Magnet reports of one of its messages, or of none."""
        return self.message_number < _FIRST


_OWN_DIGITS = 12
_OWN_GROUPS = frozenset(
    {
        ActivityGroup.SENT,
        ActivityGroup.OPENED,
        ActivityGroup.CLICKED,
        ActivityGroup.UNSUBSCRIBED,
        ActivityGroup.FAX_SENT,
    }
)


@dataclass(frozen=True)
class RefusedRow:
    """A row that was not understood: where it stood, its event's id as far as it has one, and why."""

    line: int = field(repr=False)
    event_id: str
    reason: str


def _number(kind: str, text: str) -> int:
    digest = hashlib.blake2b(f"{kind}\x1f{text}".encode(), digest_size=8).digest()
    return _FIRST + int.from_bytes(digest, "big") % _SPAN
