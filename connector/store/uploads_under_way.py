"""How far a run's uploads are, and those of other runs that are still on their way into the same group."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from connector.store.upload_chunks import Chunk, chunk_of


@dataclass(frozen=True)
class Sent:
    """What a run's uploads came to: rows, those in uploads that are done, and the vendor's counts of these.

    `good` leaves out rows that were sent once more; `begun` are the uploads that the vendor may have, `under_way` the
    rows of those that it may still be busy with.
    """

    rows: int = 0
    done: int = 0
    good: int = 0
    added: int = 0
    updated: int = 0
    begun: int = 0
    under_way: int = 0
    extra: int = 0


def sent(connection: Connection, run_id: int) -> Sent:
    """What the run's uploads came to so far."""
    statement = text("""
        SELECT coalesce(sum(CASE WHEN extra THEN 0 ELSE rows END), 0),
               coalesce(sum(CASE WHEN extra OR state <> 'done' THEN 0 ELSE rows END), 0),
               coalesce(sum(CASE WHEN extra THEN 0 ELSE good END), 0),
               coalesce(sum(added), 0), coalesce(sum(updated), 0),
               coalesce(sum(CASE WHEN state IN ('asked', 'taken', 'done') THEN 1 ELSE 0 END), 0),
               coalesce(sum(CASE WHEN state IN ('asked', 'taken') THEN rows ELSE 0 END), 0),
               coalesce(sum(CASE WHEN extra THEN 1 ELSE 0 END), 0)
        FROM upload_chunks WHERE run_id = :run
    """)
    return Sent(*(int(number) for number in connection.execute(statement, {"run": run_id}).one()))


def left_behind(connection: Connection, org_id: int, lease: str, run_id: int) -> list[Chunk]:
    """Uploads of other runs for the same group of which nobody knows the end: their runs are over, they may not be."""
    statement = text(
        "SELECT c.* FROM upload_chunks c JOIN runs r ON r.id = c.run_id WHERE r.org_id = :org AND r.kind = 'upload' "
        "AND r.lease = :lease AND r.id <> :run AND r.state IN ('Cancelled', 'Failed') "
        "AND c.state IN ('asked', 'taken') ORDER BY c.run_id, c.number"
    )
    found = connection.execute(statement, {"org": org_id, "lease": lease, "run": run_id}).mappings()
    return [chunk_of(row) for row in found]


def goes_first(connection: Connection, org_id: int, lease: str, run_id: int) -> int | None:
    """Another run that has begun to fill the same group and is not over, though nobody works on it just now."""
    statement = text(
        "SELECT min(r.id) FROM runs r WHERE r.org_id = :org AND r.kind = 'upload' AND r.lease = :lease "
        "AND r.id <> :run AND r.state IN ('Queued', 'Running', 'Paused') AND EXISTS (SELECT 1 FROM upload_chunks c "
        "WHERE c.run_id = r.id AND c.state IN ('asked', 'taken', 'done'))"
    )
    found = connection.execute(statement, {"org": org_id, "lease": lease, "run": run_id}).scalar()
    return None if found is None else int(found)
