"""The only module that knows the job runner: each job with its queue, its function's name and its time limit.

A job carries ids and nothing else, as JSON. The truth is the row that the ids name: commit it first, then enqueue.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job as RqJob
from rq.job import JobStatus
from rq.registry import clean_registries
from rq.worker_registration import clean_worker_registry

from connector.errors import Refused, Temporary
from connector.model.runs import RunKind

SERIALIZER = "json"
"""Never pickle: whoever could write to Redis could then run code here."""

_FAILURES_KEPT = timedelta(days=1)
_WAITING = frozenset({JobStatus.QUEUED, JobStatus.DEFERRED, JobStatus.SCHEDULED})


@dataclass(frozen=True)
class JobSpec:
    queue: str
    function: str
    timeout: timedelta


class Job(Enum):
    """Every job there is. A worker that listens to all `QUEUES` does them all, first those that a person waits for."""

    PREVIEW = JobSpec("previews", "worker.jobs.uploads.perform_preview", timedelta(hours=1))
    LOOK = JobSpec("previews", "worker.jobs.activity.perform_look", timedelta(hours=1))
    UPDATE = JobSpec("previews", "worker.jobs.activity.perform_update", timedelta(hours=2))
    SINGLE_SEND = JobSpec("previews", "worker.jobs.messages.perform_single_send", timedelta(hours=1))
    SEND = JobSpec("uploads", "worker.jobs.uploads.perform_send", timedelta(hours=1))
    UPLOAD = JobSpec("uploads", "worker.jobs.uploads.perform_upload", timedelta(hours=12))
    WRITE = JobSpec("nights", "worker.jobs.activity.perform_write", timedelta(hours=12))
    DELETION = JobSpec("nights", "worker.jobs.activity.perform_deletion", timedelta(hours=12))
    NIGHT = JobSpec("nights", "worker.jobs.activity.perform_night", timedelta(hours=12))
    GAP = JobSpec("nights", "worker.jobs.activity.perform_gap", timedelta(hours=12))
    AGAIN = JobSpec("nights", "worker.jobs.activity.perform_again", timedelta(hours=12))
    BACKFILL = JobSpec("nights", "worker.jobs.activity.perform_backfill", timedelta(hours=12))


JOB_OF: Mapping[RunKind, Job] = {
    RunKind.ACTIVITY: Job.NIGHT,
    RunKind.PREVIEW: Job.PREVIEW,
    RunKind.UPLOAD: Job.UPLOAD,
    RunKind.SEND: Job.SEND,
    RunKind.LOOK: Job.LOOK,
    RunKind.UPDATE: Job.UPDATE,
    RunKind.BACKFILL: Job.BACKFILL,
    RunKind.WRITE: Job.WRITE,
    RunKind.DELETION: Job.DELETION,
    RunKind.SINGLE_SEND: Job.SINGLE_SEND,
    RunKind.GAP: Job.GAP,
    RunKind.AGAIN: Job.AGAIN,
}
"""The job that carries out a run of a kind."""

QUEUES: tuple[str, ...] = tuple(dict.fromkeys(job.value.queue for job in Job))
_FUNCTIONS = frozenset(job.value.function for job in Job)


class OwnJob(RqJob):
    """A job as it comes back from Redis, believed only as far as it is one of ours.

    RQ calls any function that a job names, its callbacks and its webhooks: whoever can write to Redis could then run
    what they like here.
    """

    @property
    def func(self) -> Any:
        """The function of the job. Raises `Refused` for one that is none of ours."""
        if self.func_name not in _FUNCTIONS:
            raise Refused("The queue holds a job that is none of ours.")
        return super().func

    @property
    def success_callback(self) -> None:
        """Ours have none."""

    @property
    def failure_callback(self) -> None:
        """Ours have none."""

    @property
    def stopped_callback(self) -> None:
        """Ours have none."""

    def send_webhooks(self, *_: Any, **__: Any) -> None:
        """Ours have none."""


def connect(url: str) -> Redis:
    """A connection to the Redis of the jobs; nothing is sent until it is used."""
    return Redis.from_url(url)


def queue(connection: Redis, name: str) -> Queue:
    """One queue, as workers and askers both see it."""
    return Queue(name, connection=connection, job_class=OwnJob, serializer=SERIALIZER)


def run_job_id(run_id: int, attempt: int) -> str:
    """The job id of one attempt at a run, so that no attempt is ever queued twice."""
    return f"run-{run_id}-{attempt}"


def enqueue(connection: Redis, job: Job, *ids: int, job_id: str) -> None:
    """Ask the workers for a job. Raises `Temporary` while Redis is away: the tick asks again for what is committed."""
    spec = job.value
    try:
        queue(connection, spec.queue).enqueue_call(
            spec.function,
            args=ids,
            timeout=int(spec.timeout.total_seconds()),
            result_ttl=0,
            failure_ttl=int(_FAILURES_KEPT.total_seconds()),
            description=job.name,
            job_id=job_id,
        )
    except RedisError as error:
        raise Temporary("The job queue cannot be reached just now.") from error


def known(connection: Redis, job_id: str, patience: timedelta) -> bool:
    """Whether Redis still holds this job for a worker, or a worker has just begun it.

    A job begun longer than `patience` ago does not count: by then its run says *Running*, or its worker is dead.
    """
    try:
        found = RqJob.fetch(job_id, connection=connection, serializer=SERIALIZER)
    except NoSuchJobError:
        return False
    status = found.get_status()
    if status == JobStatus.STARTED:
        begun = found.started_at
        return begun is not None and datetime.now(UTC) - begun.astimezone(UTC) < patience
    return status in _WAITING


def depths(connection: Redis) -> dict[str, int]:
    """How many jobs wait in each queue. Raises `Temporary` while Redis is away."""
    try:
        return {name: queue(connection, name).count for name in QUEUES}
    except RedisError as error:
        raise Temporary("The job queue cannot be reached just now.") from error


def clean(connection: Redis, names: Sequence[str] = QUEUES) -> None:
    """Clear away what dead workers left behind in Redis. RQ's own cleaning waits for a worker with time to spare."""
    for name in names:
        found = queue(connection, name)
        clean_registries(found)
        clean_worker_registry(found)
