"""Who sends, and whether it is the body that they meant: a key as it is, or a signature over its bytes and a time."""

import hashlib
import hmac
import re
import zlib

from flask import Request
from sqlalchemy import Connection
from werkzeug.exceptions import HTTPException

from connector import clock
from connector.connection.keyring import INTAKE_FIELD
from connector.model.intake import MOST_BYTES
from connector.store import intake, orgs
from connector.store.database import Database
from connector.store.intake import IntakeKey
from connector.store.vault import Vault

FRESH = 300
"""Seconds that a signed request may be on its way, either way: clocks differ."""
_HEX = re.compile(r"v1=([0-9a-f]{64})")


class RefusedError(HTTPException):
    """A request that is not taken: HTTP's status and the reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.code = status


NO_KEY = "A key is needed: Authorization: Bearer <key>, or a signature. Make one under Intake."
WRONG = "This key opens nothing here."
STALE = f"The timestamp is more than {FRESH // 60} minutes away from our clock. Sign anew when you send."
AGAIN = "This very request came already. Sign anew when you send again: what was kept is a duplicate then."
TOO_LARGE = f"A body has at most {MOST_BYTES // 1024 // 1024} MB, also after gzip is undone."


def sender(database: Database, vault: Vault, request: Request, body: bytes, org: str) -> IntakeKey:
    """The key behind a request, which must be one of this org. Raises `RefusedError`."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    with database.read() as connection:
        if scheme.casefold() == "bearer":
            key = intake.by_secret(connection, secret.strip())
        elif "X-Real-Magnet-Signature" in request.headers:
            key = _signed(connection, vault, request, body)
        else:
            raise RefusedError(401, NO_KEY)
        if key is None or not _of(connection, key, org):
            raise RefusedError(401, WRONG)
    with database.write() as connection:
        if scheme.casefold() != "bearer" and not intake.first_use(connection, key.id, _signature(request)):
            raise RefusedError(409, AGAIN)
        intake.used(connection, key.id)
    return key


def body_of(request: Request) -> bytes:
    """The bytes as they were sent, bounded. Raises `RefusedError`."""
    if request.content_length is not None and request.content_length > MOST_BYTES:
        raise RefusedError(413, TOO_LARGE)
    request.max_content_length = MOST_BYTES
    return request.get_data(cache=False)


def unpacked(request: Request, body: bytes) -> bytes:
    """The body with gzip undone, never longer than it may be. Raises `RefusedError`."""
    encoding = request.headers.get("Content-Encoding", "").strip().casefold()
    if encoding in {"", "identity"}:
        return body
    if encoding != "gzip":
        raise RefusedError(415, "Content-Encoding is gzip, or nothing.")
    inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        found = inflater.decompress(body, MOST_BYTES + 1)
    except zlib.error:
        raise RefusedError(400, "The body is said to be gzip and is none.") from None
    if len(found) > MOST_BYTES:
        raise RefusedError(413, TOO_LARGE)
    if not inflater.eof or inflater.unused_data:
        raise RefusedError(400, "The gzip breaks off, or something follows it.")
    return found


def _of(connection: Connection, key: IntakeKey, org: str) -> bool:
    return orgs.by_salesforce_id(connection, org) == key.org_id


def _signature(request: Request) -> str:
    found = _HEX.fullmatch(request.headers.get("X-Real-Magnet-Signature", "").strip())
    return found[1] if found else ""


def _signed(connection: Connection, vault: Vault, request: Request, body: bytes) -> IntakeKey | None:
    stamp = request.headers.get("X-Real-Magnet-Timestamp", "").strip()
    if not stamp.isdecimal() or not stamp.isascii() or abs(int(stamp[:20]) - clock.now().timestamp()) > FRESH:
        raise RefusedError(401, STALE)
    key = intake.by_public_id(connection, request.headers.get("X-Real-Magnet-Key", "").strip())
    secret = vault.open(str(key.org_id), INTAKE_FIELD, key.sealed) if key else "nobody's"
    told = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return key if hmac.compare_digest(told, _signature(request) or "-") else None
