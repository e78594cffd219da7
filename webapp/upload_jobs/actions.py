"""What a person does with an upload job: run it now, pause it, let it go on, delete it. Each leaves an audit line."""

from flask import Blueprint, Response, abort
from sqlalchemy import Connection, RowMapping

from connector import clock
from connector.model.rights import Area, Level
from connector.model.runs import RunState, Trigger
from connector.model.uploads import JobState
from connector.store import audit, claims, upload_jobs, upload_runs, upload_schedule
from connector.store.claims import Asked
from connector.store.forgetting import forget_deleted
from connector.store.upload_jobs import UploadJob
from webapp.guard import needs
from webapp.pages import part
from webapp.sessions import visitor
from webapp.upload_jobs import starting
from webapp.upload_jobs.views import job_page, listing, saved_job
from webapp.wiring import wiring

actions = Blueprint("upload_job_actions", __name__, url_prefix="/upload-jobs/<int(max=2147483647):job_id>")


@actions.post("/runs")
@needs(Area.UPLOADS, Level.FULL)
def run_now(job_id: int) -> Response:
    """Start a run, or show the one under way."""
    with wiring().services.database.read() as connection:
        job = saved_job(connection, job_id)
    starting.start(job, Asked(Trigger.RUN_NOW, visitor().user_id))
    return job_page(job_id)


@actions.post("/pause")
@needs(Area.UPLOADS, Level.FULL)
def pause(job_id: int) -> Response:
    """No run by its schedule until it is resumed."""
    with wiring().services.database.write() as connection:
        job = saved_job(connection, job_id)
        upload_jobs.set_state(connection, job.id, JobState.PAUSED)
        _record(connection, "Paused an upload job", job)
    return job_page(job_id, f"Paused. “{job.name}” runs only when somebody chooses Run now.")


@actions.post("/resume")
@needs(Area.UPLOADS, Level.FULL)
def resume(job_id: int) -> Response:
    """Go by its schedule again; what was missed is not caught up."""
    with wiring().services.database.write() as connection:
        job = saved_job(connection, job_id)
        upload_jobs.set_state(connection, job.id, JobState.ACTIVE)
        if job.definition is not None:
            following = upload_schedule.next_run(job.definition.timetable, clock.now())
            upload_jobs.set_next_run(connection, job.id, following)
        _record(connection, "Resumed an upload job", job)
    return job_page(job_id, f"“{job.name}” is active again.")


@actions.get("/delete")
@needs(Area.UPLOADS, Level.FULL)
def ask_to_delete(job_id: int) -> Response:
    """Our own confirmation, with what becomes of what."""
    with wiring().services.database.read() as connection:
        job = upload_jobs.get(connection, visitor().org_id, job_id) or abort(404)
        run, changes = _unfinished(connection, job), _changes(connection, job)
    return part("upload_jobs/delete.html", job=job, run=run, changes=changes)


@actions.post("/delete")
@needs(Area.UPLOADS, Level.FULL)
def delete(job_id: int) -> Response:
    """Delete a job or a draft with the people it read; a run under way is asked to stop."""
    with wiring().services.database.write() as connection:
        job = upload_jobs.get(connection, visitor().org_id, job_id) or abort(404)
        for draft in (one for one in (job, *_changes(connection, job)) if one.state is JobState.DRAFT):
            starting.forget_draft(connection, draft)
        if job.state is not JobState.DRAFT:
            upload_jobs.set_state(connection, job.id, JobState.DELETED)
        run = _unfinished(connection, job)
        if run is not None:
            claims.request_cancel(connection, int(run["id"]))
        _record(connection, "Deleted a draft" if job.state is JobState.DRAFT else "Deleted an upload job", job)
    forget_deleted(wiring().services.database, job.org_id)
    return listing(f"Deleted: {job.name or 'the draft'}.")


def _unfinished(connection: Connection, job: UploadJob) -> RowMapping | None:
    newest = upload_runs.of_job(connection, job.org_id, job.id, 1)
    return newest[0] if newest and not RunState(newest[0]["state"]).over else None


def _changes(connection: Connection, job: UploadJob) -> list[UploadJob]:
    """Drafts that would change the job; without it they would come to nothing."""
    return [draft for draft in upload_jobs.of_org(connection, job.org_id, [JobState.DRAFT]) if draft.edits_id == job.id]


def _record(connection: Connection, action: str, job: UploadJob) -> None:
    audit.record(connection, starting.actor(), action, {}, {"upload job": job.name, "id": job.id})
