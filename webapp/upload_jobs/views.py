"""Upload Jobs: the list with how each stands, and one job with what it does, did and will do."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort
from sqlalchemy import Connection, RowMapping

from connector import clock
from connector.model.rights import Area, Level
from connector.model.runs import RunState
from connector.model.uploads import JobState
from connector.store import audience_counts, group_states, screens, upload_jobs, upload_runs, upload_schedule
from connector.store.group_states import GroupState
from connector.store.upload_jobs import UploadJob
from webapp.audience import words
from webapp.guard import needs
from webapp.pages import page, part
from webapp.runs import upload_result
from webapp.sessions import visitor
from webapp.upload_jobs import chart, sentences
from webapp.upload_jobs.standing import Standing
from webapp.wiring import wiring

jobs = Blueprint("upload_jobs", __name__)
jobs.add_app_template_global(sentences.whole, "job_sentence")
jobs.add_app_template_global(sentences.place, "place_of")

RUNS_SHOWN = 10
SAVED = (JobState.ACTIVE, JobState.PAUSED)
WHOLE = frozenset({RunState.COMPLETED, RunState.COMPLETED_WITH_ERRORS})


@jobs.get("/upload-jobs")
@needs(Area.UPLOADS, Level.READ)
def index() -> Response:
    """Every upload job, and the drafts that somebody may go on with."""
    return listing()


@jobs.get("/upload-jobs/table")
@needs(Area.UPLOADS, Level.READ)
def table() -> Response:
    """The list again, while a run is under way."""
    with wiring().services.database.read() as connection:
        return part("upload_jobs/table.html", **_listed(connection))


@jobs.get("/upload-jobs/<int(max=2147483647):job_id>")
@needs(Area.UPLOADS, Level.READ)
def one(job_id: int) -> Response:
    """One upload job."""
    return job_page(job_id)


@jobs.get("/upload-jobs/<int(max=2147483647):job_id>/status")
@needs(Area.UPLOADS, Level.READ)
def status(job_id: int) -> Response:
    """What changes on its page while a run is under way."""
    with wiring().services.database.read() as connection:
        return part("upload_jobs/status.html", **_shown(connection, saved_job(connection, job_id)))


def listing(said: str = "") -> Response:
    """The list; `said` tells what was just done."""
    org_id = visitor().org_id
    with wiring().services.database.read() as connection:
        drafts = upload_jobs.of_org(connection, org_id, [JobState.DRAFT])
        edited = upload_runs.job_names(connection, org_id, [d.edits_id for d in drafts if d.edits_id])
        values = _listed(connection)
    return page("upload_jobs/list.html", "Upload Jobs", drafts=drafts, edited=edited, said=said, **values)


def job_page(job_id: int, said: str = "") -> Response:
    """One job's page; `said` tells what was just done."""
    with wiring().services.database.read() as connection:
        job = saved_job(connection, job_id)
        values = _shown(connection, job)
    return page("upload_jobs/one.html", job.name or "Upload job", said=said, words=words, **values)


def saved_job(connection: Connection, job_id: int) -> UploadJob:
    """A finished job of the visitor's org; anything else is not there."""
    job = upload_jobs.get(connection, visitor().org_id, job_id)
    return job if job is not None and job.state in SAVED and job.definition is not None else abort(404)


def _listed(connection: Connection) -> dict[str, Any]:
    org_id = visitor().org_id
    found = upload_jobs.of_org(connection, org_id, SAVED)
    newest, ended = (upload_runs.latest(connection, org_id, ended=over) for over in (False, True))
    groups = group_states.states(connection, org_id)
    standings = [
        _standing(connection, job, (newest.get(job.id), ended.get(job.id)), groups)
        for job in sorted(found, key=_by_name)
    ]
    return {"standings": standings, "every": min((s.every for s in standings if s.every), default=0)}


def _by_name(job: UploadJob) -> tuple[str, int]:
    return (job.name.casefold(), job.id)


def _standing(
    connection: Connection,
    job: UploadJob,
    runs: tuple[RowMapping | None, RowMapping | None],
    groups: Mapping[int, GroupState],
) -> Standing:
    run, last = runs
    people = None
    if last is not None and audience_counts.kept(connection, int(last["id"])):
        people = audience_counts.audience(connection, int(last["id"])).mailable
    line = chart.of(audience_counts.sizes(connection, job.org_id, job.id))
    return Standing(job, run, last, people, line, groups.get(job.group_id, GroupState()))


def _shown(connection: Connection, job: UploadJob) -> dict[str, Any]:
    runs = upload_runs.of_job(connection, job.org_id, job.id, RUNS_SHOWN)
    definition = job.definition or abort(404)
    now, groups = clock.now(), group_states.states(connection, job.org_id)
    return {
        "job": job,
        "definition": definition,
        "standing": _standing(connection, job, (runs[0] if runs else None, None), groups),
        "run": runs[0] if runs else None,
        "result": upload_result.of(connection, runs[0]) if runs else None,
        "runs": runs,
        "outcomes": screens.outcomes(connection, [int(run["id"]) for run in runs]),
        "upcoming": upload_schedule.upcoming(definition.timetable, now) if job.state is JobState.ACTIVE else [],
    }
