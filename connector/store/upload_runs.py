"""The runs of upload jobs as screens list them: the latest of each job, those of one, and the steps of one."""

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, bindparam, text

_RUN = "SELECT r.*, u.name AS asker FROM runs r LEFT JOIN users u ON u.id = r.requested_by AND u.org_id = r.org_id"


def latest(connection: Connection, org_id: int, *, ended: bool = False) -> dict[int, RowMapping]:
    """Job → its newest run, whatever its state; or its newest that is over."""
    over = "AND state IN ('Completed', 'Completed with errors', 'Failed', 'Cancelled') " if ended else ""
    statement = text(
        f"{_RUN} WHERE r.id IN (SELECT max(id) FROM runs "  # noqa: S608  # our own constants
        f"WHERE org_id = :org AND kind = 'upload' {over}GROUP BY subject_id)"
    )
    return {int(row["subject_id"]): row for row in connection.execute(statement, {"org": org_id}).mappings()}


def of_job(connection: Connection, org_id: int, job_id: int, limit: int = 10) -> Sequence[RowMapping]:
    """The newest runs of a job, newest first."""
    statement = text(
        f"{_RUN} WHERE r.org_id = :org AND r.kind = 'upload' AND r.subject_id = :job ORDER BY r.id DESC LIMIT :limit"
    )
    return connection.execute(statement, {"org": org_id, "job": job_id, "limit": limit}).mappings().all()


def job_names(connection: Connection, org_id: int, job_ids: Sequence[int]) -> dict[int, str]:
    """The names of jobs, of deleted ones and drafts too: their runs are still listed."""
    statement = text("SELECT id, name FROM upload_jobs WHERE org_id = :org AND id IN :ids").bindparams(
        bindparam("ids", expanding=True)
    )
    found = connection.execute(statement, {"org": org_id, "ids": list(job_ids)})
    return {int(job): str(name) for job, name in found}


def chunks(connection: Connection, run_id: int) -> Sequence[RowMapping]:
    """The uploads that a run was cut into, in order."""
    statement = text("SELECT * FROM upload_chunks WHERE run_id = :run ORDER BY number")
    return connection.execute(statement, {"run": run_id}).mappings().all()


def chunk_numbers(connection: Connection, run_id: int) -> RowMapping:
    """How many chunks a run has so far, how many of them Real Magnet may have, and how many are done."""
    statement = text("""
        SELECT count(*) AS chunks,
               coalesce(sum(CASE WHEN state IN ('waiting', 'refused') THEN 0 ELSE 1 END), 0) AS begun,
               coalesce(sum(CASE WHEN state = 'done' THEN 1 ELSE 0 END), 0) AS done
        FROM upload_chunks WHERE run_id = :run
    """)
    return connection.execute(statement, {"run": run_id}).mappings().one()
