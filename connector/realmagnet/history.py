"""Who a recipient is and which messages went to it; it keeps nothing."""

from collections.abc import Mapping
from typing import Any

from connector.errors import UnexpectedAnswer
from connector.model.tracking import History, Recipient
from connector.realmagnet import translate, wire
from connector.realmagnet.session import Session

MOST_FOUND = 100
"""An address or an id that more recipients share belongs to nobody in particular."""


def recipients(session: Session, wanted: Mapping[str, str]) -> list[Recipient]:
    """Those that have these values; a filter that is empty is not sent."""
    asked = {name: value for name, value in wanted.items() if value}
    found = session.ask("SearchRecipient", {**asked, "PageNo": 1, "PageSize": MOST_FOUND}, wire.rows_of)
    return [translate.recipient(row) for row in found]


def named(session: Session, recipient_id: int) -> History:
    """The messages in one recipient's history. Faxes come without a message's number, and the rest is not believed:
    the vendor marks this operation's twin as not finished."""
    return session.ask("GetRecipientHistory", {"ID": recipient_id}, _named)


def _named(answer: Any) -> History:
    if not isinstance(answer, dict):
        raise UnexpectedAnswer("Real Magnet's history of a recipient has a shape that is not understood.")
    emails = answer.get(wire.key_of(answer, "Email", "Emails")) or []
    faxes = answer.get(wire.key_of(answer, "Fax", "Faxes")) or []
    try:
        return History(
            frozenset(int(row[wire.key_of(row, "MessageID")]) for row in emails),
            frozenset(str(row[wire.key_of(row, "MessageName")]) for row in faxes),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UnexpectedAnswer("Real Magnet's history of a recipient has a shape that is not understood.") from None
