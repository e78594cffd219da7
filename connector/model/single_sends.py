"""A message to one person, in our words: who it is for, what was checked, what became of it; it knows no vendor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from connector.model.activity import Channel
from connector.model.groups import MessageDetails

CHANNELS = (Channel.EMAIL, Channel.FAX)
"""By which one person can be written to. SMS would need a provider."""
NO_SMS = "SMS is not offered: no SMS provider is set up."

SUBJECT_LENGTH = 100
SENDER_LENGTH = 50
"""What SendEmailToIndividual takes (vendor's article)."""

MAY_HAVE_SENT = "Real Magnet may have sent it: its answer was lost, so that nobody knows."
LOOK = "Choose Update now on the person's page and look whether it shows there. It is not sent again by itself."


class SendState(StrEnum):
    """What became of it. *Unsure*: Real Magnet was asked, and nobody knows whether it did it."""

    WAITING = "Waiting"
    SENT = "Sent"
    REFUSED = "Not sent"
    UNSURE = "Unsure"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at before sending, in words; `good` or a reason not to send."""

    name: str
    good: bool
    words: str
    advice: str = ""


@dataclass(frozen=True)
class PersonNow:
    """A Contact or Lead as Salesforce has it at this moment.

    `opted_out` is None where Salesforce does not show it. `fields` are what a new recipient gets, by Real Magnet's
    names. `gone` says why nobody can be written to under this record.
    """

    id: str
    kind: str
    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    fax: str = field(default="", repr=False)
    country: str = field(default="", repr=False)
    opted_out: Mapping[Channel, bool | None] = field(default_factory=dict[Channel, bool | None])
    fields: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    gone: str = ""


@dataclass(frozen=True)
class RecipientNow:
    """A recipient as Real Magnet has it at this moment, with its fields by Real Magnet's names."""

    id: int
    email: str = field(repr=False)
    custom_id: str = field(repr=False)
    fields: Mapping[str, str] = field(repr=False)
    unsubscribed: bool = False
    suppressed: datetime | None = None

    @property
    def fax(self) -> str:
        """The number that a fax goes to."""
        return self.fields.get("Fax", "")


@dataclass(frozen=True)
class MessageContent:
    """A message with its HTML and its plain text as they stand in Real Magnet, merge fields and all."""

    details: MessageDetails
    html: str = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True)
class IndividualSend:
    """One message to one recipient by e-mail. `by_custom_id`: `recipient` is a Custom Member ID, else an address."""

    message_id: int
    subject: str
    sender: str
    recipient: str = field(repr=False)
    by_custom_id: bool = field(repr=False)


@dataclass(frozen=True)
class NewSingleSend:
    """What a person asked for; `ticket` is that of the form, so that a form sent twice is one message."""

    ticket: str
    person_id: str
    message_id: int
    message_name: str
    channel: Channel
    address: str = field(repr=False)


@dataclass(frozen=True)
class SingleSend:
    """One message to one person. Instants are milliseconds; `given_at` is when Real Magnet was asked."""

    id: int
    org_id: int
    user_id: int | None
    person_id: str
    message_id: int
    message_name: str
    channel: Channel
    address: str = field(repr=False)
    recipient_id: int | None
    state: SendState
    reason: str
    advice: str
    asked_at: int
    given_at: int | None
    sent_at: int | None


def refusal(checks: Sequence[Check]) -> Check | None:
    """The first reason not to send."""
    return next((one for one in checks if not one.good), None)
