"""What the product asks about single recipients and has changed in them; it keeps nothing.

A recipient has three vocabularies: AddRecipient's and SearchRecipient's (`CustomID`), UpsertRecipient's
(`CustomMemberID`), and an upload's. Here they are joined to the first.
"""

from collections.abc import Mapping
from typing import Any

from connector.errors import Refused, UnexpectedAnswer
from connector.model.single_sends import RecipientNow
from connector.realmagnet import refusals, wire
from connector.realmagnet.session import Session
from connector.realmagnet.translate_groups import object_of
from connector.realmagnet.wire import key_of

EXISTS = 1005
"""AddRecipient's code for an address or Custom Member ID that is there already (captured)."""
MOST = 100


def by_field(session: Session, field: str, value: str) -> list[RecipientNow]:
    """The recipients with this value in a field of SearchRecipient; nobody is believed only from a fresh session."""
    if not value:
        return []
    body = {field: value, "PageNo": 1, "PageSize": MOST}
    found = session.ask("SearchRecipient", body, _all)
    if not found:
        session.authenticate()
        found = session.ask("SearchRecipient", body, _all)
    return found


def add(session: Session, fields: Mapping[str, str]) -> int:
    """A new recipient's number, or that of the one who is there already. Raises `Refused` and `Unsure`."""
    return session.change("AddRecipient", {**fields}, _added)


def update(session: Session, recipient: RecipientNow, fields: Mapping[str, str]) -> int:
    """Change these fields and leave the others alone. Raises `Refused` and `Unsure`."""
    whole = {"Email": recipient.email, "CustomID": recipient.custom_id, **fields}
    details = {"CustomMemberID" if name == "CustomID" else name: value for name, value in whole.items()}
    body = {
        "RecipientDetails": {"ID": recipient.id, **details},
        "UpdateWithNullifNotPassed": False,
        "UpsertType": "update",
        "ValidateEmail": True,
    }
    return session.change("UpsertRecipient", body, _updated)


def _all(answer: Any) -> list[RecipientNow]:
    return [_recipient(row) for row in wire.rows_of(answer)]


def _recipient(row: Mapping[str, Any]) -> RecipientNow:
    """`EmailSendSuppress` was captured true on somebody just created: only the date of suppression is believed."""
    try:
        return RecipientNow(
            id=int(row[key_of(row, "ID", "RecipientId")]),
            email=str(row.get(key_of(row, "Email", "EmailId")) or ""),
            custom_id=str(row.get(key_of(row, "CustomID", "CustomMemberId")) or ""),
            fields={name: value for name, value in row.items() if isinstance(value, str) and name != "SuppressedDate"},
            unsubscribed=bool(row.get(key_of(row, "Unsubscribed")) or _dated(row, "UnsubscribedDate")),
            suppressed=wire.moment(row.get(key_of(row, "SuppressedDate"))),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UnexpectedAnswer("A Real Magnet recipient has a shape that is not understood.") from None


def _dated(row: Mapping[str, Any], name: str) -> bool:
    return wire.moment(row.get(key_of(row, name))) is not None


def _added(answer: Any) -> int | None:
    if not answer:
        return None
    row = object_of(answer, "AddRecipient")
    number = str(row.get(key_of(row, "AdditionalParams")) or "")
    error = refusals.error_number(row)
    if error not in {0, EXISTS}:
        raise Refused(f"Real Magnet did not add this person: {refusals.error_text(row)}", code=refusals.error_code(row))
    if not number.isdigit() or not int(number):
        raise UnexpectedAnswer("Real Magnet's answer to AddRecipient names no recipient.")
    return int(number)


def _updated(answer: Any) -> int | None:
    """UpsertRecipient answers the number, or 0 with why not in `Details` (assumed)."""
    if not answer:
        return None
    row = object_of(answer, "UpsertRecipient")
    try:
        number = int(row.get(key_of(row, "ID")) or 0)
    except (TypeError, ValueError):
        raise UnexpectedAnswer("Real Magnet's answer to UpsertRecipient could not be read.") from None
    if not number:
        why = refusals.words(row.get(key_of(row, "Details", "Message"))) or "it did not say why"
        raise Refused(f"Real Magnet did not change this recipient: {why}.")
    return number
