"""Subscribing, leaving and suppression, and the lists of each over a period; knows nothing of sending."""

from typing import Any

import orjson

from sandbox.realmagnet import answers, documents, wire
from sandbox.realmagnet.call import Call
from sandbox.realmagnet.groups import join_groups
from sandbox.realmagnet.kinds import Kind, SuppressionType


def _knows(call: Call, recipient_id: int, group_id: int) -> bool:
    group = group_id == 0 or call.account.value("SELECT 1 FROM list_group WHERE id = ?", group_id) is not None
    return group and call.account.value("SELECT 1 FROM recipient WHERE id = ?", recipient_id) is not None


def subscribe_recipient(call: Call) -> dict[str, Any]:
    """Only RemoveAllUnsubscribes lifts a leaving for good; the category's member is Category here."""
    recipient_id, lift = call.body.integer("ID"), call.body.flag("RemoveAllUnsubscribes")
    group_id, category = call.body.integer("Group", 0), call.body.integer("Category", 0)
    if not (group_id or category) or not _knows(call, recipient_id, group_id):
        return answers.failed()
    with call.account.transaction() as connection:
        groups = [group_id] if group_id else []
        join_groups(call, recipient_id, groups)
        connection.execute(
            "INSERT INTO subscription (at, recipient_id, group_ids) VALUES (?, ?, ?)",
            (call.now, recipient_id, orjson.dumps(groups).decode()),
        )
        if lift:
            connection.execute("UPDATE recipient SET unsubscribed_at = NULL WHERE id = ?", (recipient_id,))
            connection.execute("DELETE FROM group_unsubscribe WHERE recipient_id = ?", (recipient_id,))
    return answers.done()


def unsubscribe_recipient(call: Call) -> dict[str, Any]:
    """CategoryID here, Category in its opposite; the optional MessageID is assumed."""
    recipient_id, for_good = call.body.integer("ID"), call.body.flag("IsAll")
    group_id, category = call.body.integer("Group", 0), call.body.integer("CategoryID", 0)
    if not (for_good or group_id or category) or not _knows(call, recipient_id, group_id):
        return answers.failed()
    with call.account.transaction() as connection:
        if for_good:
            connection.execute("UPDATE recipient SET unsubscribed_at = ? WHERE id = ?", (call.now, recipient_id))
            seq, message_id = call.account.numbers("event")[0], call.body.integer("MessageID", 0)
            call.account.insert_events([(message_id, Kind.UNSUBSCRIBED, call.now, seq, recipient_id, 1, None, None)])
        elif group_id:
            connection.execute(
                "INSERT OR REPLACE INTO group_unsubscribe VALUES (?, ?, ?)", (group_id, recipient_id, call.now)
            )
    return answers.done()


def get_subscribers(call: Call) -> list[dict[str, Any]]:
    """ReportType's values are not public: any is taken, and all say the same (assumed). No groups means every group."""
    wanted, (low, high) = set(call.body.integers("Groups", [])), call.window("StartDate", "EndDate")
    rows = call.account.all(
        f"SELECT s.at, s.group_ids, {documents.COLUMNS} FROM subscription s JOIN recipient r ON r.id = s.recipient_id "
        "WHERE s.at >= ? AND s.at < ? ORDER BY s.at DESC, s.id DESC",
        *(low, min(high, call.now + 1)),
    )
    found = [(row, orjson.loads(row["group_ids"])) for row in rows]
    return [
        {"DateAdded": wire.instant(row["at"]), "Groups": groups, "Recipient": documents.show(row, call.now)}
        for row, groups in found
        if not wanted or wanted.intersection(groups)
    ]


def get_unsubscribes(call: Call) -> list[dict[str, Any]]:
    """Request and rows are assumed: the SOAP twin's members in REST casing, so a message's name but not its number."""
    visible, values = call.visible(*call.window("FromDate", "ToDate"), table="e")
    rows = call.account.all(
        f"SELECT e.at, m.name AS message, '' AS list, m.category_id AS category, {documents.COLUMNS} FROM event e "
        "JOIN recipient r ON r.id = e.recipient_id LEFT JOIN message m ON m.id = e.message_id "
        f"WHERE e.kind = 6 AND {visible} UNION ALL "
        f"SELECT u.at, NULL, g.name, NULL, {documents.COLUMNS} FROM group_unsubscribe u "
        "JOIN recipient r ON r.id = u.recipient_id JOIN list_group g ON g.id = u.group_id "
        "WHERE u.at >= ? AND u.at < ? ORDER BY 1 DESC, 5 DESC",
        *(*values, *values[:2]),
    )
    return [
        {
            "GroupName": row["list"],
            "MessageCategoryId": row["category"] or 0,
            "MessageName": row["message"] or "",
            "Recipient": documents.show(row, call.now),
            "ResultDate": wire.instant(row["at"]),
        }
        for row in rows
    ]


def get_suppressed_recipients(call: Call) -> list[dict[str, Any]]:
    """Everything is assumed: the SOAP twin's members in REST casing, and a type, which the product itself shows."""
    group_id, (low, high) = call.body.integer("GroupID", 0), call.window("StartDate", "EndDate")
    rows = call.account.all(
        f"SELECT s.at, s.type, {documents.COLUMNS} FROM suppression s JOIN recipient r ON r.id = s.recipient_id "
        "WHERE s.at >= ? AND s.at < ? AND (? = 0 OR EXISTS (SELECT 1 FROM membership m "
        "WHERE m.group_id = ? AND m.recipient_id = r.id)) ORDER BY s.at DESC, s.id DESC",
        *(low, min(high, call.now + 1), group_id, group_id),
    )
    return [
        {
            "ExtendedFields": [],
            "Recipient": documents.show(row, call.now),
            "SuppressedDate": wire.instant(row["at"]),
            "SuppressionType": call.enum(SuppressionType(row["type"])),
        }
        for row in rows
    ]
