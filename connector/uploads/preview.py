"""The preview of an upload job: its audience is read and checked as a run would, and nothing is sent."""

from connector.store import travelled, upload_terms
from connector.uploads.job_work import JobWork
from connector.uploads.read import read_audience


def run_preview(work: JobWork) -> bool:
    """Read the audience into the store, and keep a few rows as they would travel. True: there is no half result."""
    with work.write() as connection:
        upload_terms.keep(connection, work.run_id, work.definition)
        upload_terms.note_read(connection, work.run_id)
    try:
        read_audience(work)
        travelled.forget(work.write, work.run_id, travelled.SAMPLES)
    finally:
        with work.write() as connection:
            upload_terms.count_calls(connection, work.run_id, work.salesforce.calls.total(), 0)
    return True
