"""The keys by which other programs of an org ask for an upload. It knows no request, and keeps no key."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Index, Integer, RowMapping, String, Table, text

from connector import clock
from connector.store.database import metadata, new_id

PREFIX = "rmk_"
"""What a key begins with, so that one that got into a file or a log can be told for what it is."""

NAME_LENGTH = 80

_USED_EVERY = 60_000
"""Milliseconds between two notes of a key's use: a program that polls costs no write each time."""

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("name", String(NAME_LENGTH), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("created_by", Integer),
    Column("created_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Index("ix_api_keys_org_id", "org_id"),
)
"""`hash` is the SHA-256 of a key of 256 random bits; the key itself is shown once and kept nowhere."""


@dataclass(frozen=True)
class ApiKey:
    """One key, without itself. Instants are milliseconds. It acts for its org, whatever becomes of its `maker`, whose
    name is empty when no user made it."""

    id: int
    org_id: int
    name: str
    created_at: int
    used_at: int | None
    maker: str = field(default="", repr=False)


_KEYS = """
    SELECT k.id, k.org_id, k.name, k.hash, k.created_at, k.used_at,
           coalesce(nullif(u.name, ''), u.salesforce_id, '') AS maker
    FROM api_keys k LEFT JOIN users u ON u.id = k.created_by AND u.org_id = k.org_id
"""


@dataclass(frozen=True)
class NewKey:
    """A key that was just made: the only time that it can be read."""

    id: int
    secret: str = field(repr=False)


def create(connection: Connection, org_id: int, name: str, user_id: int | None) -> NewKey:
    """Make a key for a program of this org."""
    secret = PREFIX + secrets.token_urlsafe(32)
    values = {
        "org_id": org_id,
        "name": name,
        "hash": _hashed(secret),
        "created_by": user_id,
        "created_at": clock.milliseconds(clock.now()),
    }
    return NewKey(new_id(connection.execute(api_keys.insert().values(**values))), secret)


def of_org(connection: Connection, org_id: int) -> list[ApiKey]:
    """The org's keys, oldest first."""
    statement = text(f"{_KEYS} WHERE k.org_id = :org ORDER BY k.id")
    return [_key(row) for row in connection.execute(statement, {"org": org_id}).mappings()]


def made_by(connection: Connection, org_id: int, user_id: int) -> list[ApiKey]:
    """The org's keys that this user made, oldest first."""
    statement = text(f"{_KEYS} WHERE k.org_id = :org AND k.created_by = :user ORDER BY k.id")
    return [_key(row) for row in connection.execute(statement, {"org": org_id, "user": user_id}).mappings()]


def get(connection: Connection, org_id: int, key_id: int) -> ApiKey | None:
    """One key of this org."""
    statement = text(f"{_KEYS} WHERE k.id = :id AND k.org_id = :org")
    row = connection.execute(statement, {"id": key_id, "org": org_id}).mappings().first()
    return None if row is None else _key(row)


def find(connection: Connection, secret: str) -> ApiKey | None:
    """The key that a program came with; how long it takes tells nothing about any other key."""
    if not secret.startswith(PREFIX) or not secret.isascii():
        return None
    wanted = _hashed(secret)
    row = connection.execute(text(f"{_KEYS} WHERE k.hash = :hash"), {"hash": wanted}).mappings().first()
    return _key(row) if row is not None and hmac.compare_digest(row["hash"], wanted) else None


def is_use_news(key: ApiKey) -> bool:
    """Whether its last use was noted long enough ago to be noted again."""
    return key.used_at is None or clock.milliseconds(clock.now()) - key.used_at > _USED_EVERY


def note_use(connection: Connection, key_id: int) -> None:
    """A program has just come with it."""
    statement = text("UPDATE api_keys SET used_at = :now WHERE id = :id")
    connection.execute(statement, {"id": key_id, "now": clock.milliseconds(clock.now())})


def revoke(connection: Connection, org_id: int, key_id: int) -> bool:
    """Forget a key: it opens nothing from the next request on. False when there is none."""
    statement = text("DELETE FROM api_keys WHERE id = :id AND org_id = :org")
    return bool(connection.execute(statement, {"id": key_id, "org": org_id}).rowcount)


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _key(row: RowMapping) -> ApiKey:
    return ApiKey(int(row["id"]), int(row["org_id"]), row["name"], int(row["created_at"]), row["used_at"], row["maker"])
