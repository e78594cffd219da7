"""Intake: the keys of programs that send activities, the batches they sent, and signatures that were used already."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    RowMapping,
    String,
    Table,
    Text,
    text,
)

from connector import clock
from connector.model.intake import RefusedRow
from connector.store.database import metadata, new_id

PREFIX = "rmi_"
NAME_LENGTH = 80
MOST_REFUSALS = 1000
"""So many refused rows of a batch are kept to be looked at; all are counted, and all were answered."""
OVERLAP = 24 * 3_600_000
"""Milliseconds that an old key goes on opening after a new one took its place."""

intake_keys = Table(
    "intake_keys",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("public_id", String(24), nullable=False, unique=True),
    Column("name", String(NAME_LENGTH), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("secret", Text, nullable=False),
    Column("created_by", Integer),
    Column("created_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("expires_at", BigInteger),
    Index("ix_intake_keys_org_id", "org_id"),
)
"""A key comes as it is (`hash`: SHA-256 of 256 random bits), or signs what it sends: for that `secret` is sealed."""

intake_batches = Table(
    "intake_batches",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("key_id", Integer),
    Column("road", String(20), nullable=False),
    Column("name", String(255), nullable=False, server_default=""),
    Column("made_by", Integer),
    Column("received_at", BigInteger, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("duplicate", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Index("ix_intake_batches_org_id", "org_id", "id"),
)

intake_refusals = Table(
    "intake_refusals",
    metadata,
    Column("batch_id", Integer, ForeignKey("intake_batches.id"), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("event_id", String(200), nullable=False, server_default=""),
    Column("reason", Text, nullable=False),
)

intake_signatures = Table(
    "intake_signatures",
    metadata,
    Column("key_id", Integer, primary_key=True, autoincrement=False),
    Column("signature", String(64), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Index("ix_intake_signatures_at", "at"),
)
"""A signed request counts once."""


@dataclass(frozen=True)
class IntakeKey:
    """One key without itself; `sealed` opens only with the vault."""

    id: int
    org_id: int
    public_id: str
    name: str
    created_at: int
    used_at: int | None
    expires_at: int | None
    sealed: str = field(repr=False)


@dataclass(frozen=True)
class NewKey:
    """A key that was just made: the only time that it can be read. `sealed` is what is kept of it."""

    public_id: str
    secret: str = field(repr=False)
    sealed: str = field(default="", repr=False)


def new_secret() -> NewKey:
    """A new key, kept nowhere yet."""
    return NewKey(secrets.token_hex(8), PREFIX + secrets.token_urlsafe(32))


def keep_key(connection: Connection, org_id: int, name: str, made: NewKey, user_id: int | None) -> None:
    """Let a key in from now on."""
    connection.execute(
        intake_keys.insert().values(
            org_id=org_id,
            public_id=made.public_id,
            name=name,
            hash=_hashed(made.secret),
            secret=made.sealed,
            created_by=user_id,
            created_at=_now(),
        )
    )


_KEYS = "SELECT id, org_id, public_id, name, created_at, used_at, expires_at, secret, hash FROM intake_keys"
_LIVE = "(expires_at IS NULL OR expires_at > :now)"


def keys(connection: Connection, org_id: int) -> list[IntakeKey]:
    """The org's keys that open, oldest first."""
    statement = text(f"{_KEYS} WHERE org_id = :org AND {_LIVE} ORDER BY id")
    return [_key(row) for row in connection.execute(statement, {"org": org_id, "now": _now()}).mappings()]


def by_secret(connection: Connection, secret: str) -> IntakeKey | None:
    """The key that a program came with; how long it takes tells nothing about any other key."""
    if not secret.startswith(PREFIX) or not secret.isascii():
        return None
    wanted = _hashed(secret)
    statement = text(f"{_KEYS} WHERE hash = :hash AND {_LIVE}")
    row = connection.execute(statement, {"hash": wanted, "now": _now()}).mappings().first()
    return _key(row) if row is not None and hmac.compare_digest(row["hash"], wanted) else None


