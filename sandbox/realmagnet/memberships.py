"""Who is in which group and what was uploaded, read straight from the tables; shares no code with the operations."""

from collections.abc import Iterator
from typing import Any

import orjson

from sandbox.realmagnet.account import Account


def groups(account: Account) -> list[dict[str, Any]]:
    """Every group with how many are in it."""
    sql = (
        "SELECT g.id, g.name, (SELECT count(*) FROM membership m WHERE m.group_id = g.id) AS members FROM list_group g"
    )
    return [dict(row) for row in account.all(f"{sql} ORDER BY g.id")]


def uploads(account: Account) -> list[dict[str, Any]]:
    """Every upload that was ever taken, with its counts and its error once it is done."""
    sql = "SELECT id, group_id, done_at, total, good, added, updated, request FROM upload ORDER BY id"
    return [_upload(dict(row)) for row in account.all(sql)]


def _upload(row: dict[str, Any]) -> dict[str, Any]:
    request = orjson.loads(row.pop("request"))
    return {**row, "replace": request["replace"], "error": request.get("error", "")}


def members(account: Account, group_id: int) -> Iterator[bytes]:
    """A JSON array, a thousand rows at a time: number, Custom Member ID, address, and the fields that are not blank."""
    enhanced: dict[int, dict[str, str]] = {}
    for number, name, value in account.all(
        "SELECT e.* FROM enhanced_value e JOIN membership m ON m.recipient_id = e.recipient_id WHERE m.group_id = ?",
        group_id,
    ):
        enhanced.setdefault(number, {})[name] = value
    cursor = account.connection.execute(
        "SELECT r.id, r.document FROM membership m JOIN recipient r ON r.id = m.recipient_id WHERE m.group_id = ?",
        (group_id,),
    )
    between = b"["
    while rows := cursor.fetchmany(1_000):
        yield between + b",".join(_member(number, document, enhanced) for number, document in rows)
        between = b","
    yield b"]" if between == b"," else b"[]"


def _member(number: int, document: bytes, enhanced: dict[int, dict[str, str]]) -> bytes:
    fields: dict[str, Any] = orjson.loads(document) | enhanced.get(number, {})
    shown = {name: value for name, value in fields.items() if value and isinstance(value, str) and name != "ID"}
    about = {"id": number, "custom_id": shown.pop("CustomID", ""), "email": shown.pop("Email", "")}
    return orjson.dumps({**about, "fields": shown})
