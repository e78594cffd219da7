"""What SQLite's planner should believe of sizes before there is any data to measure.

Without figures it takes every table for small, and would walk all facts of an org rather than look up twenty. The
rows of `sqlite_stat1` may be written by hand (SQLite's documentation of ANALYZE); these are of an org with a million
facts. PostgreSQL gathers its own.
"""

from connector.store.database import Database

_FIGURES = (
    ("facts", "facts", "10000000 1000000 1"),
    ("facts", "ix_facts_org_id_message_id", "10000000 1000000 2500 800 300"),
    ("facts", "ix_facts_org_id_recipient_id", "10000000 1000000 20"),
    ("facts", "ix_facts_undecided", "20000 10000 10000 1"),
    ("facts", "ix_facts_unmatched", "20000 10000 1000 1"),
    ("placements", "uq_placements_org_id", "10000000 1000000 1000000 1"),
    ("placements", "ix_placements_org_id_message_id", "10000000 1000000 2500 800"),
    ("placements", "ix_placements_to_write", "20000 10000 10000 20 1"),
    ("placements", "ix_placements_bulk_job_id", "20000 10000"),
    ("placements", "ix_placements_rejected", "2000 1000 500"),
    ("people", "sqlite_autoindex_people_1", "10000000 4000000 1"),
    ("people", "ix_people_org_id_email", "10000000 4000000 2"),
    ("people", "ix_people_org_id_became_id", "10000000 4000000 2"),
    ("people", "ix_people_org_id_changed_run", "10000000 4000000 1000"),
    ("recipients", "sqlite_autoindex_recipients_1", "10000000 4000000 1"),
    ("recipients", "ix_recipients_org_id_email", "10000000 4000000 2"),
    ("recipients", "ix_recipients_org_id_custom_id", "10000000 4000000 2"),
    ("recipients", "ix_recipients_org_id_changed_run", "10000000 4000000 1000"),
    ("matches", "matches", "10000000 4000000 1 1"),
    ("matches", "ix_matches_org_id_person_id", "10000000 4000000 1"),
    ("audience", "audience", "2000000 200000 1"),
    ("audience", "ix_audience_reason", "2000000 200000 50000 1"),
    ("audience", "ix_audience_identity", "2000000 200000 1 1"),
)
"""Table, index (of a table without rowid its own name is its key), and: rows in all, then rows that share the first
column, the first two, and so on."""


def teach(database: Database) -> None:
    """Write the figures; connections opened afterwards plan by them. Does nothing on PostgreSQL."""
    if not database.sqlite:
        return
    with database.write() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.exec_driver_sql("DELETE FROM sqlite_stat1")
        connection.exec_driver_sql("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", list(_FIGURES))
    database.dispose()
