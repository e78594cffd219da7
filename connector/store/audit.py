"""The audit log: who changed which setting from what to what, and when. Rows are only ever added."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Index, Integer, RowMapping, String, Table, Text, text

from connector import clock
from connector.store.database import metadata

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("user_id", Integer, ForeignKey("users.id")),
    Column("at", BigInteger, nullable=False),
    Column("action", String(60), nullable=False),
    Column("before", Text, nullable=False, server_default="{}"),
    Column("after", Text, nullable=False, server_default="{}"),
    Index("ix_audit_org_id", "org_id", "id"),
)
"""`before` and `after` are JSON objects of what changed, without secrets. `user_id` is NULL for the operator."""


@dataclass(frozen=True)
class Actor:
    """Who did it, in which org."""

    org_id: int
    user_id: int | None


def record(
    connection: Connection, actor: Actor, action: str, before: Mapping[str, object], after: Mapping[str, object]
) -> None:
    """Add what changed, in the transaction that changes it. Equal values are left out."""
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    connection.execute(
        audit.insert().values(
            org_id=actor.org_id,
            user_id=actor.user_id,
            at=clock.milliseconds(clock.now()),
            action=action,
            before=json.dumps({name: before.get(name) for name in changed}),
            after=json.dumps({name: after.get(name) for name in changed}),
        )
    )


def entries(connection: Connection, org_id: int, limit: int = 50) -> list[RowMapping]:
    """The newest entries of an org."""
    statement = text("SELECT * FROM audit WHERE org_id = :org ORDER BY id DESC LIMIT :limit")
    return list(connection.execute(statement, {"org": org_id, "limit": limit}).mappings())
