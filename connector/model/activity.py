"""What can happen to a recipient: the activity groups, their activities and what each means, in one table."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Protocol, Self


class Blake(Protocol):
    """A running hash, as far as keys need one."""

    def copy(self) -> Self: ...
    def update(self, data: bytes, /) -> None: ...
    def hexdigest(self) -> str: ...


class Channel(StrEnum):
    EMAIL = "E-mail"
    FAX = "Fax"
    SMS = "SMS"
    EVENT = "Event"
    SURVEY = "Survey"


class ActivityGroup(StrEnum):
    """Real Magnet's activity code, by the label that its users know."""

    SENT = "Sent"
    OPENED = "Opened"
    CLICKED = "Clicked"
    UNSUBSCRIBED = "Unsubscribed"
    SUBSCRIBED = "Subscribed"
    SUPPRESSED = "Suppressed"
    FAX_SENT = "Fax Sent"
    SMS_SENT = "SMS Sent"
    EVENT_SIGNUP = "Event Signup"
    SURVEY_SUBMISSION = "Survey Submission"


IN_PROGRESS = "In Progress"
DELIVERED = "Delivered"
BOUNCES = (
    "Soft Bounce",
    "Hard Bounce",
    "User Not Found",
    "Mailbox Full",
    "Bad Domain",
    "Temporarily Unavailable",
)
MANUAL = "Manual"
SPAM_COMPLAINT = "Spam Complaint"
AUTOMATIC = "Automatic"
STOP = "STOP From Phone Number"
FAX_SUCCESSFUL = "Fax Successful"
FAX_FAILED = "Fax Failed"


@dataclass(frozen=True)
class Activity:
    """One activity (Real Magnet's subcode) with its meaning in plain words."""

    group: ActivityGroup
    label: str
    meaning: str


ACTIVITIES: tuple[Activity, ...] = (
    Activity(ActivityGroup.SENT, DELIVERED, "The message was sent and delivered."),
    Activity(ActivityGroup.SENT, "Soft Bounce", "Accepted by the receiving server, then returned before the inbox."),
    Activity(ActivityGroup.SENT, "Hard Bounce", "Returned to the sender; this address can never be reached."),
    Activity(ActivityGroup.SENT, "User Not Found", "The mailbox does not exist at that server."),
    Activity(ActivityGroup.SENT, "Mailbox Full", "The mailbox takes no more mail; it may be abandoned."),
    Activity(ActivityGroup.SENT, "Bad Domain", "The part after the @ is not a valid domain."),
    Activity(ActivityGroup.SENT, "Temporarily Unavailable", "The receiving server had a passing problem."),
    Activity(ActivityGroup.SENT, IN_PROGRESS, "Real Magnet is still delivering this message."),
    Activity(ActivityGroup.SENT, "Send Failed", "Real Magnet could not send this message."),
    Activity(ActivityGroup.OPENED, "Opened", "The message was opened; each opening counts."),
    Activity(ActivityGroup.CLICKED, "Clicked", "A link in the message was clicked."),
    Activity(ActivityGroup.UNSUBSCRIBED, "Unsubscribed", "The person asked for no more of these messages."),
    Activity(ActivityGroup.SUBSCRIBED, "Subscribed", "The person signed up for one or more groups."),
    Activity(ActivityGroup.SUPPRESSED, MANUAL, "Somebody put this recipient on the do-not-send list."),
    Activity(ActivityGroup.SUPPRESSED, SPAM_COMPLAINT, "The person reported a message as spam."),
    Activity(ActivityGroup.SUPPRESSED, AUTOMATIC, "Real Magnet stopped sending: the address failed again and again."),
    Activity(ActivityGroup.FAX_SENT, FAX_SUCCESSFUL, "The fax was received."),
    Activity(ActivityGroup.FAX_SENT, FAX_FAILED, "The fax could not be sent."),
    Activity(ActivityGroup.FAX_SENT, IN_PROGRESS, "Real Magnet is still sending this fax."),
    Activity(ActivityGroup.SMS_SENT, "SMS Sent", "The text message was handed to the person's carrier."),
    Activity(ActivityGroup.SMS_SENT, STOP, "The person answered STOP: no more text messages; e-mail is not meant."),
    Activity(ActivityGroup.SMS_SENT, "License Key Invalid", "The SMS licence of your Real Magnet account was refused."),
    Activity(ActivityGroup.SMS_SENT, "Phone Number Invalid", "The phone number cannot be reached by text message."),
    Activity(ActivityGroup.SMS_SENT, "Message Invalid", "The text of the message was refused."),
    Activity(ActivityGroup.SMS_SENT, "Scheduled Date Time Is Not UTC", "The time to send at was not understood."),
    Activity(ActivityGroup.SMS_SENT, "Invalid Assigned DID", "The number that it was to be sent from is not valid."),
    Activity(ActivityGroup.SMS_SENT, "Not Found", "The SMS carrier does not know the message."),
    Activity(ActivityGroup.SMS_SENT, "Internal Error", "The SMS carrier failed."),
    Activity(ActivityGroup.SMS_SENT, "Service Unavailable", "The SMS carrier could not be reached."),
    Activity(ActivityGroup.EVENT_SIGNUP, "Signed Up", "The person signed up for an event, named as the message."),
    Activity(ActivityGroup.SURVEY_SUBMISSION, "Submitted", "The person answered a survey, named as the message."),
)
"""Every activity that Real Magnet's users know, from whichever road it comes. Source: the guide to Version 2."""

