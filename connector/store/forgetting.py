"""Drops the people that deleted upload jobs and drafts had read; what they were counts on in the runs."""

from sqlalchemy import Connection, text

from connector.store import audiences
from connector.store.database import Database


def forget_deleted(database: Database, org_id: int | None = None) -> None:
    """Drop the rows of deleted jobs and drafts, of one org or of all, and what their previews went by.

    A piece at a time, so that others may write between. What a run that still stops has read goes the next time.
    """
    with database.read() as connection:
        found = _deleted(connection, org_id)
    for org, job_id in found:
        forgotten = 1
        while forgotten:
            with database.write() as connection:
                forgotten = audiences.forget_older(connection, org, job_id, [])
        with database.write() as connection:
            connection.execute(_FORGET_TERMS, {"org": org, "job": job_id})


_OVER = "r.state NOT IN ('Queued', 'Running', 'Paused', 'Held')"
_FORGET_TERMS = text(
    "DELETE FROM upload_terms WHERE run_id IN (SELECT r.id FROM runs r WHERE r.org_id = :org "  # noqa: S608  # our words
    f"AND r.kind = 'preview' AND r.subject_id = :job AND {_OVER})"
)


def _deleted(connection: Connection, org_id: int | None) -> list[tuple[int, int]]:
    """(org, job) of the deleted ones of which something is left."""
    only = "" if org_id is None else "AND j.org_id = :org "
    statement = text(
        "SELECT j.org_id, j.id FROM upload_jobs j WHERE j.state = 'Deleted' "  # noqa: S608  # our own words
        f"{only}AND EXISTS (SELECT 1 FROM runs r WHERE r.org_id = j.org_id AND r.subject_id = j.id "
        f"AND r.kind IN ('upload', 'preview') AND {_OVER} "
        "AND (EXISTS (SELECT 1 FROM audience a WHERE a.run_id = r.id) "
        "OR r.kind = 'preview' AND EXISTS (SELECT 1 FROM upload_terms t WHERE t.run_id = r.id)))"
    )
    values = {} if org_id is None else {"org": org_id}
    return [(int(org), int(job)) for org, job in connection.execute(statement, values)]
