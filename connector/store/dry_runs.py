"""Dry runs: what somebody wanted to know before it is done, and the answer."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from connector.store.database import metadata

dry_runs = Table(
    "dry_runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("scope_id", Integer, ForeignKey("scopes.id")),
    Column("choices", Text, nullable=False, server_default=""),
    Column("made_by", Integer),
    Column("made_at", BigInteger, nullable=False),
    Column("answer", Text, nullable=False, server_default=""),
    Index("ix_dry_runs_org_id", "org_id", "id"),
)
"""`kind` is the kind of run that is tried; `choices` are settings to try it with, as JSON; `answer` is JSON, too."""
