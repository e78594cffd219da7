"""Real Magnet's answers become our words here, once; it knows no request."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connector.errors import UnexpectedAnswer
from connector.model.activity import DELIVERED, FAX_FAILED, FAX_SUCCESSFUL
from connector.model.tracking import (
    Click,
    Message,
    Recipient,
    Report,
    Subscribe,
    Suppression,
    Tracked,
    TrackedPage,
    Unsubscribe,
    UrlClicks,
)
from connector.realmagnet.wire import (
    EMAIL_STATUS,
    FAX_STATUS,
    SUPPRESSION,
    UNKNOWN,
    instant,
    key_of,
    label,
    moment,
    rows_of,
)

_FIXED = {Report.OPENED: "Opened", Report.UNSUBSCRIBED: "Unsubscribed", Report.LINKS: "Clicked"}
_FAX_REPORTS = frozenset({Report.FAX_SENT, Report.FAX_DELIVERED, Report.FAX_FAILED})
_UNSAID = {
    Report.DELIVERED: DELIVERED,
    Report.FAX_DELIVERED: FAX_SUCCESSFUL,
    Report.FAX_FAILED: FAX_FAILED,
}


def page_of(report: Report) -> Callable[[Any], TrackedPage]:
    """The reader of one page of a detailed tracking report."""

    def read(answer: Any) -> TrackedPage:
        rows = total_and_rows(answer)
        return TrackedPage(rows[0], tracked(rows[1], report))

    return read


def total_and_rows(answer: Any) -> tuple[int, list[dict[str, Any]]]:
    """The total that a tracking page names, and its rows."""
    if not isinstance(answer, dict):
        raise UnexpectedAnswer("Real Magnet answered something else than a tracking page.")
    total = answer.get(key_of(answer, "TotalRecords", "TotalCount", "Total", "Count"))
    rows = answer.get(key_of(answer, "RecipientDetails", "TrackingDetails", "Details", "Data"))
    if total is None or not str(total).isdigit():
        raise UnexpectedAnswer("Real Magnet's tracking page names no total.")
    return int(total), rows or []


def tracked(rows: Sequence[Mapping[str, Any]], report: Report) -> list[Tracked]:
    """The rows of a tracking page in one pass: the names are found once a page, and known dates are cut, not parsed."""
    if not rows:
        return []
    first = rows[0]
    person = key_of(first, "Recipient", "RecipientDetail")
    opened = report is Report.OPENED
    date_names = ("OpenDate", "OpenedDate") if opened else ("ResultDate", "Date")
    stamp, remarks = key_of(first, *date_names), key_of(first, "Remarks", "Remark")
    fax = report in _FAX_REPORTS
    status = key_of(first, *(("FaxStatus", "Status") if fax else ("Status", "EmailStatus")))
    known, fixed, unsaid = FAX_STATUS if fax else EMAIL_STATUS, _FIXED.get(report), _UNSAID.get(report, UNKNOWN)
    try:
        make = _recipient_reader(first[person])
        return [
            Tracked(
                make(row[person]),
                fixed or known.get(row[status]) or label(row[status], known, unsaid),
                int(at[6:19]) if (at := row[stamp]) and at[19:20] in _AFTER_13_DIGITS else instant(at),
                row[remarks] or "",
            )
            for row in rows
        ]
    except (KeyError, TypeError, ValueError):
        raise UnexpectedAnswer("Real Magnet's tracking rows have a shape that is not understood.") from None


_AFTER_13_DIGITS = frozenset("+-)")


def _recipient_reader(first: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Recipient]:
    number = key_of(first, "ID", "RecipientId")
    address = key_of(first, "Email", "EmailId", "EmailAddress")
    custom = key_of(first, "CustomID", "CustomMemberId")

    def read(row: Mapping[str, Any]) -> Recipient:
        return Recipient(int(row[number]), row[address] or "", row.get(custom) or "")

    return read


def recipient(row: Mapping[str, Any]) -> Recipient:
    """One recipient object; raises `UnexpectedAnswer` if it names none."""
    try:
        return _recipient_reader(row)(row)
    except (KeyError, TypeError, ValueError):
        raise UnexpectedAnswer("A Real Magnet recipient has a shape that is not understood.") from None


def messages(answer: Any) -> list[Message]:
    """The answer of GetMessageList."""
    try:
        return [
            Message(
                id=int(row["MessageID"]),
                name=str(row.get("MessageName") or ""),
                last_sent=moment(row.get("LastSent")),
                created=moment(row.get("DateCreated")),
                groups=tuple(row.get("GroupsMessageIsSentTo") or ()),
            )
            for row in rows_of(answer)
        ]
    except (KeyError, TypeError, ValueError):
        raise UnexpectedAnswer("Real Magnet's list of messages has a shape that is not understood.") from None


def url_clicks(answer: Any) -> list[UrlClicks]:
    """The answer of report 2, its gross clicks summed per URL."""
    sums: dict[str, int] = {}
    rows = rows_of(answer)
    try:
        for row in rows:
            sums[row["URL"]] = sums.get(row["URL"], 0) + int(row["GrossClicks"])
    except (KeyError, TypeError, ValueError):
        raise UnexpectedAnswer("Real Magnet's click report has a shape that is not understood.") from None
    return [UrlClicks(url, clicks) for url, clicks in sums.items()]


def clicks(answer: Any) -> list[Click]:
    """One page of GetMessageLinkTracking."""
    rows = rows_of(answer)
    try:
        return [
            Click(int(row["RecipientID"]), instant(row["Date"]), row.get("LinkLabel") or "", row.get("LinkText") or "")
            for row in rows
        ]
    except (KeyError, TypeError, ValueError):
        raise UnexpectedAnswer("Real Magnet's clicks have a shape that is not understood.") from None


def unsubscribes(answer: Any) -> list[Unsubscribe]:
    """The answer of GetUnsubscribes (assumed: the SOAP twin in REST casing)."""
    return [
        Unsubscribe(
            _person(row),
            instant(row.get(key_of(row, "ResultDate", "Date", "UnsubscribeDate"))),
            str(row.get(key_of(row, "MessageName", "message_name")) or ""),
        )
        for row in rows_of(answer)
    ]


def subscribes(answer: Any) -> list[Subscribe]:
    """The answer of GetSubscribers."""
    return [
        Subscribe(_person(row), instant(row.get("DateAdded")), tuple(row.get("Groups") or ()))
        for row in rows_of(answer)
    ]


def suppressions(answer: Any) -> list[Suppression]:
    """The answer of GetSuppressedRecipients (assumed: the SOAP twin in REST casing)."""
    return [_suppression(row) for row in rows_of(answer)]


def _suppression(row: Mapping[str, Any]) -> Suppression:
    inner = row.get(key_of(row, "Recipient"), row)
    stamps = [part.get(key_of(part, "SuppressedDate", "suppressed_date")) for part in (row, inner)]
    kind = row.get(key_of(row, "SuppressionType", "Type", "TypeID"))
    return Suppression(_person(row), instant(stamps[0] or stamps[1]), label(kind, SUPPRESSION))


def _person(row: Mapping[str, Any]) -> Recipient:
    inner = row.get(key_of(row, "Recipient"))
    return recipient(inner if isinstance(inner, Mapping) else row)
