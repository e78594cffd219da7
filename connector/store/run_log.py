"""The run log: finished runs with all that is known of them, and which of them are old enough to go."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, Table, bindparam, text

from connector import clock
from connector.store.database import Database
from connector.store.tables import metadata

RUNS_A_TIME = 200
DAY = 24 * 3600 * 1000


@dataclass(frozen=True)
class Wanted:
    """Which runs: of these kinds, asked for at or after `from_at` and before `before_at`, in milliseconds."""

    org_id: int
    kinds: Sequence[str]
    from_at: int | None = None
    before_at: int | None = None


_LISTED = text("""
    SELECT r.*, u.name AS asker, COALESCE(j.name, n.message_name, m.name, p.name, s.person_id, '') AS about FROM runs r
    LEFT JOIN users u ON u.id = r.requested_by AND u.org_id = r.org_id
    LEFT JOIN upload_jobs j ON r.kind = 'upload' AND j.id = r.subject_id AND j.org_id = r.org_id
    LEFT JOIN sends n ON r.kind = 'send' AND n.id = r.subject_id AND n.org_id = r.org_id
    LEFT JOIN scopes s ON r.kind = 'update' AND s.id = r.subject_id AND s.org_id = r.org_id
    LEFT JOIN messages m ON m.org_id = s.org_id AND m.id = s.message_id
    LEFT JOIN people p ON p.org_id = s.org_id AND p.id = s.person_id
    WHERE r.org_id = :org AND r.kind IN :kinds AND r.id < :below
    AND r.queued_at >= :from_at AND r.queued_at < :before_at
    ORDER BY r.id DESC LIMIT :limit
""").bindparams(bindparam("kinds", expanding=True))


def listed(connection: Connection, wanted: Wanted, below: int, limit: int) -> Sequence[RowMapping]:
    """Runs with a number below `below`, newest first, each with who asked for it and what it was about."""
    values = {
        "org": wanted.org_id,
        "kinds": [str(kind) for kind in wanted.kinds],
        "from_at": wanted.from_at if wanted.from_at is not None else 0,
        "before_at": wanted.before_at if wanted.before_at is not None else 2**62,
        "below": below,
        "limit": limit,
    }
    return connection.execute(_LISTED, values).mappings().all()


_OLD = text("""
    SELECT r.id FROM runs r
    WHERE r.ended_at < :cutoff AND r.state IN ('Completed', 'Completed with errors', 'Failed', 'Cancelled')
    AND NOT EXISTS (SELECT 1 FROM bulk_jobs b WHERE b.run_id = r.id AND b.settled_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM audience a WHERE a.run_id = r.id)
    AND NOT (r.kind = 'upload' AND r.state IN ('Failed', 'Cancelled')
        AND EXISTS (SELECT 1 FROM upload_chunks c WHERE c.run_id = r.id))
    AND (r.kind IN ('update', 'back-fill', 'preview', 'single send') OR EXISTS (
        SELECT 1 FROM runs l WHERE l.org_id = r.org_id AND l.kind = r.kind AND l.subject_id = r.subject_id
        AND l.id > r.id))
    AND (r.kind <> 'activity' OR EXISTS (
        SELECT 1 FROM runs w WHERE w.org_id = r.org_id AND w.kind = 'activity' AND w.subject_id = 0 AND w.id > r.id
        AND w.state IN ('Completed', 'Completed with errors')))
    ORDER BY r.id LIMIT :limit
""")
"""Not among them: what is under way or has rows on their way to Salesforce; whose people are still shown; an upload
that may have left its group half filled; the last run of the night, of each upload job, send and deletion, and the last
whole night: the freshness line goes by it."""


def forget_old(database: Database, days: int, limit: int = RUNS_A_TIME) -> int:
    """Remove some of the runs that ended more than `days` ago, with all that belongs to them; answers how many. 0 days
    keep every run."""
    if days <= 0:
        return 0
    cutoff = clock.milliseconds(clock.now()) - days * DAY
    with database.read() as connection:
        if connection.execute(_OLD, {"cutoff": cutoff, "limit": 1}).first() is None:
            return 0  # most rounds: no writer has to wait for this look
    with database.write() as connection:
        found = list(connection.execute(_OLD, {"cutoff": cutoff, "limit": limit}).scalars())
        for table, column in [*_belonging(), (metadata.tables["runs"], "id")]:
            connection.execute(table.delete().where(table.c[column].in_(found)))
    return len(found)


def _belonging() -> Iterator[tuple[Table, str]]:
    """Every table whose rows belong to a run, with the column that says to which."""
    for table in metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.target_fullname == "runs.id":
                yield table, key.parent.name
