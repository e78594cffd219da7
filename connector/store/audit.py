"""The audit log: who changed which setting from what to what, and when. Rows are only ever added."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Index, Integer, RowMapping, String, Table, Text, text

from connector import clock
from connector.store.database import metadata
from connector.store.searching import containing

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


NO_ENTRY = 2**31 - 1
"""No entry's number is as large."""


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


@dataclass(frozen=True)
class Wanted:
    """Which entries: older than entry `before`, by users with this in their name, with this in the action."""

    before: int | None = None
    who: str = ""
    action: str = ""


OPERATOR = "The operator"
"""How an entry without a user is signed."""


def entries(connection: Connection, org_id: int, limit: int = 50, wanted: Wanted | None = None) -> list[RowMapping]:
    """The newest entries of an org, each with the `name` of who did it."""
    wanted = wanted or Wanted()
    statement = text("""
        SELECT a.*, COALESCE(u.name, :operator) AS name FROM audit a LEFT JOIN users u ON u.id = a.user_id
        WHERE a.org_id = :org AND a.id < :before AND lower(COALESCE(u.name, :operator)) LIKE lower(:who) ESCAPE '!'
        AND lower(a.action) LIKE lower(:action) ESCAPE '!'
        ORDER BY a.id DESC LIMIT :limit
    """)
    values = {
        "org": org_id,
        "limit": limit,
        "operator": OPERATOR,
        "before": NO_ENTRY if wanted.before is None else wanted.before,
        "who": containing(wanted.who),
        "action": containing(wanted.action),
    }
    return list(connection.execute(statement, values).mappings())
