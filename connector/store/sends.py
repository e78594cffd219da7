"""Messages to be sent after their groups were refreshed, and the keys by which other programs ask for an upload."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

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

from connector.store.database import metadata


class SendState(StrEnum):
    """A send waits for its time, refreshes its groups, is sent once they are fresh, or is cancelled with a reason."""

    SCHEDULED = "Scheduled"
    REFRESHING = "Refreshing"
    SENDING = "Sending"
    SENT = "Sent"
    CANCELLED = "Cancelled"


sends = Table(
    "sends",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("message_id", BigInteger, nullable=False),
    Column("message_name", String(255), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("sender", String(255), nullable=False),
    Column("group_ids", Text, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("state", String(20), nullable=False),
    Column("refresh_runs", Text, nullable=False, server_default="[]"),
    Column("asked_at", BigInteger),
    Column("vendor_id", BigInteger),
    Column("reason", Text, nullable=False, server_default=""),
    Column("advice", Text, nullable=False, server_default=""),
    Column("created_by", Integer),
    Column("created_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Index("ix_sends_org_id", "org_id", "due_at"),
    Index("ix_sends_state", "state", "due_at"),
)
"""`group_ids` and `refresh_runs` are JSON lists of numbers. `asked_at` is committed before Real Magnet is asked,
so that a crash in between is looked into and never mailed twice blindly."""

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("name", String(80), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("created_by", Integer),
    Column("created_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Index("ix_api_keys_org_id", "org_id"),
)
"""`hash` is the SHA-256 of a key of 256 random bits; the key itself is shown once and kept nowhere."""


@dataclass(frozen=True)
class Send:
    """One send. Instants are milliseconds."""

    id: int
    org_id: int
    message_id: int
    message_name: str
    subject: str
    sender: str
    group_ids: Sequence[int]
    due_at: int
    zone: str
    state: SendState
    refresh_runs: Sequence[int]
    asked_at: int | None
    reason: str
    advice: str


def get(connection: Connection, org_id: int, send_id: int) -> Send | None:
    """One send of this org."""
    statement = text("SELECT * FROM sends WHERE id = :id AND org_id = :org")
    row = connection.execute(statement, {"id": send_id, "org": org_id}).mappings().first()
    return None if row is None else read(row)


def read(row: RowMapping) -> Send:
    """A row of the table as a value."""
    return Send(
        id=int(row["id"]),
        org_id=int(row["org_id"]),
        message_id=int(row["message_id"]),
        message_name=row["message_name"],
        subject=row["subject"],
        sender=row["sender"],
        group_ids=tuple(json.loads(row["group_ids"])),
        due_at=int(row["due_at"]),
        zone=row["zone"],
        state=SendState(row["state"]),
        refresh_runs=tuple(json.loads(row["refresh_runs"])),
        asked_at=row["asked_at"],
        reason=row["reason"],
        advice=row["advice"],
    )
