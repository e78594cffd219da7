"""Version 1's lists of a person: a row for each recipient of a message, which sums up what happened and stays true."""

from collections.abc import Sequence
from typing import Any

from connector.activity.layouts.layout import PLACED_AGAIN, SUMMARY_MODES, Layout, instant, quoted
from connector.model.activity import BOUNCES, DELIVERED, FAX_FAILED, FAX_SUCCESSFUL, ActivityGroup, channel_of
from connector.model.lists import LIST_OF, OBJECTS, SummaryList

_APART = "\x1f"
_INSTANT_LENGTH = 14
_MESSAGE = f"""
    LEFT JOIN placements g ON g.org_id = p.org_id AND g.object = '{OBJECTS[SummaryList.MESSAGES]}'
        AND g.external_key = substr(p.external_key, 1, 8) || '-' || p.message_id AND g.state <> 'deleted'
"""
_LINK = f"""
    LEFT JOIN links l ON l.id = p.link_id
    LEFT JOIN placements h ON h.org_id = p.org_id AND h.object = '{OBJECTS[SummaryList.LINKS]}'
        AND h.external_key = substr(p.external_key, 1, 8) || '-' || p.message_id || '-' || l.url_hash
        AND h.state <> 'deleted'
"""


def _kinds(label: SummaryList) -> str:
    return quoted(*(group for group, found in LIST_OF.items() if found is label))


def _place(label: SummaryList, *, by_link: bool = False) -> str:
    link = ", f.link_id" if by_link else ""
    return f"""
        INSERT INTO placements (org_id, object, external_key, message_id, activity_group, person_id, recipient_id,
                                link_id, state, run_id)
        SELECT w.org_id, :object, w.prefix || '-' || w.message_id || '-' || w.recipient_id
               {"|| '-' || l.url_hash" if by_link else ""} || CASE WHEN m.slot = '' THEN '' ELSE '-' || m.slot END,
               w.message_id, '{label}', m.person_id, w.recipient_id, {"l.id" if by_link else "NULL"}, 'to write', :run
        FROM (SELECT DISTINCT f.org_id, f.message_id, f.recipient_id, substr(f.key, 1, 8) AS prefix{link}
              FROM facts f
              JOIN kind_choices k ON k.org_id = f.org_id AND k.activity_group = f.activity_group AND k.selected
                  AND k.mode IN ({SUMMARY_MODES})
              WHERE f.org_id = :org AND f.key BETWEEN :low AND :high AND f.decision IS NULL
                  AND f.activity_group IN ({_kinds(label)}) AND {{allowed}}) AS w
        JOIN matches m ON m.org_id = w.org_id AND m.recipient_id = w.recipient_id
        {"JOIN links l ON l.id = w.link_id" if by_link else ""}
        WHERE true {PLACED_AGAIN}
    """  # noqa: S608  # our own words


def _covers(label: SummaryList, *, by_link: bool = False) -> str:
    link = "|| '-' || (SELECT l.url_hash FROM links l WHERE l.id = facts.link_id)" if by_link else ""
    return f"""
        (facts.activity_group IN ({_kinds(label)})
         AND EXISTS (SELECT 1 FROM kind_choices k WHERE k.org_id = facts.org_id
                     AND k.activity_group = facts.activity_group AND k.selected AND k.mode IN ({SUMMARY_MODES}))
         AND EXISTS (SELECT 1 FROM placements p WHERE p.org_id = facts.org_id AND p.object = '{OBJECTS[label]}'
                     AND p.external_key = substr(facts.key, 1, 8) || '-' || facts.message_id || '-'
                         || facts.recipient_id {link}
                     AND {{standing}}))
    """  # noqa: S608  # our own words


def _rows(label: SummaryList, sums: str, *, by_link: bool = False) -> str:
    return f"""
        SELECT p.id, p.external_key, p.person_id, p.content_hash, p.message_id, max(g.salesforce_id), {sums}
        FROM placements p
        JOIN facts f ON f.org_id = p.org_id AND f.recipient_id = p.recipient_id AND f.message_id = p.message_id
            AND f.activity_group IN ({_kinds(label)}) {"AND f.link_id = p.link_id" if by_link else ""}
        JOIN kind_choices k ON k.org_id = f.org_id AND k.activity_group = f.activity_group AND k.selected
            AND k.mode IN ({SUMMARY_MODES})
        {_MESSAGE} {_LINK if by_link else ""}
        WHERE p.org_id = :org AND p.object = :object AND p.state = 'to write'
        GROUP BY p.person_id, p.id ORDER BY p.person_id, p.id
    """  # noqa: S608  # our own words


def _count(group: str) -> str:
    """How often, first and last."""
    when = f"CASE WHEN f.activity_group = '{group}' AND f.occurred_at > 0 THEN f.occurred_at END"
    return f"sum(CASE WHEN f.activity_group = '{group}' THEN 1 ELSE 0 END), min({when}), max({when})"


def _last(*activities: str) -> str:
    return f"max(CASE WHEN f.activity IN ({quoted(*activities)}) THEN f.occurred_at END)"


def _latest(condition: str) -> str:
    """The latest fact under a condition in one text, which sorts by its instant: instant, activity, detail."""
    return (
        f"max(CASE WHEN {condition} THEN "
        f"CAST(10000000000000 + f.occurred_at AS TEXT) || f.activity || '{_APART}' || f.detail END)"
    )


