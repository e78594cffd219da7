"""A run of an upload job, from Salesforce to a group that holds the audience."""

from collections.abc import Sequence

from connector.connection import doctor, governor, needs
from connector.errors import Cancelled, LimitReached, Refused
from connector.model.audience import Source, SourceKind
from connector.model.runs import Trigger
from connector.salesforce.query_text import tail_of
from connector.store import audience_counts, travelled, upload_terms
from connector.store.upload_terms import Terms
from connector.uploads import halfway
from connector.uploads.anew import begin
from connector.uploads.chunks import cut, send_all
from connector.uploads.guard import hold_back
from connector.uploads.job_work import JobWork
from connector.uploads.left_behind import settle_left_behind
from connector.uploads.read import read_audience
from connector.uploads.retry import read_refused
from connector.uploads.verify import verify


def run_upload(work: JobWork) -> bool:
    """Do everything; a run that was interrupted goes on where it was. True when the group holds the audience.

    Raises `NeedsDecision` when a person must look at the audience first.
    """
    try:
        terms = begin(work)
        if terms.closes is None:
            _fill(work, terms)
        travelled.forget(work.write, work.run_id)
        return _whole(work)
    except Cancelled as stop:
        travelled.forget(work.write, work.run_id)
        raise halfway.stopped(work) from stop
    except Refused as refusal:
        if not isinstance(refusal, LimitReached):
            travelled.forget(work.write, work.run_id)
        raise halfway.refused(work, refusal) from refusal
    finally:
        _count_calls(work)


def _fill(work: JobWork, terms: Terms) -> None:
    _read(work, terms)
    if terms.trigger is not Trigger.RETRY:
        hold_back(work, terms)
    work.reached("audience ready")
    settle_left_behind(work)
    cut(work)
    work.reached("audience cut")
    send_all(work)
    verify(work)
    work.reached("group verified")


def _read(work: JobWork, terms: Terms) -> None:
    with work.database.read() as connection:
        if audience_counts.kept(connection, work.run_id):
            return
    governor.room_for_calls(work.database, work.org_id, work.salesforce, governor.FEW_CALLS)
    doctor.before_run(work.salesforce, needs.for_uploads(_read_from(work.definition.source)))
    with work.write() as connection:
        upload_terms.note_read(connection, work.run_id)
    if terms.trigger is Trigger.RETRY:
        read_refused(work, terms)
    else:
        read_audience(work)


def _read_from(source: Source) -> Sequence[str]:
    """The objects that a source's people are read from; none for a query that its reader will refuse."""
    if source.kind is SourceKind.CAMPAIGN:
        return ("Campaign", "CampaignMember", "Contact", "Lead")
    if source.kind is SourceKind.REPORT:
        return ("Contact", "Lead")
    if source.kind is SourceKind.LIST_VIEW:
        return (source.object_name,)
    try:
        return (tail_of(source.soql)[0],)
    except Refused:
        return ()


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
