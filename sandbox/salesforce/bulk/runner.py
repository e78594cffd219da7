"""The thread that works on bulk jobs while requests go on; it starts when there is work and ends when there is none."""

import logging
import sqlite3
import threading
from collections.abc import Callable

from sandbox.salesforce.bulk.jobs import INGEST, WAITING, WORKING, Job, JobTable
from sandbox.salesforce.org import Org

LOG = logging.getLogger(__name__)
LONGEST_NAP = 0.05  # seconds of wall time, so that a clock moved on is soon noticed
DEFAULT_SECONDS = "0.5"

Step = Callable[[Job, float], None]


def batch_seconds(org: Org) -> float:
    """How long one batch takes on the org's clock: the setting ``bulk_seconds``, 0 in most tests."""
    return float(org.setting("bulk_seconds", DEFAULT_SECONDS))


class Runner:
    """Gives each unfinished job its next batch when that is due, turn by turn."""

    def __init__(self, org: Org, jobs: JobTable, ingest: Step, query: Step) -> None:
        self._org = org
        self._jobs = jobs
        self._ingest = ingest
        self._query = query
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """There may be work."""
        with self._lock:
            self._wanted.set()
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name="bulk", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Stop between two batches; the jobs go on with the next start."""
        with self._lock:
            self._closed = True
            thread = self._thread
        self._wanted.set()
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while not self._closed:
            self._wanted.clear()
            try:
                nap = self._turn()
            except sqlite3.ProgrammingError:
                return  # the org was closed under us: the next start goes on
            if nap is None and self._rest():
                return
            if nap:
                self._wanted.wait(nap)

    def _rest(self) -> bool:
        with self._lock:
            if self._wanted.is_set():
                return False
            self._thread = None
            return True

    def _turn(self) -> float | None:
        """One batch of each job that is due. Returns how long to wait, None if there is nothing to wait for."""
        unfinished = self._jobs.unfinished()
        now = self._org.clock.now().timestamp()
        waits = [job.due - now for job in unfinished]
        for job in unfinished:
            if self._closed:
                break
            if job.state == WAITING and self._jobs.move(job, frozenset({WAITING}), state=WORKING):
                waits.append(0.0)
            elif job.state == WORKING and job.due <= now:
                self._step(job)
        return max(0.0, min(LONGEST_NAP, *waits)) if waits else None

    def _step(self, job: Job) -> None:
        step = self._ingest if job.job_type == INGEST else self._query
        try:
            step(job, batch_seconds(self._org))
        except sqlite3.ProgrammingError:
            raise
        except Exception as problem:
            LOG.exception("bulk job %s failed", job.id)
            text = f"InternalServerError : {type(problem).__name__}"  # assumed: the text
            self._jobs.move(job, frozenset({WORKING}), state="Failed", error=text)
