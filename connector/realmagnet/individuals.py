"""What the product sends to one recipient by e-mail; it keeps nothing.

The vendor's own single send leaves out who is suppressed, and still writes to who unsubscribed: whoever calls this has
to have looked at consent. What it answers is not documented: the SOAP twin's members are assumed, in any spelling.
"""

from collections.abc import Mapping
from typing import Any

from connector.errors import Refused, UnexpectedAnswer
from connector.model.single_sends import IndividualSend
from connector.realmagnet import refusals
from connector.realmagnet.session import Session
from connector.realmagnet.translate_groups import object_of
from connector.realmagnet.wire import key_of

OPERATION = "SendEmailToIndividual"


def to_individual(session: Session, send: IndividualSend) -> None:
    """Send it once. Raises `Refused`, plain `Temporary` when surely nothing was sent, and `Unsure`: it may have been.

    Read something before: that proves the session, so that nothing but a refusal needs asking again.
    """
    body = {
        "MessageID": send.message_id,
        "HTMLWVLink": True,
        "TXTWVLink": True,
        "Subject": send.subject,
        "From": send.sender,
        "BillingCode": "",
        "BillingInitial": "",
        "Recipients": [send.recipient],
        "Identifier": "customID" if send.by_custom_id else "email",
        "SendProfileName": None,
        "ReplyToAddress": None,
    }
    session.change(OPERATION, body, _taken)


def _taken(answer: Any) -> bool:
    row = object_of(answer, OPERATION)
    if refusals.error_number(row):
        raise Refused(
            f"Real Magnet did not send the message: {refusals.error_text(row)}", code=refusals.error_code(row)
        )
    sent, suppressed = _number(row, "EmailsSent", "emails_sent"), _number(row, "SuppressedEmails", "suppressed_emails")
    if sent:
        return True
    if suppressed:
        raise Refused("Real Magnet left this person out: the address is suppressed there.")
    if sent == 0:
        raise Refused("Real Magnet sent it to nobody: it does not know this person.")
    raise UnexpectedAnswer("Real Magnet's answer to a single send does not say whether it was sent.")


def _number(row: Mapping[str, Any], *names: str) -> int | None:
    """How many a member counts, be it a list or a number; None where it is missing."""
    found = row.get(key_of(row, *names))
    if isinstance(found, list):
        members: list[Any] = found
        return len([one for one in members if one])
    try:
        return None if found is None else int(found)
    except (TypeError, ValueError):
        return None
