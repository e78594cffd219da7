"""Everything Bulk API 2.0 of one org, put together: job table, files, runner."""

from sandbox.salesforce.bulk.files import JobFiles
from sandbox.salesforce.bulk.ingest import Ingest
from sandbox.salesforce.bulk.jobs import DELETABLE, INGEST, WAITING, WORKING, Job, JobTable
from sandbox.salesforce.bulk.query import Query
from sandbox.salesforce.bulk.runner import Runner, batch_seconds
from sandbox.salesforce.errors import ApiError, not_found
from sandbox.salesforce.org import Org
from sandbox.salesforce.switches import Switches

ABORTABLE = frozenset({"Open", WAITING, WORKING})


class Bulk:
    """What the views ask. Jobs left behind by a killed process go on at once."""

    def __init__(self, org: Org, switches: Switches) -> None:
        self.org = org
        self.switches = switches
        self.jobs = JobTable(org.database, org.clock)
        self.files = JobFiles(org.data / "bulk")
        self._ingest = Ingest(org, self.jobs, self.files, switches)
        query = Query(org, self.jobs, self.files)
        self.runner = Runner(org, self.jobs, self._ingest.step, query.step)
        if self.jobs.unfinished():
            self.runner.wake()

    def close(self) -> None:
        """Stop the thread before the org's database closes."""
        self.runner.close()
        self._ingest.close()

    def find(self, job_id: str, job_type: str = INGEST) -> Job:
        """Raises ApiError (404)."""
        job = self.jobs.find(job_id, job_type)
        if job is None:
            raise not_found()
        return job

    def start(self, job: Job) -> None:
        """Close the upload: the runner takes over. Raises ApiError."""
        due = self.org.clock.now().timestamp() + batch_seconds(self.org)
        if not self.jobs.move(job, frozenset({"Open"}), state=WAITING, due=due):
            raise invalid_state(f"Closing already Completed Job not allowed: {job.id}")  # assumed: the text
        self.runner.wake()

    def abort(self, job: Job) -> None:
        """Raises ApiError for a job that has ended."""
        if not self.jobs.move(job, ABORTABLE, state="Aborted"):
            raise invalid_state("Aborting already Completed Job not allowed")

    def delete(self, job: Job) -> None:
        """Raises ApiError for a job that is open or being worked on."""
        if job.state not in DELETABLE:
            raise invalid_state("Deleting a Job that is not yet closed is not allowed")  # assumed: the text
        self.jobs.remove(job)
        self.files.remove(job.id)


def invalid_state(message: str) -> ApiError:
    return ApiError(400, "INVALIDJOBSTATE", f"InvalidJobState : {message}")
