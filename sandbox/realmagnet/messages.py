"""Messages: made, edited, listed, shown; their sendings are another module's business."""

import re
from html import unescape
from typing import Any

import orjson

from sandbox.realmagnet import answers, wire
from sandbox.realmagnet.call import Call
from sandbox.realmagnet.contract import BadContractError

_ANCHOR = re.compile(r'<a\b[^>]*\bhref="(https?://[^"]+)"[^>]*>([^<]*)', re.IGNORECASE)


def get_message_list(call: Call) -> list[dict[str, Any]]:
    """Two independent ranges, no channel, no counts, no paging; a message not yet sent has the sentinel (assumed)."""
    created, sent = call.window("CreateStartDate", "CreateEndDate"), call.window("SendStartDate", "SendEndDate")
    asks_sent = bool(call.body.text("SendStartDate", "") or call.body.text("SendEndDate", ""))
    rows = call.account.all(
        "SELECT m.id, m.name, m.login_id, m.created, max(d.at) AS last_sent, json_group_array(d.group_ids) AS groups "
        "FROM message m LEFT JOIN dispatch d ON d.message_id = m.id AND d.at <= ? "
        "WHERE m.created >= ? AND m.created < ? GROUP BY m.id ORDER BY m.id",
        *(call.now, *created),
    )
    return [
        {
            "DateCreated": wire.instant(row["created"]),
            "GroupsMessageIsSentTo": _groups(row["groups"]),
            "LastSent": wire.instant(row["last_sent"]),
            "LoginID": row["login_id"],
            "MessageID": row["id"],
            "MessageName": row["name"],
        }
        for row in rows
        if not asks_sent or (row["last_sent"] is not None and sent[0] <= row["last_sent"] < sent[1])
    ]


def _groups(texts: str) -> list[int]:
    return sorted({group for text in orjson.loads(texts) if text for group in orjson.loads(text)})


def get_message_details(call: Call) -> dict[str, Any]:
    """An unknown number gets an empty object with zeros (assumed); TexVersion is the vendor's own spelling."""
    message_id = call.body.integer("MessageID")
    row = call.account.one("SELECT * FROM message WHERE id = ?", message_id)
    last = call.account.value("SELECT max(at) FROM dispatch WHERE message_id = ? AND at <= ?", message_id, call.now)
    found: dict[str, Any] = dict(row) if row is not None else {}
    return {
        "CharacterSet": "International" if found else "",
        "DateCreated": wire.instant(found.get("created")),
        "FromAddress": found.get("sender", ""),
        "HTMLVersion": found.get("html", ""),
        "ID": found.get("id", 0),
        "LastSent": wire.instant(last),
        "LoginID": found.get("login_id", 0),
        "MessageCategoryID": found.get("category_id", 0),
        "MessageName": found.get("name", ""),
        "SubjectLine": found.get("subject", ""),
        "TemplateID": found.get("template_id", 0),
        "TexVersion": found.get("text", ""),
    }


def _content(call: Call) -> dict[str, Any]:
    body = call.body
    return {
        "name": body.text("MessageName", ""),
        "subject": body.text("SubjectLine", ""),
        "html": body.text("HTMLVersion", ""),
        "text": body.text("TextVersion", ""),
        "category_id": body.integer("MessageCategoryID", 0),
        "template_id": body.integer("TemplateID", 0),
        "login_id": body.integer("LoginID", call.login_id),
    }


def create_message(call: Call) -> dict[str, Any]:
    content = _content(call)
    if not content["name"]:
        return answers.message_result(0, error=2, code="NO_MESSAGE_NAME")
    with call.account.transaction() as connection:
        message_id: int = connection.execute(
            "INSERT INTO message (name, subject, html, text, category_id, template_id, login_id, sender, created) "
            "VALUES (:name, :subject, :html, :text, :category_id, :template_id, :login_id, '', :created) RETURNING id",
            {**content, "created": call.now},
        ).fetchone()[0]
        _note_links(call, message_id, content["html"])
    return answers.message_result(message_id)


def edit_message(call: Call) -> dict[str, Any]:
    """CreateMessage with a MessageID, overwriting everything (assumed)."""
    message_id, content = call.body.integer("MessageID"), _content(call)
    with call.account.transaction() as connection:
        changed = connection.execute(
            "UPDATE message SET name = :name, subject = :subject, html = :html, text = :text, "
            "template_id = :template_id, category_id = :category_id, login_id = :login_id WHERE id = :id",
            {**content, "id": message_id},
        ).rowcount
        _note_links(call, message_id, content["html"])
    return answers.message_result(message_id) if changed else answers.message_result(0, error=2, code="NO_SUCH_MESSAGE")


def _note_links(call: Call, message_id: int, html: str) -> None:
    """Links that were there stay, clicks may hang on them; new ones are added."""
    known = {row["url"] for row in call.account.all("SELECT url FROM link WHERE message_id = ?", message_id)}
    found = {unescape(url): text for url, text in _ANCHOR.findall(html)}
    with call.account.transaction() as connection:
        connection.executemany(
            "INSERT INTO link (message_id, url, label, text) VALUES (?, ?, ?, ?)",
            [(message_id, url, text, text) for url, text in found.items() if url not in known],
        )


def get_categories(call: Call, *, of_messages: bool) -> list[dict[str, Any]]:
    """Both category lists are assumed: the SOAP twins' members in REST casing."""
    rows = call.account.all("SELECT * FROM category WHERE of_messages = ? ORDER BY id", int(of_messages))
    name = "Name" if of_messages else "CategoryName"
    user = call.account.value("SELECT user_id FROM login WHERE id = ?", call.login_id)
    shared = {"LoginId": call.login_id, "MailUserId": user} | ({} if of_messages else {"Status": 1})
    return [{"DateCreated": wire.instant(row["created"]), "ID": row["id"], name: row["name"], **shared} for row in rows]


def require_message(call: Call) -> int:
    message_id = call.body.integer("MessageID")
    if call.account.value("SELECT 1 FROM message WHERE id = ?", message_id) is None:
        raise BadContractError("MessageID does not exist")
    return message_id
