"""Uploads out of the vendor's answers; it knows no request."""

from collections.abc import Mapping
from typing import Any

from connector.errors import NotFound, Refused, UnexpectedAnswer
from connector.model.groups import UploadStatus
from connector.realmagnet import refusals
from connector.realmagnet.translate_groups import object_of
from connector.realmagnet.wire import key_of


def number(answer: Any) -> int | None:
    """The number in UploadRecipients' answer, None for what an ended session is told. Raises `Refused`."""
    if not answer:
        return None
    row = object_of(answer, "UploadRecipients")
    if found := _count(row, "ID", "UploadID", "JobID"):
        return found
    said = refusals.words(row.get(key_of(row, "Details", "Message")))
    if not said:
        return None
    raise Refused(
        f"Real Magnet did not take the upload: {said}",
        code=said if said.isidentifier() else "",
        advice="Check the upload job's group and its field mapping.",
    )


def status(answer: Any) -> UploadStatus:
    """The answer of GetUploadStatus (assumed: the SOAP twin in REST casing, done once it has a CompleteDate).

    Raises `NotFound` for an upload that Real Magnet does not know.
    """
    row = object_of(answer, "GetUploadStatus")
    error = refusals.error_text(row) if refusals.error_number(row) or row.get(key_of(row, "ErrorMessage")) else ""
    if error and not _count(row, "JobID", "ID", "UploadID"):
        raise NotFound(f"Real Magnet does not know this upload: {error}")
    date = key_of(row, "CompleteDate", "complete_date", "CompletedDate")
    if date not in row:
        raise UnexpectedAnswer("Real Magnet's state of an upload does not say whether it is done.")
    return UploadStatus(
        done=row[date] is not None or bool(error),
        total=_count(row, "TotalRecords", "total_records"),
        good=_count(row, "GoodRecords", "good_records"),
        added=_count(row, "NewAdded", "new_added"),
        updated=_count(row, "OldUpdated", "old_updated"),
        error=error,
    )


def _count(row: Mapping[str, Any], *names: str) -> int:
    try:
        return int(row.get(key_of(row, *names)) or 0)
    except (TypeError, ValueError):
        raise UnexpectedAnswer(f"Real Magnet's {names[0]} is no number.") from None
