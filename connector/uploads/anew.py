"""Begins a run, or begins it anew: nobody is uploaded for having been mailable, by the rules of then, long ago."""

from dataclasses import replace
from datetime import timedelta

from connector import clock
from connector.errors import Refused
from connector.model.runs import Trigger, upload_of
from connector.model.uploads import Definition
from connector.store import audience_counts, upload_chunks, upload_terms
from connector.store.upload_chunks import ChunkState
from connector.store.upload_terms import Terms
from connector.uploads.following import follow, wait_for_the_unknown
from connector.uploads.job_work import JobWork
from connector.uploads.retry import definition_of

FRESH = timedelta(minutes=30)
"""For so long an audience that was read is good enough to go on with."""


def begin(work: JobWork) -> Terms:
    """Go by what the job said when the audience was read: rows that were read one way are never sent another way.

    An audience that is to be read, or was read longer ago than FRESH, goes by what the job says now.
    """
    with work.database.read() as connection:
        terms = upload_terms.of(connection, work.run_id)
        kept = upload_terms.definition(connection, work.run_id)
    if kept is None or _is_old(terms):
        return _begin_anew(work, terms, kept)
    work.job = replace(work.job, definition=kept)
    return terms


def _is_old(terms: Terms) -> bool:
    if terms.closes is not None:
        return False
    return terms.read_at is None or clock.now() - terms.read_at > FRESH


def _begin_anew(work: JobWork, terms: Terms, before: Definition | None) -> Terms:
    """What Real Magnet has of the run is followed to its end first: it must not arrive after what comes now."""
    job = work.job
    if before is not None:
        work.job = replace(job, definition=before)
        _settle(work)
    work.job, former = job, work.job
    going_by = definition_of(work, terms) if terms.trigger is Trigger.RETRY else work.definition
    if upload_of(job.id, going_by.target.group_id).lease != work.lease.name:
        work.job = former
        raise Refused("This upload job was given another group after the run was asked for.", advice="Run it again.")
    with work.write() as connection:
        upload_terms.keep(connection, work.run_id, going_by)
        audience_counts.forget_audience(connection, work.run_id)
        terms = upload_terms.of(connection, work.run_id)
    work.job = replace(job, definition=going_by)
    return terms


def _settle(work: JobWork) -> None:
    while True:
        with work.database.read() as connection:
            chunk = upload_chunks.next_open(connection, work.run_id)
        if chunk is None or chunk.state is ChunkState.WAITING:
            return
        if chunk.state is ChunkState.TAKEN:
            follow(work, chunk)
            continue
        wait_for_the_unknown(work, chunk)
        with work.write() as connection:
            upload_chunks.turn(connection, chunk, ChunkState.LOST)
