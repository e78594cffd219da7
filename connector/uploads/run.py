"""A run of an upload job, from Salesforce to a group that holds the audience."""

from dataclasses import replace

from connector.errors import Cancelled, Refused
from connector.model.runs import Trigger, upload_of
from connector.store import audience_counts, memberships, upload_terms
from connector.store.database import CHUNK
from connector.store.upload_terms import Terms
from connector.uploads import halfway
from connector.uploads.chunks import cut, send_all
from connector.uploads.guard import hold_back
from connector.uploads.job_work import JobWork
from connector.uploads.left_behind import settle_left_behind
from connector.uploads.read import read_audience
from connector.uploads.retry import definition_of, read_refused
from connector.uploads.verify import verify


def run_upload(work: JobWork) -> bool:
    """Do everything; a run that was interrupted goes on where it was. True when the group holds the audience.

    Raises `NeedsDecision` when a person must look at the audience first.
    """
    try:
        terms = _begin(work)
        if terms.closes is None:
            _fill(work, terms)
        _forget_lines(work)
        return _whole(work)
    except Cancelled as stop:
        raise halfway.stopped(work) from stop
    except Refused as refusal:
        raise halfway.refused(work, refusal) from refusal
    finally:
        _count_calls(work)


def _begin(work: JobWork) -> Terms:
    """Go by what the job said at the first attempt: rows that were read one way are never sent another way."""
    with work.database.read() as connection:
        terms = upload_terms.of(connection, work.run_id)
        kept = upload_terms.definition(connection, work.run_id)
    if kept is None:
        kept = definition_of(work, terms) if terms.trigger is Trigger.RETRY else work.definition
        with work.write() as connection:
            upload_terms.keep(connection, work.run_id, kept)
    if upload_of(work.job.id, kept.target.group_id).lease != work.lease.name:
        raise Refused("This upload job was given another group after the run was asked for.", advice="Run it again.")
    work.job = replace(work.job, definition=kept)
    return terms


def _fill(work: JobWork, terms: Terms) -> None:
    if terms.trigger is Trigger.RETRY:
        read_refused(work, terms)
    else:
        read_audience(work)
        hold_back(work, terms)
    work.reached("audience ready")
    settle_left_behind(work)
    cut(work)
    work.reached("audience cut")
    send_all(work)
    verify(work)
    work.reached("group verified")


def _forget_lines(work: JobWork) -> None:
    """Only what may be tried again is kept as it travelled: no data of people stays longer than it serves."""
    with work.database.read() as connection:
        last = memberships.last_place(connection, work.run_id)
    for start in range(1, last + 1, CHUNK):
        with work.write() as connection:
            memberships.forget_lines(connection, work.run_id, range(start, start + CHUNK))


def _whole(work: JobWork) -> bool:
    with work.database.read() as connection:
        closes = upload_terms.of(connection, work.run_id).closes
        uploaded = audience_counts.uploaded(connection, work.run_id)
    return bool(closes) and (uploaded is None or not uploaded.rejected)


def _count_calls(work: JobWork) -> None:
    """Even an attempt that ends badly has made them, but not one that was taken over: it changes nothing any more."""
    calls = work.salesforce.calls.total(), work.realmagnet.calls.total()
    with work.write() as connection:
        upload_terms.count_calls(connection, work.run_id, *calls)
