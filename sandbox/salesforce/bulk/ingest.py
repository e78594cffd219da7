"""Works on one ingest job, a batch of 10,000 rows at a time; knows neither requests nor threads."""

import sqlite3
import time
from dataclasses import dataclass, field
from typing import Any

from sandbox.salesforce.bulk.files import JobFiles
from sandbox.salesforce.bulk.jobs import ENDED, WORKING, Job, JobTable, fresh
from sandbox.salesforce.bulk.locks import LOCKED_PARENTS, MOST_LOST, ParentLocks, error_text
from sandbox.salesforce.bulk.results import BatchResults, shuffled_columns
from sandbox.salesforce.bulk.upload_csv import BrokenUploadError, Upload
from sandbox.salesforce.errors import ApiError, RowError, UnknownFieldError
from sandbox.salesforce.org import Org
from sandbox.salesforce.plans import CHUNK, Operation, RowResult, WritePlan
from sandbox.salesforce.rows import plan_write, save_chunk
from sandbox.salesforce.switches import Switches

BATCH = 10_000
ANY = ENDED | {WORKING}
HALF_WAY = "TooManyLockFailure : Too many lock failures while processing this batch"  # assumed: the text
OPERATIONS: dict[str, Operation] = {
    "insert": "insert",
    "update": "update",
    "upsert": "upsert",
    "delete": "delete",
    "hardDelete": "hardDelete",
}


@dataclass
class Under:
    """A job being worked on: its file open where the next batch begins."""

    upload: Upload
    plan: WritePlan
    order: list[int]
    parents_at: list[int]
    locks: ParentLocks = field(default_factory=ParentLocks)


@dataclass
class Held:
    """The parents a job's last batch held, and until when (clock seconds)."""

    parents: set[str]
    until: float


