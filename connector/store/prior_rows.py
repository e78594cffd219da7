"""Prior rows: what a row of Salesforce said before a run changed it, kept as long as that run may be undone."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from connector.store.database import metadata

prior_rows = Table(
    "prior_rows",
    metadata,
    Column("run_id", Integer, primary_key=True, autoincrement=False),
    Column("placement_id", Integer, primary_key=True, autoincrement=False),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("object", String(80), nullable=False),
    Column("salesforce_id", String(18), nullable=False),
    Column("content_hash", String(16), nullable=False),
    Column("content", Text, nullable=False),
    Column("kept_at", BigInteger, nullable=False),
    Column("undo_id", Integer),
    Column("outcome", String(10)),
    Column("code", String(60), nullable=False, server_default=""),
    Column("reason", String(255), nullable=False, server_default=""),
    Index("ix_prior_rows_placement_id", "placement_id", "run_id"),
    Index("ix_prior_rows_kept_at", "kept_at"),
    sqlite_with_rowid=False,
)
"""`content` is a JSON object of the columns that we write, as Salesforce had them; `content_hash` is the placement's of
that time. `undo_id` is the deletion that undoes the run, and `outcome` what became of the row by it (Put back, Left,
Rejected, with Salesforce's `code` and `reason`)."""
