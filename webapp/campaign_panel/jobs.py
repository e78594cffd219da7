"""The upload jobs that take a Campaign's people, as the panel shows them: last used first, each with its last run."""

from dataclasses import dataclass

from flask import abort
from sqlalchemy import Connection

from connector.model.runs import RunState
from connector.model.uploads import Definition
from connector.store import upload_jobs, upload_runs
from connector.store.upload_jobs import UploadJob
from webapp.runs import upload_result
from webapp.runs.upload_result import Result
from webapp.sessions import visitor
from webapp.upload_jobs.standing import Used

_WHOLE = frozenset({RunState.COMPLETED, RunState.COMPLETED_WITH_ERRORS})


@dataclass(frozen=True)
class OfCampaign(Used):
    """One upload job of the Campaign with its newest run and what came of it."""

    definition: Definition
    result: Result | None

    @property
    def whole(self) -> bool:
        """Whether the newest run went through."""
        return self.run is not None and self.run["state"] in _WHOLE


def of_campaign(connection: Connection, campaign_id: str) -> list[OfCampaign]:
    """Every saved job of the Campaign: the one whose run is the newest first, then those that never ran."""
    found = upload_jobs.of_source(connection, visitor().org_id, campaign_id)
    used = [_used(connection, job, job.definition) for job in found if job.definition is not None]
    return sorted(used, key=lambda one: (one.run is None, -int(one.run["id"]) if one.run else 0))


def find(connection: Connection, campaign_id: str, job_id: int) -> OfCampaign | None:
    """One job of the Campaign; None for another's, a draft or a deleted one."""
    found = upload_jobs.of_source(connection, visitor().org_id, campaign_id)
    job = next((job for job in found if job.id == job_id), None)
    return None if job is None or job.definition is None else _used(connection, job, job.definition)


def one(connection: Connection, campaign_id: str, job_id: int) -> OfCampaign:
    """The same, where there has to be one."""
    return find(connection, campaign_id, job_id) or abort(404)


def _used(connection: Connection, job: UploadJob, definition: Definition) -> OfCampaign:
    runs = upload_runs.of_job(connection, job.org_id, job.id, 1)
    run = runs[0] if runs else None
    return OfCampaign(job, run, definition, upload_result.of(connection, run) if run is not None else None)
