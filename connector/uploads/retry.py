"""A run that tries rejected rows again: their people as they are now, by what the job says now; it sends nothing."""

from dataclasses import replace

from connector.errors import Refused
from connector.model.uploads import Definition, How
from connector.store import audience_counts, memberships, upload_terms
from connector.store.upload_terms import Terms
from connector.uploads.job_work import JobWork
from connector.uploads.read import read_audience

GONE = "The rejected rows of that run are not kept any more."
OTHER = "This upload job was given another source or another group since that run."
_AGAIN = "Run the upload job again instead."


def definition_of(work: JobWork, terms: Terms) -> Definition:
    """What the job says now, always *Add*. Raises `Refused` when the other run's people are none of this job's now."""
    with work.database.read() as connection:
        before = upload_terms.definition(connection, terms.about_run or 0)
    if before is None:
        raise Refused(GONE, advice=_AGAIN)
    now = work.definition
    if (before.source, before.target.group_id) != (now.source, now.target.group_id):
        raise Refused(OTHER, advice=_AGAIN)
    return replace(now, target=replace(now.target, how=How.ADD))


def read_refused(work: JobWork, terms: Terms) -> None:
    """Read the other run's refused people anew, under every rule. Raises `Refused` when none are kept."""
    with work.database.read() as connection:
        read = audience_counts.kept(connection, work.run_id)
        if not read and not memberships.refused(connection, terms.about_run or 0):
            raise Refused(GONE, advice=_AGAIN)
    read_audience(work)
    with work.write() as connection:  # a part of an audience is compared with no other
        counts = audience_counts.audience(connection, work.run_id)
        audience_counts.keep_audience(connection, work.run_id, counts, None)
