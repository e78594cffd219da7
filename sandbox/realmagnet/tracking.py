"""Detailed tracking, link tracking and the click report: pages over events that may move; knows no HTTP."""

from typing import Any

from sandbox.realmagnet import documents, wire
from sandbox.realmagnet.call import Call
from sandbox.realmagnet.contract import BadContractError
from sandbox.realmagnet.kinds import REPORTS, EmailStatus, FaxStatus, Kind
from sandbox.realmagnet.shifting import insert_between_pages

PAGE_LIMIT = 2000
CLICK_REPORT = 2
_BROWSERS = ("Chrome", "Safari", "Outlook", "Firefox", "Edge")
_EMAIL_STATUSES, _FAX_STATUSES = tuple(EmailStatus), tuple(FaxStatus)
_FAX = (Kind.FAX_SENT, Kind.FAX_DELIVERED, Kind.FAX_FAILED)


def get_detailed_tracking(call: Call) -> dict[str, Any]:
    """Newest first, so new events push older ones to later pages; envelope and row names are assumed (SOAP twin)."""
    message_id, report = call.body.integer("MessageID"), call.body.text("ReportType")
    if report not in REPORTS:
        raise BadContractError("ReportType was not recognised")
    page = max(1, call.body.integer("Page", 1))
    size = min(PAGE_LIMIT, call.body.integer("RecordsPerPage", PAGE_LIMIT) or PAGE_LIMIT)
    if page > 1:
        insert_between_pages(call, message_id, REPORTS[report][0])
    condition, values = _condition(call, message_id, REPORTS[report])
    total = call.account.value(f"SELECT count(*) FROM event WHERE {condition}", *values)
    dropped = call.bad_days.take_page(page, report, message_id)
    rows = [] if dropped else call.account.all(_page_sql(condition), *values, size, (page - 1) * size)
    return {
        "Page": page,
        "RecipientDetails": [_detail(call, row) for row in rows],
        "RecordsPerPage": size,
        "TotalRecords": total,
    }


def _condition(call: Call, message_id: int, kinds: tuple[Kind, ...]) -> tuple[str, list[int]]:
    visible, instants = call.visible(*call.window("FromDate", "ToDate"))
    chosen = f"kind = {int(kinds[0])}" if len(kinds) == 1 else f"kind IN ({', '.join(str(int(k)) for k in kinds)})"
    return f"message_id = ? AND {chosen} AND {visible}", [message_id, *instants]


def _page_sql(condition: str) -> str:
    """The page is cut on the narrow table first, so that rows skipped by OFFSET never meet their recipients."""
    narrow = f"SELECT * FROM event WHERE {condition} ORDER BY at DESC, seq DESC LIMIT ? OFFSET ?"
    return (
        f"SELECT e.kind, e.at, e.seq, e.status, e.result_at, {documents.COLUMNS} FROM ({narrow}) e "
        "CROSS JOIN recipient r ON r.id = e.recipient_id ORDER BY e.at DESC, e.seq DESC"
    )


def _detail(call: Call, row: Any) -> dict[str, Any]:
    """Every member is assumed: MMId is the recipient's number, OpenDate the sentinel unless it is an open."""
    kind, status, result_at = row["kind"], row["status"], row["at"]
    if row["result_at"] is not None:
        settled = row["result_at"] <= call.now and not _held_back(call, row)
        status, result_at = (status, row["result_at"]) if settled else (0, row["at"])
    fax = kind in _FAX
    return {
        "FaxStatus": call.enum(_FAX_STATUSES[status if fax else 0]),
        "MMId": row["id"],
        "OpenDate": wire.instant(row["at"] if kind == Kind.EMAIL_OPENED else None),
        "Recipient": documents.show(row, call.now),
        "Remarks": "",
        "ResultDate": wire.instant(result_at),
        "Status": call.enum(_EMAIL_STATUSES[0 if fax else status]),
    }


def _held_back(call: Call, row: Any) -> bool:
    return (
        call.bad_days.settings["today_incomplete"] and row["result_at"] >= call.start_of_today() and row["seq"] % 3 != 0
    )


def get_message_link_tracking(call: Call) -> list[dict[str, Any]]:
    """A bare array without a total; the URL must match to the letter. A page above the limit is refused (assumed)."""
    message_id, url = call.body.integer("MessageID"), call.body.text("LinkURL")
    page, size = max(1, call.body.integer("PageNo")), call.body.integer("PageSize")
    if not 0 < size <= PAGE_LIMIT or not call.body.text("StartDate") or not call.body.text("EndDate"):
        raise BadContractError("PageSize must not exceed 2000, and both dates are needed")
    visible, instants = call.visible(*call.window("StartDate", "EndDate"))
    found: list[dict[str, Any]] = []
    links = call.account.all("SELECT * FROM link WHERE message_id = ? AND url = ?", message_id, url)
    for link in links[:1]:
        rows = call.account.all(
            f"SELECT at, recipient_id FROM event WHERE message_id = ? AND link_id = ? AND kind = 5 AND {visible} "
            "ORDER BY at DESC, seq DESC LIMIT ? OFFSET ?",
            *(message_id, link["id"], *instants, size, (page - 1) * size),
        )
        shown = {"LinkLabel": link["label"], "LinkText": link["text"], "LinkURL": url, "MessageID": message_id}
        found = [{"Date": wire.instant(at), "RecipientID": recipient_id, **shown} for at, recipient_id in rows]
    return found


def execute_report(call: Call) -> list[dict[str, Any]]:
    """Report 2, clicks per recipient and URL; any other report number has no rows (assumed)."""
    if call.body.integer("ReportId") != CLICK_REPORT:
        return []
    pairs = {str(item.get("Key", "")).lower(): item.get("Value") for item in call.body.items("Parameters")}
    try:
        message_id = int(str(pairs["@messageid"]))
    except (KeyError, ValueError) as error:
        raise BadContractError("@MessageId is missing") from error
    visible, instants = call.visible(-(1 << 62), 1 << 62)
    rows = call.account.all(
        "SELECT e.recipient_id, l.url, r.document, e.gross, e.last FROM (SELECT recipient_id, link_id, count(*) gross, "
        f"max(seq) last FROM event WHERE message_id = ? AND kind = 5 AND {visible} GROUP BY recipient_id, link_id) e "
        "JOIN link l ON l.id = e.link_id JOIN recipient r ON r.id = e.recipient_id ORDER BY l.id, e.recipient_id",
        *(message_id, *instants),
    )
    return [_clicks(row) for row in rows]


def _clicks(row: Any) -> dict[str, Any]:
    fields = documents.fields_of(row["document"])
    return {
        "RecipientId": row["recipient_id"],
        "Email": fields["Email"],
        "CustomId": fields["CustomID"],
        "URL": row["url"],
        "GrossClicks": row["gross"],
        "NetClicks": 1,
        "Browser": _BROWSERS[row["last"] % len(_BROWSERS)],
    }
