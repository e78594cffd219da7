"""The preview of an upload job: its audience is read and checked as a run would, and nothing is sent."""

from connector.store import upload_terms
from connector.uploads.job_work import JobWork
from connector.uploads.read import read_audience


def run_preview(work: JobWork) -> bool:
    """Read the audience into the store. True: a preview has no half result."""
    try:
        read_audience(work)
    finally:
        with work.write() as connection:
            upload_terms.count_calls(connection, work.run_id, work.salesforce.calls.total(), 0)
    return True
