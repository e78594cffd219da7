"""Salesforce's statuses and error codes become our error types here, once; it knows no request and no token."""

import email.utils
import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests

from connector import clock
from connector.errors import (
    CallsUsedUp,
    ConnectorError,
    CredentialsRefused,
    LimitReached,
    NotFound,
    Refused,
    StorageFull,
    Temporary,
    UnexpectedAnswer,
)
from connector.model import rejections

RECONNECT = "Someone with the right to Settings connects Salesforce again: Connection → Connect Salesforce."
UNBLOCK = (
    "A Salesforce administrator lets the app in again: Setup → Connected Apps OAuth Usage → Real Magnet → Unblock."
)
CHECK_ADDRESS = (
    "Check My Domain, as Salesforce shows it in Setup → My Domain. If it is right, try again in a few minutes; the "
    "operator of this connector checks its name server."
)
WAIT = "Nothing to do: the connector tries again by itself."
ALLOWANCE = "The work goes on when Salesforce's allowance is renewed. An administrator can buy or free API calls."
FULL = "The work goes on when Salesforce has storage again. An administrator frees or buys data storage."
RIGHTS = "An administrator checks what the connected Salesforce user may see and do."

CREDENTIALS = {
    "INVALIDSESSIONID",
    "INVALIDAUTHHEADER",
    "INVALIDLOGIN",
    "INVALIDGRANT",
    "INVALIDCLIENT",
    "INVALIDCLIENTID",
    "INVALIDCLIENTCREDENTIALS",
    "INVALIDAPPACCESS",
    "INACTIVEUSER",
    "INACTIVEORG",
    "UNAUTHORIZEDCLIENT",
    "APIDISABLEDFORORG",
    "APICURRENTLYDISABLED",
    "LOGINMUSTUSESECURITYTOKEN",
    "PASSWORDLOCKOUT",
    "BADOAUTHTOKEN",
    "OAUTHAPPBLOCKED",
}
CALLS = "REQUESTLIMITEXCEEDED"
STORAGE = "STORAGELIMITEXCEEDED"
LIMITS = {"REQUESTLIMITEXCEEDED", "EXCEEDEDQUOTA", "LIMITEXCEEDED", "TXNSECURITYMETERINGERROR"}
PASSING = {
    "UNABLETOLOCKROW",
    "TOOMANYLOCKFAILURE",
    "SERVERUNAVAILABLE",
    "QUERYTIMEOUT",
    "TIMEOUT",
    "RATELIMITEXCEEDED",
    "UNKNOWNEXCEPTION",
    "INVALIDQUERYLOCATOR",
}
ASKED_FOR = {"INVALIDFIELD", "INVALIDFIELDFORINSERTUPDATE"}
MISSING = {"NOTFOUND", "ENTITYISDELETED", "INVALIDENTITY", "INVALIDTYPE"}


def unreachable(error: Exception) -> Temporary:
    """A connection that could not be made, was cut or stood still. The address may hold data, so it is not repeated."""
    if "NameResolutionError" in repr(error) and isinstance(error, requests.RequestException) and error.request:
        host = urlsplit(error.request.url or "").hostname
        return Temporary(f"There is no address {host}, or it cannot be found just now.", advice=CHECK_ADDRESS)
    return Temporary(f"Salesforce could not be reached or broke off ({type(error).__name__}).", advice=WAIT)


def refusal(answer: requests.Response) -> ConnectorError:
    """The error that an answer other than 2xx stands for."""
    code, message = read_error(answer)
    after = retry_after(answer.headers)
    if not code and "json" not in answer.headers.get("Content-Type", "").lower():
        message = f"Salesforce answered {answer.status_code} without saying why."
    return error_for(answer.status_code, code, message, after)


def error_for(status: int, code: str, message: str, after: float | None = None) -> ConnectorError:
    """Our error for a status, Salesforce's code and its words."""
    plain = plain_code(code)
    said = f"Salesforce: {message}" if code else message
    if plain in CREDENTIALS or (status == requests.codes.unauthorized and not code):
        return CredentialsRefused(said, code=code, advice=UNBLOCK if plain == "OAUTHAPPBLOCKED" else RECONNECT)
    if plain in LIMITS and "concurrent" not in message.lower() and status != requests.codes.too_many_requests:
        return (CallsUsedUp if plain == CALLS else LimitReached)(said, code=code, advice=ALLOWANCE)
    if plain == STORAGE:
        return StorageFull(said, code=code, advice=FULL)
    if _passing(status, plain):
        return Temporary(said, after=after, advice=WAIT)
    if plain in MISSING or status in {requests.codes.not_found, requests.codes.gone}:
        return NotFound(said, code=code, advice=RIGHTS)
    advice = RIGHTS if plain.startswith("INSUFFICIENT") else _advice(code)
    return Refused(said, code=code, advice=advice) if code else UnexpectedAnswer(said, after=after)


def _advice(code: str) -> str:
    """Who mends what refuses a whole run; a field that is missing is told by whoever asked for it."""
    reason = rejections.plain(code)
    return reason.advice if reason and plain_code(code) not in ASKED_FOR else ""


def _passing(status: int, plain: str) -> bool:
    return (
        plain in PASSING | LIMITS or status == requests.codes.too_many_requests or status >= requests.codes.server_error
    )


def plain_code(code: str) -> str:
    """A code without case and underscores: Bulk says InvalidJobState and INVALIDJOBSTATE, REST NOT_FOUND."""
    return code.replace("_", "").upper()


def parsed(content: bytes) -> Any:
    """The JSON of an answer that is none of the known shapes yet; `UnexpectedAnswer` when it is no JSON."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        raise UnexpectedAnswer("Salesforce's answer could not be read.") from None


def read_error(answer: requests.Response) -> tuple[str, str]:
    """Code and words of an error body: an array from the data API, an object from OAuth; ("", "") for anything else."""
    try:
        body = orjson.loads(answer.content)
    except (orjson.JSONDecodeError, requests.RequestException):
        return "", ""
    first: Any = body[0] if isinstance(body, list) and body else body
    if not isinstance(first, dict):
        return "", ""
    code = first.get("errorCode") or first.get("statusCode") or first.get("error") or ""
    message = first.get("message") or first.get("error_description") or code
    return str(code), last_line(str(message))


def last_line(message: str) -> str:
    """The last line of a message: errors in a query repeat it first, and a query may hold an address."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return lines[-1][:500] if lines else ""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the vendor asked to wait, from either form of Retry-After."""
    text = headers.get("Retry-After", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = (email.utils.parsedate_to_datetime(text) - clock.now()).total_seconds()
        except (ValueError, TypeError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
