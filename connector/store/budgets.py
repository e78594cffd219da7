"""Budgets: how many calls and megabytes of an org's Salesforce we may use, and how many we use."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Table

from connector.store.database import metadata

budgets = Table(
    "budgets",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True, autoincrement=False),
    Column("calls_percent", Integer, nullable=False, server_default="80"),
    Column("calls_most", BigInteger),
    Column("consent_calls", Integer, nullable=False, server_default="200"),
    Column("storage_percent", Integer, nullable=False, server_default="95"),
    Column("storage_most_mb", BigInteger),
)
"""The org's ceilings. Calls: no further than `calls_percent` of Salesforce's daily allowance, whoever spent them, and
no more than `calls_most` of our own in 24 hours; `consent_calls` are kept for opt-outs. Storage: no further than
`storage_percent` of Salesforce's data storage, and no more than `storage_most_mb` of our own rows."""

call_counts = Table(
    "call_counts",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True, autoincrement=False),
    Column("hour", Integer, primary_key=True, autoincrement=False),
    Column("purpose", String(20), primary_key=True),
    Column("calls", BigInteger, nullable=False),
)
"""Our own calls by hour (hours since the epoch) and purpose."""

allowances = Table(
    "allowances",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True, autoincrement=False),
    Column("hour", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("calls_used", BigInteger, nullable=False),
    Column("calls_allowed", BigInteger, nullable=False),
    Column("storage_used_mb", BigInteger),
    Column("storage_allowed_mb", BigInteger),
)
"""What Salesforce said last in each hour of its own allowances (`Sforce-Limit-Info`, `/limits`), everybody's use."""