COLLECTED = tuple(dict.fromkeys(activity.group for activity in ACTIVITIES))
"""The activity groups that can be chosen in Manage Data, in the order in which screens list them."""

_CHANNELS: dict[str, Channel] = {
    ActivityGroup.FAX_SENT: Channel.FAX,
    ActivityGroup.SMS_SENT: Channel.SMS,
    ActivityGroup.EVENT_SIGNUP: Channel.EVENT,
    ActivityGroup.SURVEY_SUBMISSION: Channel.SURVEY,
}


def channel_of(group: str) -> Channel:
    """The channel that an activity group belongs to; e-mail when the group itself does not say."""
    return _CHANNELS.get(group, Channel.EMAIL)


class Mode(StrEnum):
    """Where a kind of activity is kept in Salesforce: nowhere (*Live*: only here), in Version 1's lists (*Summary*), in
    Version 2's list (*History*), or in both."""

    LIVE = "Live"
    SUMMARY = "Summary"
    HISTORY = "History"
    BOTH = "Summary and History"


IN_HISTORY = (Mode.HISTORY, Mode.BOTH)
IN_SUMMARY = (Mode.SUMMARY, Mode.BOTH)


class Decision(StrEnum):
    """What became of a fact. None yet is NULL in the ledger."""

    PLACED = "placed"
    LIVE = "live"
    UNMATCHED = "unmatched"
    HELD = "held"
    FILTERED = "filtered"


NOT_SELECTED = "kind not selected"
"""The reason of a fact that is filtered because its kind is off."""


class PlacementState(StrEnum):
    """What became of a row that should stand in Salesforce."""

    TO_WRITE = "to write"
    IN_FLIGHT = "in flight"
    WRITTEN = "written"
    REJECTED = "rejected"
    TO_DELETE = "to delete"
    DELETED = "deleted"
    TO_REVERT = "to revert"
    IGNORED = "ignored"


class Outcome(StrEnum):
    """The words in which a run counts."""

    WRITTEN = "Written"
    SKIPPED = "Skipped"
    REJECTED = "Rejected"
    UNMATCHED = "Unmatched"
    HELD = "Held"
    FILTERED = "Filtered"
    DELETED = "Deleted"
    PUT_BACK = "Put back"
    LEFT = "Left"


def fact_key(account: str, message_id: int, recipient_id: int, kind: str, occurrence: str) -> str:
    """The key by which one fact is the same fact for ever: 32 lower-case hex digits (design part 4).

    The first eight are the message's own, so that what is written together lies together in every index.
    """
    rest = f"{recipient_id}\x1f{kind}\x1f{occurrence}".encode()
    prefix, base = _message_hash(account, message_id)
    whole = base.copy()
    whole.update(rest)
    return prefix + whole.hexdigest()


@lru_cache(maxsize=64)
def _message_hash(account: str, message_id: int) -> tuple[str, Blake]:
    base = hashlib.blake2b(f"{account}\x1f{message_id}\x1f".encode(), digest_size=12)
    return base.hexdigest()[:8], base
