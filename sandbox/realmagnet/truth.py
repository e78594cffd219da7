"""What really happened by now, counted straight from the tables; shares no code with the operations."""

from typing import Any

from sandbox.realmagnet.account import Account

_KINDS = {
    1: "email_sent",
    2: "email_delivered",
    3: "email_bounced",
    4: "email_opened",
    5: "links",
    6: "unsubscribed",
    7: "fax_sent",
    8: "fax_delivered",
    9: "fax_failed",
}
_STATUSES = ("Inprogress", "Delivered", "SB", "HB", "UNF", "TU", "MF", "BD", "Failed")
_ACTIVITIES = ("email_sent", "email_opened", "links", "unsubscribed", "fax_sent")


def tell(account: Account) -> dict[str, Any]:
    """Per message: rows of each kind, e-mail sends by current status; and the totals of it all."""
    now = account.now()
    names = dict(account.connection.execute("SELECT id, name FROM message").fetchall())
    found: dict[int, dict[str, Any]] = {}
    for message, kind, count in account.connection.execute(
        "SELECT message_id, kind, count(*) FROM event WHERE at <= ? GROUP BY message_id, kind", (now,)
    ):
        found.setdefault(message, {"counts": {}, "statuses": {}})["counts"][_KINDS[kind]] = count
    for message, status, count in account.connection.execute(
        "SELECT message_id, CASE WHEN result_at > ? THEN 0 ELSE status END s, count(*) FROM event "
        "WHERE kind = 1 AND at <= ? GROUP BY message_id, s",
        (now, now),
    ):
        found[message]["statuses"][_STATUSES[status]] = count
    messages: list[dict[str, Any]] = [
        {"MessageID": message, "MessageName": names.get(message, ""), **counted} for message, counted in found.items()
    ]
    totals = {name: sum(entry["counts"].get(name, 0) for entry in messages) for name in _KINDS.values()}
    return {
        "now_ms": now,
        "messages": messages,
        "totals": totals,
        "activities": sum(totals[name] for name in _ACTIVITIES),
        "subscribed": _happened(account, "subscription", now),
        "suppressed": _happened(account, "suppression", now),
    }


def _happened(account: Account, table: str, now: int) -> int:
    return account.connection.execute(f"SELECT count(*) FROM {table} WHERE at <= ?", (now,)).fetchone()[0]
