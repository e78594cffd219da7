"""Every state that an org's settings were in: who left them so, when, and the whole as one document."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

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
