"""Receipts: each row that a deletion took out of Salesforce, as it stood; they are only ever added to."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Integer, RowMapping, String, Table, text

from connector.store.database import metadata

deleted_rows = Table(
    "deleted_rows",
    metadata,
    Column("deletion_id", Integer, ForeignKey("deletions.id"), primary_key=True),
    Column("placement_id", Integer, primary_key=True, autoincrement=False),
    Column("object", String(80), nullable=False),
    Column("external_key", String(80), nullable=False),
    Column("salesforce_id", String(18), nullable=False),
    Column("person_id", String(18), nullable=False),
    Column("message_id", BigInteger, nullable=False),
    Column("activity_group", String(40), nullable=False),
    Column("deleted_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""A restore leaves them: a receipt says what was deleted, not what is out of Salesforce today."""


def by_kind(connection: Connection, deletion_id: int) -> list[tuple[str, str, int]]:
    """(Salesforce object, kind, how many rows were deleted)."""
    statement = text(
        "SELECT object, activity_group, count(*) FROM deleted_rows WHERE deletion_id = :id "
        "GROUP BY object, activity_group ORDER BY object, activity_group"
    )
    return [(str(o), str(g), int(n)) for o, g, n in connection.execute(statement, {"id": deletion_id})]


def rows(connection: Connection, org_id: int, deletion_id: int, after: int, limit: int) -> Sequence[RowMapping]:
    """The rows of a receipt behind placement `after`, with the names of people and messages as they are now."""
    statement = text("""
        SELECT d.*, coalesce(p.name, '') AS person, coalesce(m.name, '') AS message FROM deleted_rows d
        LEFT JOIN people p ON p.org_id = :org AND p.id = d.person_id
        LEFT JOIN messages m ON m.org_id = :org AND m.id = d.message_id
        WHERE d.deletion_id = :id AND d.placement_id > :after ORDER BY d.placement_id LIMIT :limit
    """)
    values = {"org": org_id, "id": deletion_id, "after": after, "limit": limit}
    return connection.execute(statement, values).mappings().all()