def by_public_id(connection: Connection, public_id: str) -> IntakeKey | None:
    """The key that a signed request names."""
    statement = text(f"{_KEYS} WHERE public_id = :id AND {_LIVE}")
    row = connection.execute(statement, {"id": public_id[:24], "now": _now()}).mappings().first()
    return None if row is None else _key(row)


def used(connection: Connection, key_id: int) -> None:
    """A program has just come with it."""
    connection.execute(text("UPDATE intake_keys SET used_at = :now WHERE id = :id"), {"id": key_id, "now": _now()})


def expire(connection: Connection, org_id: int, key_id: int, *, at_once: bool) -> bool:
    """Let a key open no more, at once or after the overlap in which programs are given the new one."""
    statement = text(f"UPDATE intake_keys SET expires_at = :at WHERE org_id = :org AND id = :id AND {_LIVE}")  # noqa: S608  # ours
    at = _now() if at_once else _now() + OVERLAP
    return bool(connection.execute(statement, {"org": org_id, "id": key_id, "at": at, "now": _now()}).rowcount)


def first_use(connection: Connection, key_id: int, signature: str) -> bool:
    """Note a signature; False when it came before."""
    statement = text(
        "INSERT INTO intake_signatures (key_id, signature, at) VALUES (:key, :signature, :now) "
        "ON CONFLICT (key_id, signature) DO NOTHING"
    )
    return bool(connection.execute(statement, {"key": key_id, "signature": signature, "now": _now()}).rowcount)


def forget_signatures(connection: Connection, before: int) -> None:
    """Drop signatures that are stale by themselves: older than this instant in milliseconds."""
    connection.execute(text("DELETE FROM intake_signatures WHERE at < :before"), {"before": before})


@dataclass(frozen=True)
class Batch:
    """One batch as it was answered. `road` says how it came: a program, a file, a provider."""

    road: str
    accepted: int
    duplicate: int
    refused: Sequence[RefusedRow] = field(repr=False)
    key_id: int | None = None
    made_by: int | None = None
    name: str = field(default="", repr=False)


def keep_batch(connection: Connection, org_id: int, batch: Batch) -> int:
    """Note a batch and what was refused of it; answers its number."""
    number = new_id(
        connection.execute(
            intake_batches.insert().values(
                org_id=org_id,
                key_id=batch.key_id,
                road=batch.road,
                name=batch.name[:255],
                made_by=batch.made_by,
                received_at=_now(),
                accepted=batch.accepted,
                duplicate=batch.duplicate,
                refused=len(batch.refused),
            )
        )
    )
    rows = [
        {"batch_id": number, "line": one.line, "event_id": one.event_id, "reason": one.reason}
        for one in {refused.line: refused for refused in batch.refused[:MOST_REFUSALS]}.values()
    ]
    if rows:
        connection.execute(intake_refusals.insert(), rows)
    return number


def batches(connection: Connection, org_id: int, before: int, limit: int) -> Sequence[RowMapping]:
    """The newest batches older than this one, with who or which key sent them."""
    statement = text("""
        SELECT b.*, coalesce(k.name, u.name, '') AS sender FROM intake_batches b
        LEFT JOIN intake_keys k ON k.id = b.key_id LEFT JOIN users u ON u.id = b.made_by
        WHERE b.org_id = :org AND b.id < :before ORDER BY b.id DESC LIMIT :limit
    """)
    return connection.execute(statement, {"org": org_id, "before": before, "limit": limit}).mappings().all()


def refusals(connection: Connection, org_id: int, batch_id: int) -> Sequence[RowMapping]:
    """The rows of a batch that were refused, in their order."""
    statement = text("""
        SELECT r.line, r.event_id, r.reason FROM intake_refusals r JOIN intake_batches b ON b.id = r.batch_id
        WHERE b.org_id = :org AND b.id = :batch ORDER BY r.line
    """)
    return connection.execute(statement, {"org": org_id, "batch": batch_id}).mappings().all()


def _key(row: RowMapping) -> IntakeKey:
    return IntakeKey(
        int(row["id"]),
        int(row["org_id"]),
        row["public_id"],
        row["name"],
        int(row["created_at"]),
        row["used_at"],
        row["expires_at"],
        row["secret"],
    )


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _now() -> int:
    return clock.milliseconds(clock.now())
