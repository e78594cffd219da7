"""The job table of Bulk API 2.0 and the moves a job may make; knows no CSV and no HTTP."""

import sqlite3
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from sandbox.salesforce.clock import Clock, stamp
from sandbox.salesforce.database import Database
from sandbox.salesforce.ids import make_ids

INGEST, QUERY = "V2Ingest", "V2Query"
WAITING, WORKING = "UploadComplete", "InProgress"
ENDED = frozenset({"JobComplete", "Failed", "Aborted"})
DELETABLE = ENDED | {WAITING}
OPEN_FOR = timedelta(hours=24)
OPEN_TOO_LONG = "Timeout : The job was not closed within 24 hours"  # assumed: the text


@dataclass
class Job:
    """One bulk job as it is stored; ``batches_done`` and ``rows_done`` say where the runner goes on."""

    id: str
    number: int
    job_type: str
    operation: str
    object: str
    api_version: str
    created_by: str
    created: str
    modified: str
    state: str = "Open"
    external_id_field: str | None = None
    line_ending: str = "LF"
    delimiter: str = "COMMA"
    soql: str | None = None
    uploaded: int = 0
    due: float = 0.0
    batches_done: int = 0
    rows_done: int = 0
    rows_failed: int = 0
    stop_after: int | None = None  # a bad day: fail once so many rows are done
    retries: int = 0
    work_ms: int = 0
    error: str | None = None


_COLUMNS = [column.name for column in fields(Job)]
_TABLE = f"CREATE TABLE IF NOT EXISTS sandbox_bulk_job ({', '.join(_COLUMNS)}, PRIMARY KEY (id))"
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM sandbox_bulk_job"


class JobTable:
    """Every job of the org."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        with database.writing() as connection:
            connection.execute(_TABLE)

    def create(self, **given: Any) -> Job:
        number = self._database.reserve("bulk_job")
        now = self._clock.system_stamp()
        job = Job(id=next(make_ids("750", number, 1)), number=number, created=now, modified=now, **given)
        marks = ", ".join("?" * len(_COLUMNS))
        with self._database.writing() as connection:
            values = [getattr(job, column) for column in _COLUMNS]
            connection.execute(f"INSERT INTO sandbox_bulk_job VALUES ({marks})", values)
        return job

    def find(self, job_id: str, job_type: str) -> Job | None:
        """A job by its id of 15 or 18 characters."""
        self._expire()
        with self._database.reading() as connection:
            row = connection.execute(f"{_SELECT} WHERE substr(id, 1, 15) = ?", (job_id[:15],)).fetchone()
        job = Job(*row) if row else None
        return job if job is not None and job.job_type == job_type else None

    def page(self, job_type: str, after: int, size: int) -> list[Job]:
        """Newest first, those made before the job with the number ``after`` (0: from the newest)."""
        self._expire()
        where = "WHERE job_type = ? AND (number < ? OR ? = 0) ORDER BY number DESC LIMIT ?"
        with self._database.reading() as connection:
            rows = connection.execute(f"{_SELECT} {where}", (job_type, after, after, size)).fetchall()
        return [Job(*row) for row in rows]

    def unfinished(self) -> list[Job]:
        """Jobs the runner has work with, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(f"{_SELECT} WHERE state IN (?, ?) ORDER BY number", (WAITING, WORKING)).fetchall()
        return [Job(*row) for row in rows]

    def move(self, job: Job, allowed: frozenset[str], **changes: Any) -> bool:
        """Change a job that is still in one of the allowed states; False if somebody was quicker."""
        changes["modified"] = self._clock.system_stamp()
        names = ", ".join(f"{name} = ?" for name in changes)
        states = ", ".join("?" * len(allowed))
        statement = f"UPDATE sandbox_bulk_job SET {names} WHERE id = ? AND state IN ({states})"
        with self._database.writing() as connection:
            done = connection.execute(statement, [*changes.values(), job.id, *allowed]).rowcount == 1
        if done:
            for name, value in changes.items():
                setattr(job, name, value)
        return done

    def remove(self, job: Job) -> None:
        with self._database.writing() as connection:
            connection.execute("DELETE FROM sandbox_bulk_job WHERE id = ?", (job.id,))

    def _expire(self) -> None:
        """A job that nobody closed within a day fails."""
        before = stamp((self._clock.now() - OPEN_FOR).replace(microsecond=0))
        with self._database.reading() as connection:
            late = connection.execute(f"{_SELECT} WHERE state = 'Open' AND created < ?", (before,)).fetchall()
        for row in late:
            self.move(Job(*row), frozenset({"Open"}), state="Failed", error=OPEN_TOO_LONG)


def fresh(connection: sqlite3.Connection, job: Job) -> Job | None:
    """The job as it is now, read inside the caller's transaction."""
    row = connection.execute(f"{_SELECT} WHERE id = ?", (job.id,)).fetchone()
    return Job(*row) if row else None
