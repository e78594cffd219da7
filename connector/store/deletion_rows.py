"""Placements on their way out of Salesforce: taken by a deletion, sent, settled.

A row that is out has no Salesforce id and no content any more: it stands for what may be written anew, and whether it
may says its `deletion_id`.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, text

from connector import clock
from connector.model.bulk import Failure, Success
from connector.store.bulk_jobs import Carry
from connector.store.database import CHUNK, stage
from connector.store.placements import AGAIN, MOST_ATTEMPTS

KEY_FIELD = "Id"
"""The one column of a file of rows to delete; Salesforce's answers name the rows by it."""
GONE = frozenset({"ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY"})
"""Salesforce's codes for a row that is in its recycle bin already, or not even there any more."""

_OUT = "state = 'deleted', salesforce_id = NULL, content_hash = '', sent_hash = '', bulk_job_id = NULL, attempts = 0"
_TAKE = text("""
    UPDATE placements SET deletion_id = :deletion, run_id = :run, outcome = NULL, attempts = 0, code = '', reason = '',
        state = CASE WHEN salesforce_id IS NULL AND (sent_hash = '' OR state = 'rejected') THEN 'deleted'
                     ELSE 'to delete' END
    FROM chosen_rows WHERE placements.id = chosen_rows.id AND state <> 'in flight'
        AND (state <> 'deleted' AND deletion_id IS NULL OR state = 'to delete' AND deletion_id <> :deletion)
""")


def take(connection: Connection, deletion_id: int, run_id: int, rows: Iterable[Sequence[int]]) -> None:
    """Give rows to a deletion: what Salesforce never had is out at once, the rest waits to be deleted there."""
    stage(connection, "chosen_rows", {"id": "BIGINT"}, rows)
    connection.execute(_TAKE, {"deletion": deletion_id, "run": run_id})


def try_again(connection: Connection, deletion_id: int, run_id: int) -> None:
    """Give the rows that Salesforce would not delete in earlier runs another chance."""
    connection.execute(
        text(
            "UPDATE placements SET outcome = NULL, attempts = 0, code = '', reason = '', run_id = :run "
            "WHERE deletion_id = :deletion AND state = 'to delete' AND outcome = 'Rejected' AND run_id <> :run"
        ),
        {"deletion": deletion_id, "run": run_id},
    )


def unknown(connection: Connection, deletion_id: int) -> list[tuple[int, str, str]]:
    """Rows that were sent once and whose answer was lost: (placement, object, external key)."""
    statement = text(
        "SELECT id, object, external_key FROM placements WHERE deletion_id = :id AND state = 'to delete' "
        "AND salesforce_id IS NULL ORDER BY object, id LIMIT :size"
    )
    return [(int(i), str(o), str(k)) for i, o, k in connection.execute(statement, {"id": deletion_id, "size": CHUNK})]


def learn(connection: Connection, rows: Iterable[tuple[int, str | None]]) -> None:
    """What Salesforce knows of such rows: (placement, its id there or None for a row that never came to be)."""
    stage(connection, "learned", {"id": "BIGINT", "salesforce_id": "TEXT"}, rows)
    connection.execute(
        text(
            "UPDATE placements SET salesforce_id = learned.salesforce_id FROM learned "
            "WHERE placements.id = learned.id AND learned.salesforce_id IS NOT NULL"
        )
    )
    connection.execute(
        text(
            f"UPDATE placements SET {_OUT} FROM learned "  # noqa: S608  # ours
            "WHERE placements.id = learned.id AND learned.salesforce_id IS NULL"
        )
    )


def objects(connection: Connection, deletion_id: int) -> list[str]:
    """In which objects of Salesforce rows wait to be deleted."""
    statement = text(f"SELECT DISTINCT object FROM placements WHERE {_WAITING} ORDER BY object")  # noqa: S608  # ours
    return [str(name) for name in connection.execute(statement, {"deletion": deletion_id}).scalars()]


_WAITING = "deletion_id = :deletion AND state = 'to delete' AND outcome IS NULL"
WAITING = f"SELECT id, salesforce_id FROM placements WHERE {_WAITING} AND object = :object ORDER BY person_id, id"  # noqa: S608  # ours
"""The rows to send, by person."""


def waiting(connection: Connection, deletion_id: int) -> int:
    """How many rows wait to be deleted."""
    statement = text(f"SELECT count(*) FROM placements WHERE {_WAITING}")  # noqa: S608  # ours
    return int(connection.execute(statement, {"deletion": deletion_id}).scalar_one())


