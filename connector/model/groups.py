"""Groups of a Real Magnet account, what goes into one by an upload, and what is sent to them, in our words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

CUSTOM_MEMBER_ID = "Custom_Member_Id"
EMAIL = "Email"
"""Names of recipient fields as an upload's mapping spells them."""

NAME_LENGTH = 50
"""Longest name of a group, in characters (vendor's AddGroup article)."""


_RESERVED = "Salesforce single fax "
"""A fax to one person goes through a group of its own (assumed: the vendor has no operation for it)."""


def single_fax_group(salesforce_org_id: str) -> str:
    """The name of the group through which an org's single faxes go; nothing else is ever put into it."""
    return f"{_RESERVED}{salesforce_org_id}"


def is_reserved(name: str) -> bool:
    """Whether a group of this name is ours alone: no upload fills it, and no message is sent to it by hand."""
    return name.strip().casefold().startswith(_RESERVED.strip().casefold())


@dataclass(frozen=True)
class Group:
    """One Real Magnet list."""

    id: int
    name: str
    shown: bool = True
    updated: datetime | None = None


@dataclass(frozen=True)
class GroupSize:
    """How many are in a group, and when Real Magnet last changed it."""

    members: int
    suppressed: int
    unsubscribed: int
    updated: datetime | None


@dataclass(frozen=True)
class RecipientField:
    """A field of the account's recipients: `name` goes into an upload's mapping, `label` is what its users read."""

    name: str
    label: str


@dataclass(frozen=True)
class Upload:
    """Rows for one group: `data` is CSV without a header line, LF between rows, columns named by recipient fields.

    `replace` empties the group first; `update` overwrites the fields of recipients that exist.
    """

    group_id: int
    columns: Sequence[str]
    data: str = field(repr=False)
    replace: bool
    update: bool = True


@dataclass(frozen=True)
class UploadStatus:
    """Where the vendor is with an upload. Counts are rows, and count only once it is `done`.

    `good` were taken (`added` new recipients, `updated` known ones overwritten); `total` minus `good` were dropped.
    `error` is the vendor's own text for an upload that came to nothing.
    """

    done: bool
    total: int = 0
    good: int = 0
    added: int = 0
    updated: int = 0
    error: str = ""


@dataclass(frozen=True)
class Member:
    """One recipient in a group."""

    recipient_id: int
    email: str = field(repr=False)
    custom_id: str = field(repr=False)


@dataclass(frozen=True)
class MessageDetails:
    """What a send needs to know of a message. `last_sent` is None for one that was never sent."""

    id: int
    name: str
    subject: str
    sender: str
    last_sent: datetime | None


@dataclass(frozen=True)
class GroupSend:
    """One message to groups, now, by e-mail or by fax. Recipients who already had the message are left out by the
    vendor unless it goes to them `again`."""

    message_id: int
    group_ids: Sequence[int]
    subject: str
    sender: str
    fax: bool = field(default=False, repr=False)
    again: bool = False