class Ingest:
    """Takes ingest jobs step by step; what it keeps in memory can be made again from the job table and the files."""

    def __init__(self, org: Org, jobs: JobTable, files: JobFiles, switches: Switches) -> None:
        self._org = org
        self._jobs = jobs
        self._files = files
        self._switches = switches
        self._under: dict[str, Under] = {}
        self._held: dict[str, Held] = {}

    def step(self, job: Job, pause: float) -> None:
        """One batch of a job in progress; ``pause`` is how long the vendor needs for a batch."""
        began = time.perf_counter()
        try:
            under = self._under.get(job.id) or self._open(job)
            size = BATCH if job.stop_after is None else max(0, min(BATCH, job.stop_after - job.rows_done))
            rows = under.upload.batch(size)
        except BrokenUploadError as problem:
            self._jobs.move(job, frozenset({WORKING}), state="Failed", error=str(problem))
            self.forget(job)
            return
        lost, requeued = self._lost_locks(job, under, rows, pause)
        with self._org.database.writing() as connection:
            now = fresh(connection, job)
            ended = now is None or now.state != WORKING
            if not ended:
                results = self._save(connection, job, under, (rows, lost))
                results.write(self._files, job.batches_done)
                ended = self._settle(job, results, size)
                worked = job.work_ms + round(1000 * (time.perf_counter() - began))
                due = self._org.clock.now().timestamp() + pause
                changes = {"retries": job.retries + requeued, "work_ms": worked, "due": due}
                self._jobs.move(job, ANY, **changes)
        if ended:
            self.forget(job)

    def _save(
        self, connection: sqlite3.Connection, job: Job, under: Under, work: tuple[list[list[str]], dict[int, str]]
    ) -> BatchResults:
        """Write a batch chunk by chunk, except the rows that got no lock."""
        rows, lost = work
        results = BatchResults(job, under.order)
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            here = {place - start: parent for place, parent in lost.items()} if lost else lost
            results.add(chunk, self._write(connection, under.plan, chunk, here))
        return results

    def _settle(self, job: Job, results: BatchResults, size: int) -> bool:
        """Book what a batch did; whether the job has ended with it."""
        done = len(results.good) + len(results.bad)
        changes: dict[str, Any] = {
            "batches_done": job.batches_done + 1,
            "rows_done": job.rows_done + done,
            "rows_failed": job.rows_failed + len(results.bad),
        }
        if job.stop_after is not None and job.rows_done + done >= job.stop_after:
            changes |= {"state": "Failed", "error": HALF_WAY}
        elif done < size:
            changes["state"] = "JobComplete"
        self._jobs.move(job, frozenset({WORKING}), **changes)
        return "state" in changes

    def forget(self, job: Job) -> None:
        under = self._under.pop(job.id, None)
        if under is not None:
            under.upload.close()

    def close(self) -> None:
        for under in self._under.values():
            under.upload.close()
        self._under.clear()

    def _open(self, job: Job) -> Under:
        """Raises BrokenUploadError."""
        upload = Upload(self._files.upload(job.id), job)
        try:
            plan = self._plan(job, upload.header)
            if job.batches_done == 0 and self._switches.take("bulk_fails_half_way"):
                job.stop_after = _rows_in(self._files, job) // 2
                self._jobs.move(job, frozenset({WORKING}), stop_after=job.stop_after)
            upload.skip(job.rows_done)
        except BrokenUploadError:
            upload.close()
            raise
        columns = plan.columns
        parents = [place for place, item in enumerate(columns) if LOCKED_PARENTS.intersection(item.field.reference_to)]
        self._under[job.id] = Under(upload, plan, shuffled_columns(upload.header), parents)
        return self._under[job.id]

    def _plan(self, job: Job, header: list[str]) -> WritePlan:
        sobject = self._org.schema.get(job.object)
        names = {name.lower() for name in header}
        key = "Id" if job.operation in ("update", "delete", "hardDelete") else job.external_id_field
        if key is not None and key.lower() not in names:
            raise BrokenUploadError(f"InvalidBatch : Field name not found : {key}")  # assumed for a missing key
        if job.operation in ("delete", "hardDelete") and header != ["Id"]:
            raise BrokenUploadError("InvalidBatch : Only the column Id is allowed to delete")  # assumed: the text
        access = self._org.access(job.created_by)
        try:
            return plan_write(
                self._org,
                access,
                sobject,
                OPERATIONS[job.operation],
                header,
                external_field=job.external_id_field,
                csv=True,
            )
        except UnknownFieldError as problem:
            raise BrokenUploadError(f"InvalidBatch : Field name not found : {problem.field}") from problem
        except ApiError as problem:
            # assumed: the text
            raise BrokenUploadError(f"InvalidBatch : {problem.code} : {problem.message}") from problem

    def _lost_locks(self, job: Job, under: Under, rows: list[list[str]], pause: float) -> tuple[dict[int, str], bool]:
        """Rows that get no lock, each with the parent it was refused for (or an order from the switchboard)."""
        lost: dict[int, str] = dict.fromkeys(range(self._switches.take("lock_storm", len(rows))), "")
        now = self._org.clock.now().timestamp()
        self._held = {owner: held for owner, held in self._held.items() if held.until > now or owner == job.id}
        elsewhere = {parent for owner, held in self._held.items() if owner != job.id for parent in held.parents}
        if not under.parents_at:
            return lost, False
        parents = ["".join(row[place] for place in under.parents_at) for row in rows]
        collided, requeued = under.locks.lost(parents, elsewhere)
        self._held[job.id] = Held(set(parents) - {""}, now + pause)
        assert len(collided) <= MOST_LOST
        return collided | lost, requeued

    def _write(
        self, connection: sqlite3.Connection, plan: WritePlan, chunk: list[list[str]], lost: dict[int, str]
    ) -> list[RowResult]:
        """Save a chunk; rows in ``lost`` (by their place, with the parent that was locked) are refused instead."""
        if not any(place in lost for place in range(len(chunk))):
            return save_chunk(self._org, connection, plan, chunk)
        kept = [row for place, row in enumerate(chunk) if place not in lost]
        written = iter(save_chunk(self._org, connection, plan, kept) if kept else [])
        return [_refused(lost[place] or row[0]) if place in lost else next(written) for place, row in enumerate(chunk)]


def _refused(parent: str) -> RowResult:
    return RowResult(None, errors=(RowError("UNABLE_TO_LOCK_ROW", error_text(parent)),))


def _rows_in(files: JobFiles, job: Job) -> int:
    """How many rows an upload has. Raises BrokenUploadError."""
    upload = Upload(files.upload(job.id), job)
    try:
        return sum(1 for _ in upload.rest())
    finally:
        upload.close()
