"""Starts a run of an upload job because a person asked for it, and forgets a draft for the same reason."""

import structlog
from sqlalchemy import Connection

from connector.errors import Temporary
from connector.model.runs import upload_of
from connector.store import audit, claims, upload_jobs
from connector.store.claims import Asked, Claim
from connector.store.upload_jobs import UploadJob
from webapp.sessions import visitor
from webapp.wiring import wiring

log = structlog.get_logger("webapp.upload_jobs")


def actor() -> audit.Actor:
    """Whoever asks, for the audit log."""
    return audit.Actor(visitor().org_id, visitor().user_id)


def start(job: UploadJob, asked: Asked) -> Claim:
    """A run of the job, or the one that is under way or held already."""
    with wiring().services.database.write() as connection:
        claim = claims.claim(connection, job.org_id, asked, upload_of(job.id, job.group_id))
        if claim.fresh:
            audit.record(connection, actor(), str(asked.trigger), {}, {"upload job": job.name, "run": claim.run_id})
    enqueue(claim)
    return claim


def enqueue(claim: Claim) -> None:
    """Tell the workers of a committed run, if it needs one."""
    if not claim.fresh:
        return
    try:
        wiring().enqueue_run(claim)
    except Temporary:
        log.warning("queue away", run=claim.run_id)  # the row is committed: the tick finds it


def forget_draft(connection: Connection, draft: UploadJob) -> None:
    """Forget what was entered in a draft; a preview under way is asked to stop."""
    if draft.preview_run_id is not None:
        claims.request_cancel(connection, draft.preview_run_id)
    upload_jobs.forget_draft(connection, draft.id)
