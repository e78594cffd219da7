"""Upload jobs: drafts of the wizard and the saved ones, and which are due. It knows no job runner."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Index, Integer, RowMapping, String, Table, Text, text

from connector import clock
from connector.model.audience import Source
from connector.model.uploads import Definition, JobState, from_json
from connector.store.database import metadata, new_id

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

upload_jobs = Table(
    "upload_jobs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("state", String(10), nullable=False),
    Column("name", String(255), nullable=False, server_default=""),
    Column("edits_id", Integer),
    Column("entries", Text, nullable=False, server_default="{}"),
    Column("definition", Text, nullable=False, server_default=""),
    Column("source_kind", String(20), nullable=False, server_default=""),
    Column("source_id", String(18), nullable=False, server_default=""),
    Column("group_id", BigInteger, nullable=False, server_default="0"),
    Column("preview_run_id", Integer),
    Column("next_run_at", BigInteger),
    Column("created_by", Integer),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Index("ix_upload_jobs_org_id", "org_id", "state", "changed_at"),
    Index("ix_upload_jobs_source", "org_id", "source_id"),
    Index("ix_upload_jobs_group", "org_id", "group_id"),
    Index("ix_upload_jobs_next_run_at", "next_run_at"),
)
"""`entries` is what a person entered in the wizard, step by step, as typed; `definition` what a run goes by, made from
them once they are whole. `edits_id`: a draft that changes this job. `next_run_at` is set while an active job has a time
to come. `source_id` is empty for a query."""


@dataclass(frozen=True)
class UploadJob:
    """One upload job. `definition` is None for a draft that is not whole yet. Instants are milliseconds."""

    id: int
    org_id: int
    state: JobState
    name: str
    edits_id: int | None
    entries: Mapping[str, Any]
    definition: Definition | None
    group_id: int
    preview_run_id: int | None
    next_run_at: int | None
    created_by: int | None
    created_at: int
    changed_at: int


def create_draft(connection: Connection, org_id: int, user_id: int | None, copied: UploadJob | None = None) -> int:
    """A new draft; answers its id. `copied` gives it what was entered for another job."""
    now = clock.milliseconds(clock.now())
    values: dict[str, Any] = {"org_id": org_id, "state": JobState.DRAFT, "created_by": user_id}
    if copied is not None:
        values |= {"name": copied.name, "entries": json.dumps(dict(copied.entries))}
        values["definition"] = copied.definition.to_json() if copied.definition else ""
    return new_id(connection.execute(upload_jobs.insert().values(**values, created_at=now, changed_at=now)))


def create_edit(connection: Connection, job: UploadJob, user_id: int | None) -> int:
    """A draft that changes a saved job once it is finished; answers its id. A job has one such draft at a time."""
    statement = text("SELECT id FROM upload_jobs WHERE org_id = :org AND edits_id = :id AND state = 'Draft'")
    found = connection.execute(statement, {"org": job.org_id, "id": job.id}).scalar()
    if found is not None:
        return int(found)
    draft_id = create_draft(connection, job.org_id, user_id, job)
    connection.execute(
        text("UPDATE upload_jobs SET edits_id = :job WHERE id = :draft"), {"job": job.id, "draft": draft_id}
    )
    return draft_id


def get(connection: Connection, org_id: int, job_id: int) -> UploadJob | None:
    """One job or draft of this org; None when there is none or it was deleted."""
    statement = text("SELECT * FROM upload_jobs WHERE id = :id AND org_id = :org AND state <> 'Deleted'")
    row = connection.execute(statement, {"id": job_id, "org": org_id}).mappings().first()
    return None if row is None else _job(row)


def of_org(connection: Connection, org_id: int, state: Sequence[JobState]) -> list[UploadJob]:
    """The org's jobs in these states, last changed first."""
    statement = text("SELECT * FROM upload_jobs WHERE org_id = :org ORDER BY changed_at DESC, id DESC")
    found = (_job(row) for row in connection.execute(statement, {"org": org_id}).mappings())
    return [job for job in found if job.state in state]


def of_source(connection: Connection, org_id: int, source_id: str) -> list[UploadJob]:
    """The saved jobs that take their audience from this Campaign, report or list view, last changed first."""
    statement = text(
        "SELECT * FROM upload_jobs WHERE org_id = :org AND source_id = :source AND state IN ('Active', 'Paused') "
        "ORDER BY changed_at DESC, id DESC"
    )
    return [_job(row) for row in connection.execute(statement, {"org": org_id, "source": source_id}).mappings()]


def recent_sources(connection: Connection, org_id: int, limit: int = 10) -> list[Source]:
    """What saved jobs took their audience from, each source once, last changed first."""
    jobs = of_org(connection, org_id, [JobState.ACTIVE, JobState.PAUSED])
    found: dict[tuple[str, str], Source] = {}
    for job in jobs:
        if job.definition is not None:
            source = job.definition.source
            found.setdefault((source.kind, source.id or source.soql), source)
    return list(found.values())[:limit]


