"""What the permission check last found in an org, as numbers: screens show them without asking Salesforce again."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Integer, RowMapping, Table, text

from connector import clock
from connector.model.connection import Finding, Weight
from connector.store.database import metadata

examinations = Table(
    "examinations",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True, autoincrement=False),
    Column("examined_at", BigInteger, nullable=False),
    Column("blocking", Integer, nullable=False),
    Column("warning", Integer, nullable=False),
)
"""Of each org the newest: how many findings block a run, and how many only cost some of its rows."""


def note(connection: Connection, org_id: int, findings: Sequence[Finding]) -> None:
    """The connection was examined just now, with these findings."""
    blocking = sum(1 for finding in findings if finding.weight is Weight.BLOCKS)
    connection.execute(
        text("""
            INSERT INTO examinations (org_id, examined_at, blocking, warning) VALUES (:org, :now, :blocking, :warning)
            ON CONFLICT (org_id) DO UPDATE SET examined_at = excluded.examined_at, blocking = excluded.blocking,
                warning = excluded.warning
        """),
        {
            "org": org_id,
            "now": clock.milliseconds(clock.now()),
            "blocking": blocking,
            "warning": len(findings) - blocking,
        },
    )


def latest(connection: Connection, org_id: int) -> RowMapping | None:
    """When the org was examined last, and how much was found."""
    statement = text("SELECT examined_at, blocking, warning FROM examinations WHERE org_id = :org")
    return connection.execute(statement, {"org": org_id}).mappings().first()
