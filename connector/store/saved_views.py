"""Views of the Activity Report that somebody saved under a name."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Index, Integer, RowMapping, String, Table, Text, text

from connector import clock
from connector.store.database import metadata

MOST = 50
"""Views of one user."""
LONGEST_NAME = 120

saved_views = Table(
    "saved_views",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("user_id", Integer, ForeignKey("users.id"), nullable=False),
    Column("name", String(120), nullable=False),
    Column("question", Text, nullable=False),
    Column("saved_at", BigInteger, nullable=False),
    Index("uq_saved_views_org_id", "org_id", "user_id", "name", unique=True),
)
"""`question` is what the report was asked, as the query of its address."""


@dataclass(frozen=True)
class Owner:
    """Whose views they are: nobody else sees them."""

    org_id: int
    user_id: int

    @property
    def values(self) -> dict[str, int]:
        """As the statements name them."""
        return {"org": self.org_id, "user": self.user_id}


def of_user(connection: Connection, owner: Owner) -> Sequence[RowMapping]:
    """A user's views by name."""
    statement = text(
        "SELECT id, name, question FROM saved_views WHERE org_id = :org AND user_id = :user ORDER BY lower(name), id"
    )
    return connection.execute(statement, owner.values).mappings().all()


def save(connection: Connection, owner: Owner, name: str, question: str) -> None:
    """Keep a question under a name; one of that name that the user has is replaced."""
    statement = text("""
        INSERT INTO saved_views (org_id, user_id, name, question, saved_at) VALUES (:org, :user, :name, :question, :now)
        ON CONFLICT (org_id, user_id, name) DO UPDATE SET question = excluded.question, saved_at = excluded.saved_at
    """)
    now = clock.milliseconds(clock.now())
    connection.execute(statement, {**owner.values, "name": name, "question": question, "now": now})


def delete(connection: Connection, owner: Owner, view_id: int) -> bool:
    """Forget a view of this user; False when there is none."""
    statement = text("DELETE FROM saved_views WHERE id = :id AND org_id = :org AND user_id = :user")
    return bool(connection.execute(statement, {**owner.values, "id": view_id}).rowcount)