def take_along(connection: Connection, job: int, run_id: int, rows: Iterable[Sequence[object]]) -> None:
    """Put rows (placement id,) into the row set of a bulk job."""
    stage(connection, "leaving", {"id": "BIGINT"}, ((row[0],) for row in rows))
    connection.execute(
        text("""
            UPDATE placements SET state = 'in flight', bulk_job_id = :job, run_id = :run, attempts = attempts + 1
            FROM leaving WHERE placements.id = leaving.id
        """),
        {"job": job, "run": run_id},
    )


_AMONG = "bulk_job_id = :job AND salesforce_id IN (SELECT key FROM gone)"


def settle_successes(connection: Connection, _org_id: int, job: Carry, rows: Iterable[Success]) -> None:
    """Rows that Salesforce deleted, each with its receipt; those that are settled already are left alone."""
    stage(connection, "gone", {"key": "TEXT"}, ((success.key,) for success in rows))
    values = {"job": job.id, "now": clock.milliseconds(clock.now())}
    connection.execute(
        text(f"""
            INSERT INTO deleted_rows (deletion_id, placement_id, object, external_key, salesforce_id, person_id,
                                      message_id, activity_group, deleted_at)
            SELECT deletion_id, id, object, external_key, salesforce_id, person_id, message_id, activity_group, :now
            FROM placements WHERE {_AMONG} ON CONFLICT (deletion_id, placement_id) DO NOTHING
        """),  # noqa: S608  # ours
        values,
    )
    connection.execute(
        text(f"UPDATE placements SET {_OUT}, outcome = 'Deleted', code = '', reason = '' WHERE {_AMONG}"),  # noqa: S608  # ours
        values,
    )


def settle_failures(connection: Connection, org_id: int, job: Carry, rows: Iterable[Failure]) -> None:
    """Rows that Salesforce would not delete, with its reason; once more where that passes. Those that are gone anyway
    are as good as deleted."""
    found = list(rows)
    settle_successes(connection, org_id, job, (Success(f.key, f.key, False) for f in found if f.code in GONE))
    refused = ((f.key, f.code[:60], f.message[:255], f.code in AGAIN) for f in found if f.code not in GONE)
    stage(connection, "kept", {"key": "TEXT", "code": "TEXT", "reason": "TEXT", "again": "BOOLEAN"}, refused)
    connection.execute(
        text("""
            UPDATE placements SET state = 'to delete', bulk_job_id = NULL, code = kept.code, reason = kept.reason,
                outcome = CASE WHEN kept.again AND attempts < :most THEN NULL ELSE 'Rejected' END
            FROM kept WHERE placements.bulk_job_id = :job AND placements.salesforce_id = kept.key
        """),
        {"most": MOST_ATTEMPTS, "job": job.id},
    )


def give_back(connection: Connection, job: int, code: str, reason: str, *, tried: bool) -> int:
    """Put up to ten thousand rows that a bulk job never came to back among those to delete; answers how many were left.

    `tried` says whether Salesforce had its chance. A crash of ours does not count.
    """
    return connection.execute(
        text("""
            UPDATE placements SET state = 'to delete', bulk_job_id = NULL, code = :code, reason = :reason,
                outcome = CASE WHEN :tried AND attempts >= :most THEN 'Rejected' END,
                attempts = CASE WHEN :tried THEN attempts ELSE attempts - 1 END
            WHERE id IN (SELECT id FROM placements WHERE bulk_job_id = :job LIMIT :size)
        """),
        {
            "job": job,
            "tried": tried,
            "most": MOST_ATTEMPTS,
            "code": code[:60],
            "reason": reason[:255],
            "size": CHUNK,
        },
    ).rowcount


def rejected(connection: Connection, deletion_id: int, limit: int) -> list[tuple[str, str, str, str, int]]:
    """What Salesforce would not delete: (object, kind, code, reason, rows), most rows first."""
    statement = text("""
        SELECT object, activity_group, code, min(reason), count(*) FROM placements
        WHERE deletion_id = :id AND state = 'to delete' AND outcome = 'Rejected'
        GROUP BY object, activity_group, code ORDER BY count(*) DESC, object, activity_group, code LIMIT :limit
    """)
    rows = connection.execute(statement, {"id": deletion_id, "limit": limit})
    return [(str(o), str(g), str(c), str(r), int(n)) for o, g, c, r, n in rows]
