"""Whoever can write to Redis cannot run code: a worker calls the functions of our jobs and nothing else."""

from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from rq.job import Job as RqJob
from rq.job import JobStatus
from rq.serializers import JSONSerializer

from connector import queues
from connector.errors import Refused
from connector.queues import QUEUES
from tests.worker.conftest import House
from tools.processes import wait_until
from worker.stopping import NightWorker


def strange(redis: Redis, function: str, *arguments: object, **more: object) -> RqJob:
    """A job as somebody else puts it into our queue."""
    found = Queue(QUEUES[0], connection=redis, serializer=JSONSerializer).enqueue_call(function, args=arguments)
    if more:
        redis.hset(found.key, mapping={name: str(value) for name, value in more.items()})
    return found


def over(redis: Redis, job: RqJob) -> bool:
    return RqJob.fetch(job.id, redis, JSONSerializer).get_status() in {JobStatus.FAILED, JobStatus.FINISHED}


def test_a_worker_calls_no_function_that_is_none_of_ours(house: House, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    found = strange(house.redis, "os.mkdir", str(trace))
    house.worker()
    wait_until("the job to be over", lambda: over(house.redis, found), timeout=20)
    assert not trace.exists()
    assert house.wait_for(house.ask().run_id)["state"] == "Completed"


def test_a_job_keeps_nothing_to_call_but_its_own_function(house: House) -> None:
    hooks = '[{"url": "http://127.0.0.1:9", "job_status": "failed", "method": "GET", "headers": null, "timeout": 1}]'
    names = {f"{kind}_callback_name": "os.getpid" for kind in ("success", "failure", "stopped")}
    put = strange(house.redis, "os.getpid", webhooks=hooks, **names)
    found = queues.OwnJob.fetch(put.id, house.redis, JSONSerializer)
    assert (found.success_callback, found.failure_callback, found.stopped_callback) == (None, None, None)
    assert found.send_webhooks(JobStatus.FAILED) is None
    with pytest.raises(Refused):
        _ = found.func


def test_whatever_reads_our_queue_reads_such_jobs(house: House) -> None:
    queue = queues.queue(house.redis, QUEUES[0])
    before = queues.depths(house.redis)
    strange(house.redis, "os.getpid")
    assert queues.depths(house.redis) == {**dict.fromkeys(QUEUES, 0), QUEUES[0]: before[QUEUES[0]] + 1}
    assert queue.job_class is queue.started_job_registry.job_class is NightWorker.job_class is queues.OwnJob
