"""Real Magnet's codes, dates and spellings, whatever they belong to; it knows no operation.

Shapes that no public page shows are inferred: names are found whatever their case and by several spellings, and an enum
may come as a number or as a name.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from connector import clock
from connector.errors import UnexpectedAnswer
from connector.model.activity import DELIVERED, FAX_FAILED, FAX_SUCCESSFUL, IN_PROGRESS

LABEL_LENGTH = 80
LATEST = 253_370_764_800_000
"""The year 9999 begins; later is only .NET's largest date, which no zone east of Greenwich could show."""
UNKNOWN = "Unknown"

_EMAIL = (
    (IN_PROGRESS, "Inprogress"),
    (DELIVERED, "Delivered"),
    ("Soft Bounce", "SB", "SoftBounce"),
    ("Hard Bounce", "HB", "HardBounce"),
    ("User Not Found", "UNF", "UserNotFound"),
    ("Temporarily Unavailable", "TU", "TemporarilyUnavailable"),
    ("Mailbox Full", "MF", "MailboxFull"),
    ("Bad Domain", "BD", "BadDomain"),
    ("Send Failed", "Failed"),
)
"""In the order of the SOAP twin's declaration, which gives the numbers (assumed)."""

_FAX = ((IN_PROGRESS, "Inprogress"), (FAX_SUCCESSFUL, "Delivered"), (FAX_FAILED, "Failed"))

_SUPPRESSION = (("Manual", "Manual"), ("Spam Complaint", "SpamComplaint"), ("Automatic", "Automatic"))
"""Numbered from 1 (assumed)."""


def _codes(table: Sequence[tuple[str, ...]], first: int = 0) -> dict[Any, str]:
    found: dict[Any, str] = {}
    for number, (text, *names) in enumerate(table, first):
        found |= {number: text, str(number): text, text: text}
        for name in names:
            found |= {name: text, name.lower(): text, name.upper(): text}
    return found


EMAIL_STATUS = _codes(_EMAIL)
FAX_STATUS = _codes(_FAX)
SUPPRESSION = _codes(_SUPPRESSION, 1)


def label(code: Any, known: Mapping[Any, str], unsaid: str = UNKNOWN) -> str:
    """Our label for a status; an unknown code comes through as it came, trimmed."""
    if code is None or code == "":
        return unsaid
    text = str(code).strip()
    return known.get(text) or known.get(text.lower()) or text[:LABEL_LENGTH] or unsaid


def instant(text: str | None) -> int:
    """Milliseconds since the epoch of "/Date(ms-0400)/"; 0 for null and for .NET's first and last dates, "no date".

    The offset only says that the server spoke local time; it never shifts the instant.
    """
    if not text or not text.startswith("/Date("):
        return 0
    digits = text[6 : text.find(")")]
    cut = max(digits.rfind("+"), digits.rfind("-"))
    try:
        value = int(digits[:cut] if cut > 0 else digits)
    except ValueError:
        return 0
    return value if 0 < value < LATEST else 0


def moment(text: str | None) -> datetime | None:
    """The aware instant of a vendor date, None where there is none."""
    value = instant(text)
    return clock.from_milliseconds(value) if value else None


def key_of(row: Mapping[str, Any], *names: str) -> str:
    """How this answer spells the first of `names` that it has, whatever the case; the first name if it has none."""
    spelled = {key.lower(): key for key in row}
    return next((spelled[name.lower()] for name in names if name.lower() in spelled), names[0])


def rows_of(answer: Any) -> list[dict[str, Any]]:
    """A bare array. Raises `UnexpectedAnswer` for null or an object: an error, or a session that has ended."""
    if isinstance(answer, list) and (not answer or isinstance(answer[0], dict)):
        return answer
    raise UnexpectedAnswer("Real Magnet answered something else than a list.")
