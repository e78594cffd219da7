"""Start-and-poll for other programs: which upload jobs there are, start one, how far is its run."""

from typing import Any

import structlog
from flask import Blueprint, Response, abort, g, jsonify, request, url_for
from sqlalchemy import Connection

from connector.errors import Temporary
from connector.model.runs import RunKind, RunState, Trigger, upload_of
from connector.model.uploads import JobState
from connector.store import api_keys, audit, claims, screens, upload_jobs
from connector.store.api_keys import ApiKey
from connector.store.claims import Asked, Claim
from connector.store.upload_jobs import UploadJob
from webapp import limits
from webapp.api import answers
from webapp.guard import open_to_all
from webapp.wiring import wiring

log = structlog.get_logger("webapp.api")
api = Blueprint("api", __name__, url_prefix=answers.PREFIX)
answers.install(api)

SAVED = (JobState.ACTIVE, JobState.PAUSED)
ACCEPTED, OK, CONFLICT = 202, 200, 409


@api.before_request
@limits.of_programs
def _let_in() -> None:
    """The key that came with the request; nobody gets past without one."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    database = wiring().services.database
    with database.read() as connection:
        key = api_keys.find(connection, secret.strip()) if scheme.casefold() == "bearer" else None
    if key is None:
        abort(401)
    if api_keys.is_use_news(key):
        with database.write() as connection:
            api_keys.note_use(connection, key.id)
    g.api_key = key


@api.get("/upload-jobs")
@open_to_all("other programs have no session; they come with a key of their org")
def jobs() -> Response:
    """The saved upload jobs of the key's org."""
    with wiring().services.database.read() as connection:
        found = upload_jobs.of_org(connection, _key().org_id, SAVED)
    return jsonify(upload_jobs=[answers.listed(job) for job in sorted(found, key=lambda job: job.id)])


@api.post("/upload-jobs/<int(max=2147483647):job_id>/runs")
@open_to_all("other programs have no session; they come with a key of their org")
def start(job_id: int) -> tuple[Response, int]:
    """Start a job: 202 for a new run, 200 for the one under way, 409 while it is held until a person decides, or while
    one that refreshes nothing is in the way."""
    key, house = _key(), wiring()
    with house.services.database.write() as connection:
        job = upload_jobs.get(connection, key.org_id, job_id)
        if job is None or job.state not in SAVED:
            abort(404)
        claim = _claimed(connection, job)
        row = screens.run(connection, key.org_id, claim.run_id)
        told = answers.told(connection, row) if row is not None else {}
    if claim.fresh:
        try:
            house.enqueue_run(claim)
        except Temporary:
            log.warning("queue away", run=claim.run_id)  # the row is committed: the tick finds it
    answer = jsonify(told)
    answer.headers["Location"] = url_for("api.run", run_id=claim.run_id)
    held = told.get("state") == RunState.HELD
    return answer, CONFLICT if held else ACCEPTED if claim.fresh else OK


@api.get("/runs/<int(max=2147483647):run_id>")
@open_to_all("other programs have no session; they come with a key of their org")
def run(run_id: int) -> Response:
    """How far a run of an upload job is; ask again until it is over."""
    with wiring().services.database.read() as connection:
        row = screens.run(connection, _key().org_id, run_id)
        if row is None or row["kind"] != RunKind.UPLOAD:
            abort(404)
        return jsonify(answers.told(connection, row))


def _claimed(connection: Connection, job: UploadJob) -> Claim:
    """Its run, a new one or the one under way; a retry is left alone and refused."""
    _refuse_retrying(connection, job)
    claim = claims.claim(connection, job.org_id, Asked(Trigger.OUTSIDE), upload_of(job.id, job.group_id))
    if not claim.fresh:
        _refuse_retrying(connection, job)  # one may have begun just now
        return claim
    actor = audit.Actor(job.org_id, None)
    audit.record(connection, actor, "Started an upload job", {}, _described(job.id, claim.run_id))
    return claim


def _refuse_retrying(connection: Connection, job: UploadJob) -> None:
    run_id = claims.retrying(connection, job.org_id, job.id)
    if run_id is None:
        return
    answer = jsonify(error=answers.RETRYING % run_id)
    answer.status_code = CONFLICT
    answer.headers["Location"] = url_for("api.run", run_id=run_id)
    abort(answer)


def _described(job_id: int, run_id: int) -> dict[str, Any]:
    return {"upload job": job_id, "run": run_id, "key": _key().name}


def _key() -> ApiKey:
    key: ApiKey = g.api_key
    return key
