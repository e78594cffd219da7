"""Messages about to be sent and the jobs that send them, out of the vendor's answers; it knows no request."""

from typing import Any

from connector.errors import NotFound, Refused, UnexpectedAnswer
from connector.model.groups import MessageDetails
from connector.model.single_sends import MessageContent
from connector.realmagnet import refusals
from connector.realmagnet.translate_groups import object_of
from connector.realmagnet.wire import key_of, moment


def details(answer: Any) -> MessageDetails:
    """The answer of GetMessageDetails; raises `NotFound` for that of an unknown message (zeros, assumed)."""
    row = object_of(answer, "GetMessageDetails")
    try:
        number = int(row[key_of(row, "ID", "MessageID")] or 0)
        if not number:
            raise NotFound("Real Magnet has no such message: it was deleted there, or belongs to another account.")
        return MessageDetails(
            id=number,
            name=str(row.get("MessageName") or ""),
            subject=str(row.get("SubjectLine") or ""),
            sender=str(row.get("FromAddress") or ""),
            last_sent=moment(row.get("LastSent")),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UnexpectedAnswer("Real Magnet's details of a message have a shape that is not understood.") from None


def content(answer: Any) -> MessageContent:
    """The same answer with both versions of the message; `TexVersion` is the vendor's own spelling."""
    row = object_of(answer, "GetMessageDetails")
    return MessageContent(
        details(answer),
        html=str(row.get(key_of(row, "HTMLVersion")) or ""),
        text=str(row.get(key_of(row, "TexVersion", "TextVersion")) or ""),
    )


def job(answer: Any) -> int:
    """The job in the answer of a group send, e-mail or fax (assumed: the SOAP twin in REST casing). Raises `Refused`.

    Nobody knows what the vendor answers here, so that an empty answer is no sign of an ended session.
    """
    row = object_of(answer, "SendEmailToGroupWithProfile")
    if refusals.error_number(row):
        raise Refused(
            f"Real Magnet did not send the message: {refusals.error_text(row)}", code=refusals.error_code(row)
        )
    fax = row.get(key_of(row, "FaxJobIDs", "fax_job_ids"))
    found = row.get(key_of(row, "EmailJobIDs", "email_job_ids", "JobIDs", "JobID", "ID")) or fax
    numbers: list[Any] = found if isinstance(found, list) else [found]
    try:
        return next(number for one in numbers if (number := int(one)))
    except (StopIteration, TypeError, ValueError):
        raise UnexpectedAnswer("Real Magnet's answer to a send names no job.") from None
