"""Uploads: a CSV taken at once and applied a little later, in no promised order; knows no HTTP."""

import csv
import io
from collections.abc import Iterable
from random import Random
from typing import Any

import orjson

from sandbox.realmagnet import answers, documents, wire
from sandbox.realmagnet.account import Account, wall_now
from sandbox.realmagnet.call import Call
from sandbox.realmagnet.contract import BadContractError, Body
from sandbox.realmagnet.seed import store_recipients

QUEUED, DONE = 1, 3  # the vendor's numbers are not public: assumed
_CLOCK_WAIT = 60_000
_NAMES = {
    "custom_member_id": "CustomID",
    "first_name": "FirstName",
    "last_name": "LastName",
    **{name.lower(): name for name in documents.TEXT_FIELDS if not name.startswith("Custom")},
    **{f"custom{number}": f"CustomField{number}" for number in range(1, 31)},
}
_CHUNK = 500


def upload_recipients(call: Call) -> dict[str, Any]:
    """Answers with the job's number before any row is read; a group that does not exist is told at once (assumed)."""
    body = call.body
    group_id, data, how = body.integer("GroupId"), body.text("Data"), body.text("AddOrReplace").lower()
    if how not in {"add", "replace"}:
        raise BadContractError("AddOrReplace was not recognised")
    if call.account.value("SELECT 1 FROM list_group WHERE id = ?", group_id) is None:
        return answers.api_response(0, "INVALID_GROUP")
    if not body.flag("ContainsUnicode", False):
        data = data.encode("ascii", "replace").decode()  # assumed: what the flag is for
    columns = {entry.integer("Key"): entry.text("Value") for entry in map(Body.of, body.items("Mapping"))}
    request = {
        "columns": [[key, name] for key, name in columns.items()],
        "data": data,
        "header": body.flag("HasHeaderRow", False),
        "replace": how == "replace",
        "update": body.flag("UpdateExistingRecipients", False),
    }
    job = call.account.numbers("upload")[0]
    delay = Random(job * 31_337).randrange(100, 1_200)
    with call.account.transaction() as connection:
        connection.execute(
            "INSERT INTO upload (id, group_id, login_id, at, due_at, due_wall, request) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                *(job, group_id, body.integer("LoginId", call.login_id), call.now, call.now + _CLOCK_WAIT),
                *(wall_now() + delay, orjson.dumps(request)),
            ),
        )
    return answers.api_response(job, "")


def get_upload_status(call: Call) -> dict[str, Any]:
    """Everything is assumed: the SOAP twin's members in REST casing. CompleteDate is null until it is done."""
    row = call.account.one("SELECT * FROM upload WHERE id = ?", call.body.integer("JobID"))
    if row is None:
        return {"Error": answers.VALIDATION, "JobID": 0, "Message": "JOB_NOT_FOUND", "Status": 0}
    members = call.account.value("SELECT count(*) FROM membership WHERE group_id = ?", row["group_id"])
    request = orjson.loads(row["request"])
    done = row["done_at"] is not None
    return {
        "CompleteDate": wire.instant(row["done_at"]) if done else None,
        "Error": 0,
        "ErrorObject": answers.save_result("", 0)["ErrorObject"],
        "GoodRecords": row["good"] or 0,
        "GroupCount": members,
        "GroupID": row["group_id"],
        "JobID": row["id"],
        "LoginID": row["login_id"],
        "Message": "",
        "NewAdded": row["added"] or 0,
        "OldUpdated": row["updated"] or 0,
        "ReplaceGroup": request["replace"],
        "Status": DONE if done else QUEUED,
        "TotalRecords": row["total"] or 0,
        "UpdateDups": request["update"],
        "UploadDate": wire.instant(row["at"]),
    }


def settle_uploads(account: Account, now: int) -> None:
    """Apply every upload whose time has come, by the wall or by the account's clock; called before each operation."""
    sql = "SELECT id FROM upload WHERE done_at IS NULL AND (due_wall <= ? OR due_at <= ?) ORDER BY due_wall"
    if account.one(sql, wall_now(), now) is None:
        return
    with account.transaction():
        for row in account.all(sql, wall_now(), now):
            _apply(account, account.one("SELECT * FROM upload WHERE id = ?", row["id"]), now)


def _apply(account: Account, upload: Any, now: int) -> None:
    request = orjson.loads(upload["request"])
    rows, total = _read(request)
    existing = _existing(account, list(rows))
    first = account.value("SELECT coalesce(max(id), 2778600000) + 1 FROM recipient")
    fresh = {key: first + place for place, key in enumerate(key for key in rows if key not in existing)}
    known = [key for key in rows if key in existing] if request["update"] else []
    store_recipients(account, (documents.row_of(number, rows[key]) for key, number in fresh.items()))
    with account.transaction() as connection:
        connection.executemany(
            "UPDATE recipient SET custom_id = :custom_id, document = :document, has_fax = :has_fax WHERE id = :id",
            (documents.row_of(existing[key][0], documents.fields_of(existing[key][1]) | rows[key]) for key in known),
        )
        connection.execute(
            "UPDATE upload SET done_at = ?, total = ?, good = ?, added = ?, updated = ? WHERE id = ?",
            (now, total, len(rows), len(fresh), len(known), upload["id"]),
        )
    _join(account, upload, (fresh.get(key) or existing[key][0] for key in rows), now)


def _existing(account: Account, keys: list[str]) -> dict[str, tuple[int, bytes]]:
    found: dict[str, tuple[int, bytes]] = {}
    for start in range(0, len(keys), _CHUNK):
        chunk = keys[start : start + _CHUNK]
        sql = f"SELECT email_key, id, document FROM recipient WHERE email_key IN ({', '.join('?' * len(chunk))})"
        found |= {key: (number, document) for key, number, document in account.all(sql, *chunk)}
    return found


def _join(account: Account, upload: Any, recipients: Iterable[int], now: int) -> None:
    """Replace empties the group first: it replaces who is in it, never the recipients themselves."""
    group_id = upload["group_id"]
    with account.transaction() as connection:
        if orjson.loads(upload["request"])["replace"]:
            connection.execute("DELETE FROM membership WHERE group_id = ?", (group_id,))
        connection.executemany(
            "INSERT OR IGNORE INTO membership VALUES (?, ?)", ((group_id, number) for number in recipients)
        )
        connection.execute(
            "UPDATE list_group SET updated = ?, updated_by = ? WHERE id = ?", (now, upload["login_id"], group_id)
        )


def _read(request: dict[str, Any]) -> tuple[dict[str, dict[str, str]], int]:
    """Rows by address: the same address twice is one row (the last, assumed), a row without one is dropped."""
    reader = csv.reader(io.StringIO(request["data"]))
    if request["header"]:
        next(reader, None)
    columns = [(place - 1, _NAMES[name.lower()]) for place, name in request["columns"] if name.lower() in _NAMES]
    found: dict[str, dict[str, str]] = {}
    total = 0
    for cells in reader:
        total += 1
        fields = {name: cells[place] for place, name in columns if 0 <= place < len(cells)}
        if "@" in fields.get("Email", ""):
            found[documents.email_key(fields["Email"])] = fields
    return found, total
