"""Opens a Canvas signed request: the signature first, then the document. Knows no Flask, no database and no network.

Salesforce's own Java sample reads the algorithm from the document before it is verified; we pin HMAC-SHA256 and only
check afterwards that the document says the same.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any, cast

from connector.errors import ConnectorError
from connector.model.people import id18

MOST_BYTES = 64 * 1024
ALGORITHM = "HMACSHA256"
_ID_LENGTH = 18


class SignedRequestError(ConnectorError):
    """The launch is not believed. The message is for our log: the sender learns only that it was refused."""


class TooLarge(SignedRequestError):
    """Longer than any launch Salesforce makes."""


class Malformed(SignedRequestError):
    """Not of the form `signature.document`, or the document lacks what we need."""


class NoSecret(SignedRequestError):
    """We hold no consumer secret: with an empty key anybody could sign."""


class BadSignature(SignedRequestError):
    """Signed with another key, or changed after it was signed."""


class WrongAlgorithm(SignedRequestError):
    """Correctly signed, yet the document claims another algorithm."""


@dataclass(frozen=True)
class CanvasContext:
    """What a verified launch says: who, where, and the token that proves it is fresh. Ids have 18 characters."""

    org_id: str
    user_id: str
    user_name: str = field(repr=False)
    locale: str
    zone: str
    instance_url: str
    instance_id: str
    access_token: str = field(repr=False)
    parameters: dict[str, Any]
    record: dict[str, Any]

    @property
    def record_id(self) -> str:
        """The record on whose page we stand, 18 characters; empty in a tab.

        A component tells it by a parameter, a page layout by the record itself (Canvas guide, *Record*).
        """
        for given in (self.parameters.get("recordId"), self.record.get("Id")):
            found = id18(given) if isinstance(given, str) else ""
            if len(found) == _ID_LENGTH and found.isalnum() and found.isascii():
                return found
        return ""


def open_signed_request(text: str, secret: str) -> CanvasContext:
    """Verify and read a signed request. Raises a `SignedRequestError`; never answers with less than a whole context."""
    if not secret:
        raise NoSecret("The organization has no consumer secret.")
    if len(text) > MOST_BYTES:
        raise TooLarge(f"The signed request has {len(text)} characters.")
    signature, dot, body = text.partition(".")
    if not (dot and signature and body and text.isascii()):
        raise Malformed("The signed request is not of the form signature.document.")
    expected = hmac.new(secret.encode(), body.encode("ascii"), hashlib.sha256).digest()
    if not hmac.compare_digest(expected, _decoded(signature)):
        raise BadSignature("The signature does not fit the document.")
    return _context(_document(body))


def _decoded(text: str) -> bytes:
    """Base64 in either alphabet, padded or not."""
    plain = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("A part of the signed request is not base64.") from None


def _document(body: str) -> dict[str, Any]:
    try:
        found = json.loads(_decoded(body))
    except (ValueError, RecursionError):
        raise Malformed("The document is not JSON.") from None
    if not isinstance(found, dict):
        raise Malformed("The document is not an object.")
    document = cast("dict[str, Any]", found)
    if str(document.get("algorithm")).upper().replace("-", "") != ALGORITHM:
        raise WrongAlgorithm("The document claims another algorithm.")
    return document


def _context(document: dict[str, Any]) -> CanvasContext:
    client, context = _part(document, "client"), _part(document, "context")
    user, environment = _part(context, "user"), _part(context, "environment")
    return CanvasContext(
        org_id=_id(_part(context, "organization"), "organizationId"),
        user_id=_id(user or document, "userId"),
        user_name=_text(user, "fullName") or _text(user, "userName"),
        locale=_text(user, "locale") or "en_US",
        zone=_text(user, "timeZone") or "UTC",
        instance_url=_needed(client, "instanceUrl"),
        instance_id=_text(client, "instanceId"),
        access_token=_needed(client, "oauthToken"),
        parameters=_part(environment, "parameters"),
        record=_part(environment, "record"),
    )


def _part(document: dict[str, Any], name: str) -> dict[str, Any]:
    """An object inside; the scopes of the app may leave any of them null."""
    found = document.get(name)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _text(document: dict[str, Any], name: str) -> str:
    found = document.get(name)
    return found if isinstance(found, str) else ""


def _needed(document: dict[str, Any], name: str) -> str:
    found = _text(document, name)
    if not found:
        raise Malformed(f"The document has no {name}.")
    return found


def _id(document: dict[str, Any], name: str) -> str:
    identifier = id18(_needed(document, name))
    if len(identifier) != _ID_LENGTH or not identifier.isalnum():
        raise Malformed(f"The document's {name} is not a Salesforce id.")
    return identifier
