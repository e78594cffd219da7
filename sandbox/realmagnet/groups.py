"""Groups and who is in them; knows nothing of messages."""

from typing import Any

import orjson

from sandbox.realmagnet import answers, wire
from sandbox.realmagnet.account import DAY
from sandbox.realmagnet.call import Call

NAME_LIMIT, ANY = 50, 2


def get_groups(call: Call) -> list[dict[str, Any]]:
    """0 hidden (or off the page), 1 shown (or on it), 2 all; a member left out is read as 0, as WCF does."""
    shown, listed = call.body.integer("DisplayStatus", 0), call.body.integer("SubscriptionGroup", 0)
    return _groups(call, "(? = 2 OR shown = ?) AND (? = 2 OR on_subscription_page = ?)", shown, shown, listed, listed)


def get_groups_ex(call: Call) -> list[dict[str, Any]]:
    """Every filter may be left out; names are compared whole, letter case apart (assumed)."""
    body, conditions, values = call.body, ["1"], list[Any]()
    for member, column in (("DisplayStatus", "shown"), ("SubscriptionGroup", "on_subscription_page")):
        wanted = body.integer(member, ANY)
        conditions.append(f"(? = 2 OR {column} = ?)")
        values += [wanted, wanted]
    if body.members.get("GroupID") is not None:
        conditions.append("id = ?")
        values.append(body.integer("GroupID"))
    if name := body.text("GroupName", ""):
        conditions.append("casefold(name) = casefold(?)")
        values.append(name)
    if days := body.integer("DaysRecent", 0):
        conditions.append("created >= ?")
        values.append(call.now - days * DAY)
    return _groups(call, " AND ".join(conditions), *values)


def _groups(call: Call, condition: str, *values: Any) -> list[dict[str, Any]]:
    rows = call.account.all(f"SELECT * FROM list_group WHERE {condition} ORDER BY id", *values)
    return [
        {
            "DateCreated": wire.instant(row["created"]),
            "DisplayStatus": bool(row["shown"]),
            "GroupID": row["id"],
            "GroupName": row["name"],
            "LastUpdated": wire.instant(row["updated"]),
            "LastUpdatedLoginID": row["updated_by"],
            "SubscriptionGroup": bool(row["on_subscription_page"]),
        }
        for row in rows
    ]


def get_group_details(call: Call) -> dict[str, Any]:
    """GroupCreated here, DateCreated elsewhere. An unknown number gets zeros and sentinels (assumed)."""
    group_id, now = call.body.integer("GroupID"), call.now
    row = call.account.one("SELECT * FROM list_group WHERE id = ?", group_id)
    found: dict[str, Any] = dict(row) if row is not None else {}
    total = call.account.value("SELECT count(*) FROM membership WHERE group_id = ?", group_id)
    member = "EXISTS (SELECT 1 FROM membership m WHERE m.group_id = ? AND m.recipient_id = gone.id)"
    suppressed = call.account.value(
        f"SELECT count(*) FROM recipient gone WHERE suppressed_at <= ? AND {member}", now, group_id
    )
    left = call.account.value(
        "SELECT count(*) FROM (SELECT id FROM recipient WHERE unsubscribed_at <= ? "
        f"UNION SELECT recipient_id FROM group_unsubscribe WHERE group_id = ?) gone WHERE {member}",
        *(now, group_id, group_id),
    )
    return {
        "DisplayStatus": bool(found.get("shown")),
        "GroupCreated": wire.instant(found.get("created")),
        "GroupID": found.get("id", 0),
        "GroupName": found.get("name"),
        "LastUpdated": wire.instant(found.get("updated")),
        "SubscriptionGroup": bool(found.get("on_subscription_page")),
        "TotalEmailSuppressed": suppressed,
        "TotalInGroup": total,
        "TotalUnsubscribed": left,
    }


def add_group(call: Call) -> dict[str, Any]:
    """A name that exists makes a second group of that name (assumed: look it up before)."""
    name, category = call.body.text("GroupName"), call.body.integer("GroupCategoryID", 0)
    if not name.strip() or len(name) > NAME_LIMIT:
        return answers.save_result("", 0, error=answers.VALIDATION, code="INVALID_GROUP_NAME")
    with call.account.transaction() as connection:
        group_id = connection.execute(
            "INSERT INTO list_group (name, shown, on_subscription_page, category_id, created, updated_by) "
            "VALUES (?, 1, 0, ?, ?, ?) RETURNING id",
            (name, category, call.now, call.login_id),
        ).fetchone()[0]
    return answers.save_result("The group has successfully been added!", group_id)


def get_group_recipients(call: Call) -> dict[str, Any]:
    """Members and page numbers are assumed: the SOAP twin's in REST casing, PageCount read as rows a page."""
    size, page = call.body.integer("PageCount", 2000) or 2000, max(1, call.body.integer("PageNumber", 1))
    rows = call.account.all(
        "SELECT r.id, r.document, r.custom_id FROM (SELECT recipient_id FROM membership WHERE group_id = ? "
        "ORDER BY recipient_id LIMIT ? OFFSET ?) m CROSS JOIN recipient r ON r.id = m.recipient_id ORDER BY r.id",
        *(call.body.integer("GroupID"), size, (page - 1) * size),
    )
    shown = [
        {
            "CustomMemberId": row["custom_id"],
            "EmailId": orjson.loads(row["document"])["Email"],
            "RecipientId": str(row["id"]),
        }
        for row in rows
    ]
    return {"Recipients": shown}


def get_recipient_groups(call: Call) -> list[dict[str, Any]]:
    return [
        {
            "GroupIDs": [
                row["group_id"]
                for row in call.account.all(
                    "SELECT group_id FROM membership WHERE recipient_id = ? ORDER BY group_id", recipient_id
                )
            ],
            "RecipientId": recipient_id,
        }
        for recipient_id in call.body.integers("RecipientIDs")
    ]


def edit_recipient_groups(call: Call) -> dict[str, Any]:
    """Joins the new groups and leaves the others; any unknown number fails the whole request."""
    recipient_id = call.body.integer("ID")
    joins, leaves = call.body.integers("NewGroups", []), call.body.integers("UnsubscribeGroups", [])
    known = {row["id"] for row in call.account.all("SELECT id FROM list_group")}
    person = call.account.value("SELECT 1 FROM recipient WHERE id = ?", recipient_id)
    if person is None or not known.issuperset((*joins, *leaves)):
        return answers.failed()
    with call.account.transaction() as connection:
        join_groups(call, recipient_id, joins)
        connection.executemany(
            "INSERT OR REPLACE INTO group_unsubscribe VALUES (?, ?, ?)",
            [(group, recipient_id, call.now) for group in leaves],
        )
    return answers.done()


def join_groups(call: Call, recipient_id: int, group_ids: list[int]) -> None:
    with call.account.transaction() as connection:
        pairs = [(group, recipient_id) for group in group_ids]
        connection.executemany("INSERT OR IGNORE INTO membership VALUES (?, ?)", pairs)
        connection.executemany("DELETE FROM group_unsubscribe WHERE group_id = ? AND recipient_id = ?", pairs)
        connection.executemany(
            "UPDATE list_group SET updated = ?, updated_by = ? WHERE id = ?",
            [(call.now, call.login_id, group) for group in group_ids],
        )
