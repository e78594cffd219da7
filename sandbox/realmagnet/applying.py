"""Applies the uploads whose time has come to recipients and groups, all of one at a time; knows no HTTP."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from sandbox.realmagnet import documents, identity, sheet
from sandbox.realmagnet.account import Account, wall_now
from sandbox.realmagnet.seed import store_recipients

_PENDING = "SELECT id, request FROM upload WHERE done_at IS NULL"
_DUE = _PENDING + " AND (due_wall <= ? OR due_at <= ?) ORDER BY due_wall"


@dataclass(frozen=True, slots=True)
class _Outcome:
    total: int = 0
    good: int = 0
    added: int = 0
    updated: int = 0
    error: str = ""


def settle_uploads(account: Account, now: int) -> None:
    """Apply every upload that is due by the wall or by the account's clock; called before each operation."""
    if account.one(_DUE, wall_now(), now) is None:
        return
    with account.transaction():
        for row in account.all(_DUE, wall_now(), now):
            _settle(account, row["id"], now)
        for row in account.all(_PENDING):
            if _overtaken(account, row):
                _settle(account, row["id"], now)


def _overtaken(account: Account, row: Any) -> bool:
    """An upload told to be overtaken is applied as soon as a later one was."""
    return orjson.loads(row["request"])["overtaken"] and (
        account.value("SELECT 1 FROM upload WHERE id > ? AND done_at IS NOT NULL LIMIT 1", row["id"]) is not None
    )


def _settle(account: Account, number: int, now: int) -> None:
    upload = account.one("SELECT * FROM upload WHERE id = ?", number)
    request = orjson.loads(upload["request"])
    try:
        outcome = _apply(account, upload, request, now)
    except sheet.BadSheetError as error:
        outcome = _Outcome(error=str(error))
    kept = {"replace": request["replace"], "update": request["update"], "error": outcome.error}
    with account.transaction() as connection:
        connection.execute(
            "UPDATE upload SET done_at = ?, total = ?, good = ?, added = ?, updated = ?, request = ? WHERE id = ?",
            (now, outcome.total, outcome.good, outcome.added, outcome.updated, orjson.dumps(kept), number),
        )


def _apply(account: Account, upload: Any, request: dict[str, Any], now: int) -> _Outcome:
    by_custom_id = account.by_custom_id
    key = documents.key_by_custom_id if by_custom_id else documents.key_by_email
    found = sheet.read(request, key, by_custom_id=by_custom_id)
    rows, existing = found.rows, identity.stored(account, list(found.rows))
    first = account.value("SELECT coalesce(max(id), 2778600000) + 1 FROM recipient")
    fresh = {name: first + place for place, name in enumerate(name for name in rows if name not in existing)}
    known = [name for name in rows if name in existing] if request["update"] else []
    store_recipients(account, (documents.row_of(number, rows[name]) for name, number in fresh.items()))
    _overwrite(account, ((*existing[name], rows[name]) for name in known))
    numbers = {name: fresh.get(name) or existing[name][0] for name in rows}
    _enhance(account, ((numbers[name], rows[name]) for name in (*fresh, *known)))
    _join(account, upload, (request["replace"], numbers.values()), now)
    return _Outcome(found.total, len(rows), len(fresh), len(known))


def _overwrite(account: Account, changes: Iterable[tuple[int, bytes, sheet.Fields]]) -> None:
    """A mapped column overwrites its field, with nothing too (assumed); the other fields stay."""
    with account.transaction() as connection:
        connection.executemany(
            "UPDATE recipient SET email_key = :email_key, custom_id = :custom_id, document = :document, "
            "has_fax = :has_fax WHERE id = :id",
            (documents.row_of(number, documents.fields_of(document) | row) for number, document, row in changes),
        )


def _enhance(account: Account, changes: Iterable[tuple[int, sheet.Fields]]) -> None:
    with account.transaction() as connection:
        connection.executemany(
            "INSERT OR REPLACE INTO enhanced_value VALUES (?, ?, ?)",
            ((number, name, row[name]) for number, row in changes for name in sheet.ENHANCED if name in row),
        )


def _join(account: Account, upload: Any, who: tuple[bool, Iterable[int]], now: int) -> None:
    """Replace empties the group first: it replaces who is in it, never the recipients themselves."""
    group_id, (replace, recipients) = upload["group_id"], who
    with account.transaction() as connection:
        if replace:
            connection.execute("DELETE FROM membership WHERE group_id = ?", (group_id,))
        connection.executemany(
            "INSERT OR IGNORE INTO membership VALUES (?, ?)", ((group_id, number) for number in recipients)
        )
        connection.execute(
            "UPDATE list_group SET updated = ?, updated_by = ? WHERE id = ?", (now, upload["login_id"], group_id)
        )
