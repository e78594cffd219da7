"""Shows a run of an upload job, and carries out what a person decides about it: stop, go on, discard, try again."""

from typing import Any

from flask import Blueprint, Response, abort
from sqlalchemy import Connection, RowMapping

from connector.model.rights import Area, Level
from connector.model.runs import RunKind, RunState, Trigger
from connector.model.uploads import Definition
from connector.store import audience_people, audit, claims, screens, upload_jobs, upload_runs, upload_terms
from connector.store.audience_people import Move, Wanted
from connector.store.claims import Asked
from connector.store.upload_jobs import UploadJob
from webapp.audience import words
from webapp.guard import needs
from webapp.pages import page, part
from webapp.runs import steps, upload_result
from webapp.sessions import visitor
from webapp.upload_jobs import starting
from webapp.upload_jobs.views import job_page, saved_job
from webapp.wiring import wiring

uploads = Blueprint("upload_run", __name__, url_prefix="/runs/<int(max=2147483647):run_id>")

REJECTED_SHOWN = 10
RETRIED = frozenset({RunState.COMPLETED, RunState.COMPLETED_WITH_ERRORS})


def show(run_id: int) -> Response:
    """The page of an upload's run."""
    with wiring().services.database.read() as connection:
        values = _values(connection, run_id)
    name = values["name"] or "Upload job"
    return page("runs/upload.html", f"Upload: {name}, run {run_id}", words=words, **values)


@uploads.get("/status")
@needs(Area.UPLOADS, Level.READ)
def status(run_id: int) -> Response:
    """What changes while the run is under way."""
    with wiring().services.database.read() as connection:
        values = _values(connection, run_id)
    return part("runs/upload_status.html", words=words, **values)


@uploads.get("/stop")
@needs(Area.UPLOADS, Level.FULL)
def ask_to_stop(run_id: int) -> Response:
    """Our own confirmation, with what the group then holds."""
    with wiring().services.database.read() as connection:
        values = _values(connection, run_id)
    return part("runs/stop_upload.html", **values)


@uploads.post("/stop")
@needs(Area.UPLOADS, Level.FULL)
def stop(run_id: int) -> Response:
    """Ask the run to stop, or discard one that waits for a decision."""
    with wiring().services.database.write() as connection:
        run = _own(connection, run_id)
        if claims.request_cancel(connection, run_id):
            held = run["state"] == RunState.HELD
            audit.record(connection, starting.actor(), f"{'Discarded' if held else 'Cancelled'} a run", {}, _named(run))
    return show(run_id)


@uploads.get("/approve")
@needs(Area.UPLOADS, Level.FULL)
def ask_to_approve(run_id: int) -> Response:
    """Our own confirmation, with what the group will hold."""
    with wiring().services.database.read() as connection:
        values = _values(connection, run_id)
    return part("runs/approve_upload.html", **values)


@uploads.post("/approve")
@needs(Area.UPLOADS, Level.FULL)
def approve(run_id: int) -> Response:
    """Let a held run go on as it stands."""
    with wiring().services.database.write() as connection:
        run = _own(connection, run_id)
        claim = claims.approve(connection, run_id)
        if claim is not None:
            audit.record(connection, starting.actor(), "Let a held run go on", {}, _named(run))
    if claim is not None:
        starting.enqueue(claim)
    return show(run_id)


@uploads.post("/retry")
@needs(Area.UPLOADS, Level.FULL)
def retry(run_id: int) -> Response:
    """A run that carries only the people whom Real Magnet rejected in this one."""
    with wiring().services.database.read() as connection:
        run = _own(connection, run_id)
        job = saved_job(connection, int(run["subject_id"]))
        if not _may_retry(connection, run) or not audience_people.people(
            connection, Wanted(run_id, Move.REJECTED), limit=1
        ):
            return show(run_id)
    claim = starting.start(job, Asked(Trigger.RETRY, visitor().user_id, about_run=run_id))
    return show(claim.run_id)


@uploads.post("/again")
@needs(Area.UPLOADS, Level.FULL)
def again(run_id: int) -> Response:
    """The same job once more, as it is defined now."""
    with wiring().services.database.read() as connection:
        job = saved_job(connection, int(_own(connection, run_id)["subject_id"]))
    starting.start(job, Asked(Trigger.RUN_NOW, visitor().user_id))
    return job_page(job.id)


def _values(connection: Connection, run_id: int) -> dict[str, Any]:
    run = _own(connection, run_id)
    job_id = int(run["subject_id"])
    job = upload_jobs.get(connection, run["org_id"], job_id)
    return {
        "run": run,
        "job": job,
        "name": upload_runs.job_names(connection, run["org_id"], [job_id]).get(job_id, ""),
        "definition": _went_by(connection, run, job),
        "result": upload_result.of(connection, run),
        "steps": steps.of(run),
        "chunks": upload_runs.chunks(connection, run_id),
        "kept": audience_people.are_kept(connection, run_id),
        "rejected": audience_people.people(connection, Wanted(run_id, Move.REJECTED), limit=REJECTED_SHOWN),
        "may_retry": job is not None and _may_retry(connection, run),
    }


def _may_retry(connection: Connection, run: RowMapping) -> bool:
    """Only those of a job's newest run: a later one has read anew who belongs to the group."""
    newest = upload_runs.of_job(connection, run["org_id"], run["subject_id"], 1)
    return run["state"] in RETRIED and int(newest[0]["id"]) == int(run["id"])


def _went_by(connection: Connection, run: RowMapping, job: UploadJob | None) -> Definition | None:
    """What the run went by; the job may have been changed since."""
    return upload_terms.definition(connection, int(run["id"])) or (job.definition if job else None)


def _own(connection: Connection, run_id: int) -> RowMapping:
    run = screens.run(connection, visitor().org_id, run_id)
    return run if run is not None and run["kind"] == RunKind.UPLOAD else abort(404)


def _named(run: RowMapping) -> dict[str, object]:
    return {"run": int(run["id"]), "upload job": int(run["subject_id"])}
