"""What a person is told of a run that ends halfway: how many people the group holds, and what to do about it."""

from connector.errors import Cancelled, LimitReached, Refused
from connector.model.uploads import How
from connector.store import audience_counts, upload_terms, uploads_under_way
from connector.uploads.job_work import JobWork

AGAIN = "Run this upload job again before anything is sent to the group."
BEFORE = "The group may hold only some of its people: this run had to begin anew, and had not sent anybody since."


def stopped(work: JobWork) -> Cancelled:
    """The ending of a run that a person stopped where it stands."""
    words = _standing(work)
    if not words:
        return Cancelled(f"{work.stopped} Nothing was sent: the group is as it was before.")
    return Cancelled(f"{work.stopped} {words}", advice=AGAIN)


def refused(work: JobWork, refusal: Refused) -> Refused:
    """The ending of a run that a vendor's refusal stopped; one that only pauses says no more than it does."""
    words = "" if isinstance(refusal, LimitReached) else _standing(work)
    advice = f"{refusal.advice} {AGAIN}" if words else refusal.advice
    return type(refusal)(f"{refusal} {words}".strip(), code=refusal.code, advice=advice.strip())


def _standing(work: JobWork) -> str:
    """Empty while Real Magnet has nothing of the run."""
    with work.database.read() as connection:
        sent = uploads_under_way.sent(connection, work.run_id)
        people = audience_counts.audience(connection, work.run_id).mailable
        touched = upload_terms.of(connection, work.run_id).touched
    if not sent.begun:
        return BEFORE if touched else ""
    words = f"{sent.good:,} of {people:,} people are in the group"
    if work.definition.target.how is How.REPLACE:
        words = f"The group holds {sent.good:,} of {people:,} people"
    if sent.under_way:
        words += f", and up to {sent.under_way:,} more are still on their way"
    return f"{words}."
