"""Every state that an org's settings were in: who left them so, when, and the whole as one document."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Index, Integer, RowMapping, String, Table, Text, text

from connector import clock
from connector.store.audit import OPERATOR
from connector.store.database import metadata

settings_history = Table(
    "settings_history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("made_by", Integer),
    Column("why", String(80), nullable=False),
    Column("document", Text, nullable=False),
    Index("ix_settings_history_org_id", "org_id", "id"),
)
"""`document` is JSON without secrets, as it is exported; `why` names what changed it."""

_LONGEST_WHY = 80
_NAMED = """
    SELECT h.id, h.made_at, h.why, h.document, COALESCE(u.name, :operator) AS name FROM settings_history h
    LEFT JOIN users u ON u.id = h.made_by AND u.org_id = h.org_id WHERE h.org_id = :org
"""


@dataclass(frozen=True)
class Change:
    """Who changed an org's settings (None: the operator), and by what."""

    org_id: int
    user_id: int | None
    why: str


def keep(connection: Connection, change: Change, document: str) -> bool:
    """Add a state, unless the settings are as they were; answers whether it is new."""
    if newest(connection, change.org_id) == document:
        return False
    connection.execute(
        settings_history.insert().values(
            org_id=change.org_id,
            made_at=clock.milliseconds(clock.now()),
            made_by=change.user_id,
            why=change.why[:_LONGEST_WHY],
            document=document,
        )
    )
    return True


def newest(connection: Connection, org_id: int) -> str | None:
    """The state that was kept last."""
    statement = text("SELECT document FROM settings_history WHERE org_id = :org ORDER BY id DESC LIMIT 1")
    found = connection.execute(statement, {"org": org_id}).scalar()
    return None if found is None else str(found)


def states(connection: Connection, org_id: int, before: int, limit: int) -> Sequence[RowMapping]:
    """States older than number `before`, newest first, each with the `name` of who made it."""
    statement = text(f"{_NAMED} AND h.id < :before ORDER BY h.id DESC LIMIT :limit")
    values = {"org": org_id, "operator": OPERATOR, "before": before, "limit": limit}
    return connection.execute(statement, values).mappings().all()


def state(connection: Connection, org_id: int, number: int) -> RowMapping | None:
    """One state of this org."""
    statement = text(f"{_NAMED} AND h.id = :id")
    return connection.execute(statement, {"org": org_id, "operator": OPERATOR, "id": number}).mappings().first()
