"""Views of the Activity Report that somebody saved under a name."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from connector.store.database import metadata

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
