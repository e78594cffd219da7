"""The audience of a run that tries rejected rows again: those rows of the other run, with nothing read anew."""

from dataclasses import replace

from connector.errors import Refused
from connector.model.uploads import Definition, How
from connector.store import audience_counts, audiences, memberships, upload_terms
from connector.store.database import CHUNK
from connector.store.upload_terms import Terms
from connector.uploads.job_work import JobWork

GONE = "The rejected rows of that run are not kept any more."


def definition_of(work: JobWork, terms: Terms) -> Definition:
    """What the other run went by, for its rows are as it read them; always *Add*. Raises `Refused`."""
    with work.database.read() as connection:
        found = upload_terms.definition(connection, terms.about_run or 0)
    if found is None:
        raise Refused(GONE, advice="Run the upload job again instead.")
    return replace(found, target=replace(found.target, how=How.ADD))


def read_refused(work: JobWork, terms: Terms) -> None:
    """Copy them, once. Raises `Refused` when there are none."""
    with work.database.read() as connection:
        if audience_counts.kept(connection, work.run_id):
            return
    with work.write() as connection:
        audiences.clear(connection, work.run_id)
    last, after = 1, 0
    while last:
        with work.write() as connection:
            last = memberships.copy_refused(connection, work.run_id, terms.about_run or 0, after, CHUNK)
        after = last
    with work.write() as connection:
        counts = audiences.counts(connection, work.run_id)
        if not counts.mailable:
            raise Refused(GONE, advice="Run the upload job again instead.")
        audience_counts.keep_audience(connection, work.run_id, counts, None)
