"""The preview of an upload job: its audience is read and checked as a run would, and nothing is sent."""

from connector.uploads.job_work import JobWork
from connector.uploads.read import read_audience


def run_preview(work: JobWork) -> bool:
    """Read the audience into the store. True: a preview has no half result."""
    read_audience(work)
    return True
