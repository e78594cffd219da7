"""Notices: what went wrong and when it was over, who wants to hear of it, and what was told to whom."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from connector.store.database import metadata

_OPEN = text("recovered_at IS NULL")
_WAITING = text("state = 'waiting'")

notice_addresses = Table(
    "notice_addresses",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("road", String(10), nullable=False),
    Column("address", String(500), nullable=False),
    Column("wants", String(10), nullable=False),
    Column("secret", Text, nullable=False, server_default=""),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Integer),
    Column("tried_at", BigInteger),
    Column("answer", Text, nullable=False, server_default=""),
    Index("uq_notice_addresses", "org_id", "road", "address", unique=True),
)
"""Where notices go: `road` mail or webhook; `wants` never, errors or always; `secret`, encrypted, signs a webhook.
`answer` says what happened when it was last tried."""

notices = Table(
    "notices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("kind", String(30), nullable=False),
    Column("about", String(80), nullable=False, server_default=""),
    Column("run_id", Integer),
    Column("opened_at", BigInteger, nullable=False),
    Column("recovered_at", BigInteger),
    Column("seen_at", BigInteger),
    Column("headline", Text, nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    Column("advice", Text, nullable=False, server_default=""),
    Index("uq_notices_open", "org_id", "kind", "about", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_notices_org_id_opened_at", "org_id", "opened_at"),
)
"""One violation from its beginning to its recovery: of a kind and what it is about only one is open at a time."""

notice_deliveries = Table(
    "notice_deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("notice_id", Integer),
    Column("address_id", Integer, nullable=False),
    Column("event", String(10), nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("made_at", BigInteger, nullable=False),
    Column("retry_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("answer", Text, nullable=False, server_default=""),
    Column("body", Text, nullable=False, server_default=""),
    Index("uq_notice_deliveries", "notice_id", "address_id", "event", unique=True),
    Index("ix_notice_deliveries_waiting", "state", "retry_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
)
"""What is told to one address: `event` opened, recovered, ended, report or test; `state` waiting, sent or failed."""

notice_settings = Table(
    "notice_settings",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True, autoincrement=False),
    Column("report", Boolean, nullable=False, server_default="0"),
    Column("report_time", String(5), nullable=False, server_default="08:00"),
    Column("next_report_at", BigInteger),
    Column("fresh_hours", Integer, nullable=False, server_default="26"),
    Column("canary_at", BigInteger),
)
"""The daily failure report (local HH:MM in the night's zone), how old the newest night may be, and when the org's
connections were last tried."""

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("at", BigInteger, nullable=False),
)
"""When a process that nobody looks at (tick, watch) was last seen alive."""
