"""The recipient object every operation returns, kept rendered so that big pages are cheap; knows no HTTP."""

from collections.abc import Mapping
from typing import Any

import orjson

from sandbox.realmagnet import wire

CUSTOM_FIELDS = tuple(f"CustomField{number}" for number in range(1, 31))
TEXT_FIELDS = (
    *("Address", "Address2", "City", "Company", *CUSTOM_FIELDS, "CustomID", "Email", "Fax", "FirstName"),
    *("LastName", "Phone", "State", "Zip"),
)
_FLAGS = {
    "EmailConfirmed": True,
    "EmailSendSuppress": True,  # true on a recipient just created: so it was captured, whatever the article says
    "FaxSendSupress": True,
    "SuppressedDate": None,
    "TextOnlyRecipient": False,
    "Unsubscribed": False,
}
_LIVES, _LEFT = b'"Unsubscribed":false', b'"Unsubscribed":true'
_FREE = b'"SuppressedDate":null'
COLUMNS = "r.id, r.document, r.unsubscribed_at, r.suppressed_at"


def email_key(email: str) -> str:
    return email.strip().lower()


def custom_key(custom_id: str) -> str:
    """Custom Member IDs are compared letter case apart, as the vendor's kind of database does (assumed)."""
    return custom_id.strip().encode().lower().decode()  # ASCII letters only, as SQLite's lower


def key_by_email(fields: Mapping[str, str]) -> str:
    return email_key(fields.get("Email", ""))


def key_by_custom_id(fields: Mapping[str, str]) -> str:
    return custom_key(fields.get("CustomID", ""))


def render(recipient_id: int, fields: Mapping[str, str], *, text_only: bool = False) -> bytes:
    """Blank texts are empty, never null; the id is text here, a number elsewhere."""
    members: dict[str, Any] = {name: fields.get(name, "") for name in TEXT_FIELDS}
    members |= _FLAGS | {"ID": str(recipient_id), "TextOnlyRecipient": text_only}
    return orjson.dumps(members, option=orjson.OPT_SORT_KEYS)


def row_of(recipient_id: int, fields: Mapping[str, str], *, text_only: bool = False) -> dict[str, Any]:
    """The stored columns of a recipient with these fields."""
    return {
        "id": recipient_id,
        "email_key": email_key(fields.get("Email", "")),
        "custom_id": fields.get("CustomID", "").strip(),
        "document": render(recipient_id, fields, text_only=text_only),
        "has_fax": int(bool(fields.get("Fax"))),
    }


def show(row: Any, now: int) -> orjson.Fragment:
    """The object as it is at this instant: leaving and suppression are stored with theirs, future ones included."""
    document: bytes = row["document"]
    if row["unsubscribed_at"] is not None and row["unsubscribed_at"] <= now:
        document = document.replace(_LIVES, _LEFT, 1)
    if row["suppressed_at"] is not None and row["suppressed_at"] <= now:
        moment = orjson.dumps(wire.instant(row["suppressed_at"]))
        document = document.replace(_FREE, b'"SuppressedDate":' + moment, 1)
    return orjson.Fragment(document)


def fields_of(document: bytes) -> dict[str, str]:
    members = orjson.loads(document)
    return {name: members[name] for name in TEXT_FIELDS}
