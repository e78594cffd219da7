"""Messages to one person: who sent what to whom, and how far it is. The row stands before anything is sent."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from connector.store.database import metadata

single_sends = Table(
    "single_sends",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("user_id", Integer, ForeignKey("users.id")),
    Column("person_id", String(18), nullable=False),
    Column("message_id", BigInteger, nullable=False),
    Column("message_name", String(255), nullable=False, server_default=""),
    Column("channel", String(10), nullable=False),
    Column("address", String(255), nullable=False),
    Column("state", String(20), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("advice", Text, nullable=False, server_default=""),
    Column("vendor_job", BigInteger),
    Column("asked_at", BigInteger, nullable=False),
    Column("given_at", BigInteger),
    Column("sent_at", BigInteger),
    Index("ix_single_sends_org_id", "org_id", "person_id", "id"),
)
"""`given_at` is committed before Real Magnet is asked: after a crash nobody knows whether it took it, and nothing is
sent twice by itself."""
