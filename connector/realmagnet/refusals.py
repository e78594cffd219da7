"""What the vendor says when it refuses, made fit for a person to read; it knows no operation."""

import re
from collections.abc import Mapping
from typing import Any

from connector.realmagnet.wire import key_of

LENGTH = 200
_SESSION = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def words(text: Any) -> str:
    """The vendor's text on one line, trimmed, without anything that looks like a session."""
    return _SESSION.sub("…", " ".join(str(text or "").split()))[:LENGTH]


def error_number(answer: Mapping[str, Any]) -> float:
    """The number of a result's `Error`, 0 for success; what is no number is an error too."""
    found = answer.get(key_of(answer, "Error"))
    try:
        return float(found or 0)
    except (TypeError, ValueError):
        return -1


def error_text(answer: Mapping[str, Any]) -> str:
    """What a result with an error says of it: its message, else what its error object holds, else its number."""
    inner = answer.get(key_of(answer, "ErrorObject", "ErrorObj"))
    details: Mapping[str, Any] = inner if isinstance(inner, Mapping) else {}
    told = (
        answer.get(key_of(answer, "Message", "Msg")),
        answer.get(key_of(answer, "ErrorMessage")),
        details.get(key_of(details, "ErrorMessage")),
        details.get(key_of(details, "ErrorCode")),
    )
    return next((text for one in told if (text := words(one))), f"error {error_number(answer):g}")


def error_code(answer: Mapping[str, Any]) -> str:
    """The vendor's own code of an error, empty if it gives none."""
    inner = answer.get(key_of(answer, "ErrorObject", "ErrorObj"))
    details: Mapping[str, Any] = inner if isinstance(inner, Mapping) else {}
    return words(details.get(key_of(details, "ErrorCode"))) or f"{error_number(answer):g}"
