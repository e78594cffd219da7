"""Prior rows: what a row of Salesforce said before a run changed it, kept as long as that run may be undone."""

from collections.abc import Iterable, Sequence

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Index, Integer, String, Table, Text, text

from connector import clock
from connector.store.database import CHUNK, metadata, stage

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


def not_kept(connection: Connection, run_id: int, rows: Iterable[Sequence[int]]) -> dict[str, tuple[int, str]]:
    """Of these placements (number,) those that stand and of which the run has kept nothing yet: id in Salesforce →
    (placement, content hash)."""
    stage(connection, "looked_at", {"id": "BIGINT"}, rows)
    statement = text("""
        SELECT p.salesforce_id, p.id, p.content_hash FROM looked_at a CROSS JOIN placements p
        WHERE p.id = a.id AND p.salesforce_id IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM prior_rows r WHERE r.run_id = :run AND r.placement_id = p.id)
    """)
    return {str(sf): (int(number), str(known)) for sf, number, known in connection.execute(statement, {"run": run_id})}


def keep(connection: Connection, org_id: int, run_id: int, object_name: str, rows: Iterable[Sequence[object]]) -> None:
    """Keep rows: (placement, content hash, id in Salesforce, content)."""
    columns = {"placement_id": "BIGINT", "content_hash": "TEXT", "salesforce_id": "TEXT", "content": "TEXT"}
    stage(connection, "seen_rows", columns, rows)
    connection.execute(
        text("""
            INSERT INTO prior_rows (run_id, placement_id, org_id, object, salesforce_id, content_hash, content, kept_at)
            SELECT :run, placement_id, :org, :object, salesforce_id, content_hash, content, :now
            FROM seen_rows WHERE true ON CONFLICT (run_id, placement_id) DO NOTHING
        """),
        {"run": run_id, "org": org_id, "object": object_name, "now": clock.milliseconds(clock.now())},
    )


def forget(connection: Connection, before: int) -> int:
    """Drop up to ten thousand rows that were kept before an instant in milliseconds; answers how many."""
    statement = text("""
        DELETE FROM prior_rows WHERE (run_id, placement_id) IN (
            SELECT run_id, placement_id FROM prior_rows WHERE kept_at < :before LIMIT :size)
    """)
    return connection.execute(statement, {"before": before, "size": CHUNK}).rowcount


_NOT_LATER = """
    NOT EXISTS (SELECT 1 FROM prior_rows n WHERE n.placement_id = r.placement_id AND n.run_id > r.run_id
                AND coalesce(n.outcome, '') <> 'Put back')
"""
"""No later run changed the row again, or it was put back as it was before that one."""
_STANDS = "p.salesforce_id IS NOT NULL AND p.state <> 'deleted' AND p.deletion_id IS NULL"


def take(connection: Connection, org_id: int, run_id: int, undo_id: int) -> None:
    """Give what a run changed to the deletion that undoes it: what stands waits to be put back, the rest is left."""
    values = {"org": org_id, "run": run_id, "undo": undo_id}
    connection.execute(
        text(f"""
            UPDATE prior_rows AS r SET undo_id = :undo, code = '', reason = '', outcome = CASE WHEN {_NOT_LATER}
                AND EXISTS (SELECT 1 FROM placements p WHERE p.id = r.placement_id AND {_STANDS})
                THEN NULL ELSE 'Left' END
            WHERE r.org_id = :org AND r.run_id = :run AND coalesce(r.outcome, '') <> 'Put back'
                AND NOT EXISTS (SELECT 1 FROM placements p WHERE p.id = r.placement_id AND p.created_run = :run)
        """),  # noqa: S608  # ours
        values,
    )
    connection.execute(_AGAIN, values)


_AGAIN = text("""
    UPDATE placements SET state = 'to revert', attempts = 0, outcome = NULL
    WHERE state IN ('to write', 'written', 'rejected', 'ignored') AND id IN (
        SELECT placement_id FROM prior_rows WHERE org_id = :org AND run_id = :run AND undo_id = :undo
            AND outcome IS NULL)
""")

WAITING = """
    SELECT p.id, p.external_key, r.content_hash, r.content FROM prior_rows r JOIN placements p ON p.id = r.placement_id
    WHERE r.org_id = :org AND r.run_id = :run AND r.undo_id = :undo AND r.outcome IS NULL AND r.object = :object
        AND p.state = 'to revert' ORDER BY p.person_id, p.id
"""
"""The rows of an object that wait to be put back, by person."""


def waiting(connection: Connection, org_id: int, run_id: int, undo_id: int) -> dict[str, int]:
    """Object → how many rows wait to be put back."""
    statement = text(
        "SELECT object, count(*) FROM prior_rows WHERE org_id = :org AND run_id = :run AND undo_id = :undo "
        "AND outcome IS NULL GROUP BY object"
    )
    found = connection.execute(statement, {"org": org_id, "run": run_id, "undo": undo_id})
    return {str(name): int(count) for name, count in found}


def judge(connection: Connection, org_id: int, run_id: int, undo_id: int) -> None:
    """Note what became of rows that were sent to be put back; those that Salesforce could not lock wait once more."""
    values = {"org": org_id, "run": run_id, "undo": undo_id}
    connection.execute(
        text("""
            UPDATE prior_rows SET outcome = CASE p.state WHEN 'written' THEN 'Put back' ELSE 'Rejected' END,
                code = p.code, reason = p.reason
            FROM placements p
            WHERE prior_rows.org_id = :org AND prior_rows.run_id = :run AND prior_rows.undo_id = :undo
                AND prior_rows.outcome IS NULL AND p.id = prior_rows.placement_id
                AND p.state IN ('written', 'rejected')
        """),
        values,
    )
    connection.execute(_AGAIN, values)


def redo(connection: Connection, org_id: int, undo_id: int, run_id: int) -> None:
    """Have the rows that an undo put back written again as the facts say."""
    connection.execute(
        text("""
            UPDATE placements SET state = 'to write', attempts = 0, outcome = NULL, run_id = :run
            WHERE org_id = :org AND state IN ('written', 'rejected', 'to revert') AND deletion_id IS NULL AND id IN (
                SELECT placement_id FROM prior_rows WHERE undo_id = :undo AND coalesce(outcome, '') <> 'Left')
        """),
        {"org": org_id, "undo": undo_id, "run": run_id},
    )


def outcomes(connection: Connection, org_id: int, run_id: int, undo_id: int) -> list[tuple[str, str, int]]:
    """(Kind, outcome, rows) of what an undo did about the rows that the run changed."""
    statement = text("""
        SELECT p.activity_group, r.outcome, count(*) FROM prior_rows r JOIN placements p ON p.id = r.placement_id
        WHERE r.org_id = :org AND r.run_id = :run AND r.undo_id = :undo AND r.outcome IS NOT NULL
        GROUP BY p.activity_group, r.outcome
    """)
    found = connection.execute(statement, {"org": org_id, "run": run_id, "undo": undo_id})
    return [(str(group), str(outcome), int(count)) for group, outcome, count in found]
