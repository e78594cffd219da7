"""What the panel shows of a person: chips with counts, badges of bounce and consent, messages with their activities."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping

from connector.model.activity import BOUNCES, DELIVERED, FAX_FAILED, ActivityGroup, Channel, channel_of
from connector.model.people import kind_of
from connector.store import person_activity
from connector.store.person_activity import Before, Who
from webapp.sessions import visitor

MESSAGES_A_PAGE = 15
GONE_FOR_GOOD = frozenset({"Hard Bounce", "User Not Found", "Bad Domain"})
RELATED_LIST = "Real_Magnet_Activities__r"
"""How Salesforce names the related list on a person's page; from the lookup's relationship name in `sfdx/`."""

_BOUNCES = tuple((ActivityGroup.SENT, activity) for activity in BOUNCES)
_CONSENT = (
    (ActivityGroup.UNSUBSCRIBED, "Unsubscribed"),
    (ActivityGroup.SUBSCRIBED, "Subscribed"),
    (ActivityGroup.SUPPRESSED, "Manual"),
    (ActivityGroup.SUPPRESSED, "Spam Complaint"),
    (ActivityGroup.SUPPRESSED, "Automatic"),
)


@dataclass(frozen=True)
class Badge:
    """How a person stands in one respect: a word, its colour, and since when."""

    words: str
    theme: str
    since: int


@dataclass(frozen=True)
class MessageSeen:
    """One message of the timeline with what the person did, kind by kind."""

    id: int
    name: str
    channel: Channel
    latest: int
    count: int
    kinds: Sequence[RowMapping]


@dataclass(frozen=True)
class Seen:
    """One page of a person's timeline, and what stands above it."""

    channels: dict[Channel, int]
    total: int
    badges: Sequence[Badge]
    messages: Sequence[MessageSeen]
    next: Before | None


def read(connection: Connection, person_id: str, channel: Channel | None, before: Before | None) -> Seen:
    """Read the page behind `before`, of one channel or of all."""
    who = Who(visitor().org_id, person_id)
    totals = person_activity.totals(connection, who)
    channels: dict[Channel, int] = {}
    for group, count in totals.items():
        channels[channel_of(group)] = channels.get(channel_of(group), 0) + count
    groups = [group for group in totals if channel in {None, channel_of(group)}]
    rows = person_activity.messages(connection, who, groups, before, MESSAGES_A_PAGE) if groups else []
    shown = rows[:MESSAGES_A_PAGE]
    kinds = person_activity.kinds(connection, who, [int(row["message_id"]) for row in shown])
    return Seen(
        channels={one: channels[one] for one in Channel if one in channels},
        total=sum(totals.values()),
        badges=_badges(connection, who),
        messages=[_message(row, _of(kinds.get(int(row["message_id"]), []), groups)) for row in shown],
        next=Before(int(shown[-1]["latest"]), int(shown[-1]["message_id"])) if len(rows) > len(shown) else None,
    )


def full_list(person_id: str) -> str:
    """The address of the whole related list in Salesforce."""
    return f"{visitor().instance_url}/lightning/r/{kind_of(person_id)}/{person_id}/related/{RELATED_LIST}/view"


def _of(kinds: Sequence[RowMapping], groups: Sequence[str]) -> list[RowMapping]:
    return [row for row in kinds if row["activity_group"] in groups]


def _message(row: RowMapping, kinds: Sequence[RowMapping]) -> MessageSeen:
    group = str(kinds[0]["activity_group"]) if kinds else ""
    name = row["name"] or "Without a message"
    return MessageSeen(
        int(row["message_id"]), str(name), channel_of(group), int(row["latest"]), int(row["count"]), kinds
    )


def _badges(connection: Connection, who: Who) -> list[Badge]:
    """A bounce stands until something is delivered after it; an unsubscribe until the person subscribes again."""
    delivered = (ActivityGroup.SENT, DELIVERED)
    failed = (ActivityGroup.FAX_SENT, FAX_FAILED)
    wanted = [*_BOUNCES, delivered, failed, *_CONSENT]
    found = person_activity.latest(connection, who, wanted)
    badges: list[Badge] = []
    bounce = max((found[kind] for kind in _BOUNCES if kind in found), key=_moment, default=None)
    if bounce and _moment(bounce) > _moment(found.get(delivered)):
        theme = "slds-theme_error" if bounce["activity"] in GONE_FOR_GOOD else "slds-theme_warning"
        badges.append(Badge(f"Bounced: {bounce['activity']}", theme, _moment(bounce)))
    consent = max((found[kind] for kind in _CONSENT if kind in found), key=_moment, default=None)
    if consent and consent["activity_group"] == ActivityGroup.SUPPRESSED:
        badges.append(Badge(f"Suppressed: {consent['activity']}", "slds-theme_error", _moment(consent)))
    elif consent:
        theme = "slds-theme_error" if consent["activity"] == "Unsubscribed" else "slds-theme_success"
        badges.append(Badge(str(consent["activity"]), theme, _moment(consent)))
    return badges


def _moment(row: RowMapping | None) -> int:
    return int(row["occurred_at"]) if row is not None else 0
