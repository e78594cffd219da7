"""Figures: what the ledger says of each message and link, added up once so that screens and aggregates need not."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table

from connector.store.database import metadata

figures = Table(
    "figures",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True),
    Column("message_id", BigInteger, primary_key=True),
    Column("activity_group", String(40), primary_key=True),
    Column("activity", String(80), primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("people", BigInteger, nullable=False),
)
"""Activities of a message, and how many different recipients they are of. Activity '' sums a group up: its people are
counted once, whatever they did."""

daily_figures = Table(
    "daily_figures",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True),
    Column("message_id", BigInteger, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("activity_group", String(40), primary_key=True),
    Column("activity", String(80), primary_key=True),
    Column("link_id", Integer, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Index("ix_daily_figures_org_id_day", "org_id", "day"),
)
"""Activities of a message on a day (its ordinal, in the zone `nights.figures_zone`); `link_id` is 0 for none."""
