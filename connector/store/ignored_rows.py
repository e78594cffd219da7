"""Rows that Salesforce rejected and somebody decided to leave so, with the reason: no night tries them again."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text

from connector.store.database import metadata

ignored_rows = Table(
    "ignored_rows",
    metadata,
    Column("placement_id", Integer, primary_key=True, autoincrement=False),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("ignored_at", BigInteger, nullable=False),
    Column("ignored_by", Integer),
    Column("reason", Text, nullable=False),
)
"""The placement's state is 'ignored' as long as its row is here."""
