"""One recipient's history across all messages; knows no paging, as the vendor has none here."""

from typing import Any

from sandbox.realmagnet import wire
from sandbox.realmagnet.call import Call
from sandbox.realmagnet.kinds import EmailStatus, FaxStatus, Kind

_LONG_NAMES = {
    EmailStatus.Inprogress: "InProgress",
    EmailStatus.SB: "SoftBounce",
    EmailStatus.HB: "HardBounce",
    EmailStatus.UNF: "UserNotFound",
    EmailStatus.TU: "TemporarilyUnavailable",
    EmailStatus.MF: "MailboxFull",
    EmailStatus.BD: "BadDomain",
}


def get_recipient_history(call: Call) -> dict[str, Any]:
    """SendResult's long names and the third list's key are assumed."""
    rows = call.account.all(
        "SELECT e.*, m.name, l.url, l.text FROM event e LEFT JOIN message m ON m.id = e.message_id "
        "LEFT JOIN link l ON l.id = e.link_id WHERE e.recipient_id = ? AND e.kind IN (1, 4, 5, 7) AND e.at <= ? "
        "ORDER BY e.at, e.seq",
        *(call.body.integer("ID"), call.now),
    )
    opened: dict[int, int] = {}
    links: dict[int, dict[int, dict[str, Any]]] = {}
    for row in rows:
        if row["kind"] == Kind.EMAIL_OPENED:
            opened.setdefault(row["message_id"], row["at"])
        elif row["kind"] == Kind.LINK_CLICKED:
            link = {"ID": row["link_id"], "LinkText": row["text"], "URL": row["url"]}
            links.setdefault(row["message_id"], {})[row["link_id"]] = link
    emails = [_email(call, row, opened, links) for row in rows if row["kind"] == Kind.EMAIL_SENT]
    return {"Email": emails, "Fax": [_fax(call, row) for row in rows if row["kind"] == Kind.FAX_SENT], "Forms": []}


def _ended(call: Call, row: Any) -> int:
    return row["status"] if row["result_at"] is None or row["result_at"] <= call.now else 0


def _email(call: Call, row: Any, opened: dict[int, int], links: dict[int, dict[int, dict[str, Any]]]) -> dict[str, Any]:
    status = EmailStatus(_ended(call, row))
    return {
        "LinkResults": list(links.get(row["message_id"], {}).values()),
        "MessageID": row["message_id"],
        "MessageName": row["name"],
        "OpenDate": wire.instant(opened.get(row["message_id"])),
        "SendResult": _LONG_NAMES.get(status, status.name),
        "SentDate": wire.instant(row["at"]),
    }


def _fax(call: Call, row: Any) -> dict[str, Any]:
    return {
        "ConnectTime": 30 + row["seq"] % 90,
        "FaxStatus": FaxStatus(_ended(call, row)).name,
        "MessageName": row["name"],
        "SentDate": wire.instant(row["at"]),
    }