def enter(connection: Connection, job_id: int, name: str, entries: Mapping[str, Any], whole: Definition | None) -> None:
    """Remember what was entered in a draft, and the definition it makes as far as it is whole."""
    connection.execute(
        text(
            "UPDATE upload_jobs SET name = :name, entries = :entries, definition = :whole, changed_at = :now "
            "WHERE id = :id AND state = 'Draft'"
        ),
        {
            "id": job_id,
            "name": name,
            "entries": json.dumps(dict(entries)),
            "whole": whole.to_json() if whole else "",
            "now": clock.milliseconds(clock.now()),
        },
    )


def note_preview(connection: Connection, job_id: int, run_id: int | None) -> None:
    """Remember which run previews the draft as it is entered now."""
    connection.execute(
        text("UPDATE upload_jobs SET preview_run_id = :run WHERE id = :id"), {"id": job_id, "run": run_id}
    )


def save(connection: Connection, draft: UploadJob, definition: Definition, next_run_at: datetime | None) -> int:
    """Make a finished draft a job, or give its definition to the job it edits; answers the job's id.

    A job that was paused stays so. Nothing holds on to the preview any more: its people go with the next run's.
    """
    now = clock.milliseconds(clock.now())
    job_id = draft.edits_id or draft.id
    connection.execute(
        text(
            "UPDATE upload_jobs SET name = :name, entries = :entries, definition = :definition, source_kind = :kind, "
            "source_id = :source, group_id = :group, next_run_at = :due, changed_at = :now, preview_run_id = NULL, "
            "state = CASE WHEN state = 'Draft' THEN 'Active' ELSE state END WHERE id = :id"
        ),
        {
            "id": job_id,
            "name": draft.name,
            "entries": json.dumps(dict(draft.entries)),
            "definition": definition.to_json(),
            "kind": definition.source.kind,
            "source": definition.source.id,
            "group": definition.target.group_id,
            "due": None if next_run_at is None else clock.milliseconds(next_run_at),
            "now": now,
        },
    )
    if draft.edits_id is not None:
        forget_draft(connection, draft.id)
    return job_id


def forget_draft(connection: Connection, draft_id: int) -> None:
    """Delete a draft with everything that was entered in it."""
    connection.execute(
        text(
            "UPDATE upload_jobs SET state = 'Deleted', name = '', entries = '{}', definition = '', "
            "preview_run_id = NULL WHERE id = :id AND state = 'Draft'"
        ),
        {"id": draft_id},
    )


def set_state(connection: Connection, job_id: int, state: JobState) -> None:
    """Pause, go on, or delete; a deleted job never runs by its schedule again, and its runs stay."""
    connection.execute(
        text(
            "UPDATE upload_jobs SET state = :state, "
            "next_run_at = CASE WHEN :goes_on THEN next_run_at ELSE NULL END WHERE id = :id"
        ),
        {"id": job_id, "state": str(state), "goes_on": state is JobState.ACTIVE},
    )


def set_next_run(connection: Connection, job_id: int, next_run_at: datetime | None) -> None:
    """When it runs by its schedule next; None for never."""
    connection.execute(
        text("UPDATE upload_jobs SET next_run_at = :due WHERE id = :id"),
        {"id": job_id, "due": None if next_run_at is None else clock.milliseconds(next_run_at)},
    )


def due(connection: Connection) -> list[UploadJob]:
    """The active jobs whose time has come, of every org. One that cannot be read keeps none of the others waiting."""
    statement = text(
        "SELECT * FROM upload_jobs WHERE state = 'Active' AND next_run_at <= :now ORDER BY next_run_at, id"
    )
    found: list[UploadJob] = []
    for row in connection.execute(statement, {"now": clock.milliseconds(clock.now())}).mappings():
        try:
            found.append(_job(row))
        except (LookupError, TypeError, ValueError) as trouble:
            log.warning("upload job unreadable", org=row["org_id"], job=row["id"], why=type(trouble).__name__)
    return found


def _job(row: RowMapping) -> UploadJob:
    return UploadJob(
        id=int(row["id"]),
        org_id=int(row["org_id"]),
        state=JobState(row["state"]),
        name=row["name"],
        edits_id=row["edits_id"],
        entries=json.loads(row["entries"]),
        definition=from_json(row["definition"]) if row["definition"] else None,
        group_id=int(row["group_id"]),
        preview_run_id=row["preview_run_id"],
        next_run_at=row["next_run_at"],
        created_by=row["created_by"],
        created_at=int(row["created_at"]),
        changed_at=int(row["changed_at"]),
    )
