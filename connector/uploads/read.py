"""Reads a job's audience from Salesforce into the store, every row with what became of it."""

from connector.store import audiences
from connector.uploads.job_work import JobWork


def read_audience(work: JobWork) -> None:
    """Read the source anew; what an earlier attempt read is forgotten first."""
    with work.write() as connection:
        audiences.clear(connection, work.run_id)