def _unpacked(latest: str | None) -> tuple[int, str, str]:
    """Instant, activity and detail of what `_latest` found."""
    if not latest:
        return 0, "", ""
    activity, _, detail = latest[_INSTANT_LENGTH:].partition(_APART)
    return int(latest[1:_INSTANT_LENGTH]), activity, detail


def _reason(activity: str, detail: str) -> str:
    return (f"{activity}: {detail}" if detail else activity)[:255]


def _told(message_id: int) -> str:
    return str(message_id) if message_id else ""


def _email_values(row: Sequence[Any]) -> list[str]:
    message_id, message, sent, first, last, delivered, opened, first_open, last_open, latest, bounce = row
    bounced_at, bounce_activity, why = _unpacked(bounce)
    return [
        _told(message_id),
        message or "",
        str(sent),
        instant(first),
        instant(last),
        instant(delivered),
        instant(bounced_at),
        _reason(bounce_activity, why),
        str(opened),
        instant(first_open),
        instant(last_open),
        _unpacked(latest)[1],
    ]


def _fax_values(row: Sequence[Any]) -> list[str]:
    message_id, message, sent, first, last, delivered, latest, failure = row
    failed_at, activity, why = _unpacked(failure)
    return [
        _told(message_id),
        message or "",
        str(sent),
        instant(first),
        instant(last),
        instant(delivered),
        instant(failed_at),
        _reason(activity, why),
        _unpacked(latest)[1],
    ]


def _unsubscribe_values(row: Sequence[Any]) -> list[str]:
    message_id, message, count, first, last, latest = row
    return [
        _told(message_id),
        message or "",
        str(count),
        instant(first),
        instant(last),
        _unpacked(latest)[2],
        channel_of(ActivityGroup.UNSUBSCRIBED),
    ]


def _link_values(row: Sequence[Any]) -> list[str]:
    message_id, message, count, first, last, link = row
    return [_told(message_id), message or "", link or "", str(count), instant(first), instant(last)]


_SENT = f"f.activity_group = '{ActivityGroup.SENT}'"

EMAIL_TRACKING = Layout(
    label=SummaryList.EMAIL_TRACKING,
    object_name=OBJECTS[SummaryList.EMAIL_TRACKING],
    columns=(
        "Message_Id__c",
        "Message__c",
        "Sent_Count__c",
        "First_Sent__c",
        "Last_Sent__c",
        "Delivered__c",
        "Bounced__c",
        "Bounce_Reason__c",
        "Opened_Count__c",
        "First_Opened__c",
        "Last_Opened__c",
        "Status__c",
    ),
    place=_place(SummaryList.EMAIL_TRACKING),
    covers=_covers(SummaryList.EMAIL_TRACKING),
    rows=_rows(
        SummaryList.EMAIL_TRACKING,
        ", ".join(
            (
                _count(ActivityGroup.SENT),
                _last(DELIVERED),
                _count(ActivityGroup.OPENED),
                _latest(_SENT),
                _latest(f"f.activity IN ({quoted(*BOUNCES)})"),
            )
        ),
    ),
    values=_email_values,
)

FAX_TRACKING = Layout(
    label=SummaryList.FAX_TRACKING,
    object_name=OBJECTS[SummaryList.FAX_TRACKING],
    columns=(
        "Message_Id__c",
        "Message__c",
        "Sent_Count__c",
        "First_Sent__c",
        "Last_Sent__c",
        "Delivered__c",
        "Failed__c",
        "Failure_Reason__c",
        "Status__c",
    ),
    place=_place(SummaryList.FAX_TRACKING),
    covers=_covers(SummaryList.FAX_TRACKING),
    rows=_rows(
        SummaryList.FAX_TRACKING,
        ", ".join(
            (
                _count(ActivityGroup.FAX_SENT),
                _last(FAX_SUCCESSFUL),
                _latest("1 = 1"),
                _latest(f"f.activity = '{FAX_FAILED}'"),
            )
        ),
    ),
    values=_fax_values,
)

UNSUBSCRIBES = Layout(
    label=SummaryList.UNSUBSCRIBES,
    object_name=OBJECTS[SummaryList.UNSUBSCRIBES],
    columns=(
        "Message_Id__c",
        "Message__c",
        "Unsubscribed_Count__c",
        "First_Unsubscribed__c",
        "Last_Unsubscribed__c",
        "Scope__c",
        "Channel__c",
    ),
    place=_place(SummaryList.UNSUBSCRIBES),
    covers=_covers(SummaryList.UNSUBSCRIBES),
    rows=_rows(SummaryList.UNSUBSCRIBES, f"{_count(ActivityGroup.UNSUBSCRIBED)}, {_latest('1 = 1')}"),
    values=_unsubscribe_values,
)

LINK_TRACKING = Layout(
    label=SummaryList.LINK_TRACKING,
    object_name=OBJECTS[SummaryList.LINK_TRACKING],
    columns=("Message_Id__c", "Message__c", "Link__c", "Clicks__c", "First_Clicked__c", "Last_Clicked__c"),
    place=_place(SummaryList.LINK_TRACKING, by_link=True),
    covers=_covers(SummaryList.LINK_TRACKING, by_link=True),
    rows=_rows(SummaryList.LINK_TRACKING, f"{_count(ActivityGroup.CLICKED)}, max(h.salesforce_id)", by_link=True),
    values=_link_values,
)
