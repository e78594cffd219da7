"""What a person is told who stopped a run: how many people the group holds, and whether it may be used."""

from connector.errors import Cancelled
from connector.model.uploads import How
from connector.store import audience_counts, uploads_under_way
from connector.uploads.job_work import JobWork


def halfway(work: JobWork) -> Cancelled:
    """The ending of a run that was stopped where it stands."""
    with work.database.read() as connection:
        sent = uploads_under_way.sent(connection, work.run_id)
        people = audience_counts.audience(connection, work.run_id).mailable
    if not sent.begun:
        return Cancelled(f"{work.stopped} Nothing was sent: the group is as it was before.")
    words = f"{work.stopped} {sent.good:,} of {people:,} people are in the group"
    if work.definition.target.how is How.REPLACE:
        words = f"{work.stopped} The group holds {sent.good:,} of {people:,} people"
    if sent.under_way:
        words += f", and up to {sent.under_way:,} more are still on their way"
    return Cancelled(f"{words}.", advice="Run this upload job again before anything is sent to the group.")
