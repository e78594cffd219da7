"""Settle: what Salesforce answered to each bulk job, matched back by external key; and what to do after a crash."""

from collections.abc import Sequence
from types import ModuleType

from connector.activity.layouts import KEY_FIELD, LAYOUTS
from connector.activity.night import Night
from connector.activity.spool import in_order
from connector.errors import NotFound, Refused, Temporary
from connector.model.bulk import BulkJob, BulkState, Failure, Success
from connector.model.lists import HISTORY_OBJECT, OBJECTS
from connector.model.runs import Phase
from connector.store import bulk_jobs, deletion_rows, placements
from connector.store.bulk_jobs import Carry, CarryState
from connector.store.database import chunks

ATTEMPTS = 5
"""How often the results of a bulk job are read from the start when the connection breaks."""
NOT_SENT = ("", "")


def settle(night: Night) -> None:
    """Wait for every bulk job on its way and read its results to the end."""
    with night.database.read() as connection:
        waiting = bulk_jobs.unsettled(connection, night.org_id)
    total = sum(job.rows for job in waiting)
    done = 0
    for job in waiting:
        ended = _until_ended(night, job, done, total)
        _read_results(night, job, ended)
        done += job.rows
        night.report(Phase.SETTLE, done, total)
        night.reached("bulk job settled")


def recover(night: Night) -> None:
    """After a crash: abort what Salesforce has not begun, keep what it has, and put the rows of the rest back."""
    with night.database.read() as connection:
        left = bulk_jobs.unsettled(connection, night.org_id)
    for job in left:
        status = _status(night, job)
        if status is None:
            _give_back(night, job, CarryState.ABANDONED, NOT_SENT)
        elif status.state in {BulkState.OPEN, BulkState.ABORTED}:
            night.salesforce.abort(status.id)  # fine if that was done before a crash: it holds nothing to be read
            _give_back(night, job, CarryState.ABANDONED, NOT_SENT)
        else:
            with night.write() as connection:
                bulk_jobs.set_state(connection, job.id, CarryState.UPLOADED)
    if any(job.salesforce_id is None for job in left):
        _abort_unknown(night, {job.salesforce_id for job in left})


def settle_answers(night: Night, job: Carry, answers: Sequence[Success | Failure]) -> None:
    """The answers of a collections call, which come all at once."""
    with night.write() as connection:
        good = [answer for answer in answers if isinstance(answer, Success)]
        bad = [answer for answer in answers if isinstance(answer, Failure)]
        book = _book(job)
        book.settle_successes(connection, night.org_id, job, good)
        book.settle_failures(connection, night.org_id, job, bad)
        book.give_back(connection, job.id, *NOT_SENT, tried=True)
        bulk_jobs.set_state(connection, job.id, CarryState.SETTLED)


def _book(job: Carry) -> ModuleType:
    """Who keeps the rows of such a bulk job: written ones and deleted ones come to different ends."""
    return deletion_rows if job.operation == bulk_jobs.DELETE else placements


def _key_field(job: Carry) -> str:
    return deletion_rows.KEY_FIELD if job.operation == bulk_jobs.DELETE else KEY_FIELD


def _status(night: Night, job: Carry) -> BulkJob | None:
    if job.salesforce_id is None:
        return None
    try:
        return night.salesforce.bulk_job(job.salesforce_id)
    except NotFound:
        return None


def _abort_unknown(night: Night, known: set[str | None]) -> None:
    """A crash between Salesforce's making a bulk job and our noting its id leaves one open that nobody knows."""
    ours = {HISTORY_OBJECT, *OBJECTS.values()}
    for job in night.salesforce.open_jobs():
        if job.state == BulkState.OPEN and job.object_name in ours and job.id not in known:
            night.salesforce.abort(job.id)


def _until_ended(night: Night, job: Carry, done: int, total: int) -> BulkJob | None:
    wait = night.settings.poll_seconds / 20
    while (status := _status(night, job)) is not None and not status.state.terminal:
        night.report(Phase.SETTLE, done + status.processed, total)
        night.wait(Phase.SETTLE, wait, done + status.processed, total)
        wait = min(wait * 1.6, night.settings.poll_seconds)
    return status


def _read_results(night: Night, job: Carry, status: BulkJob | None) -> None:
    if status is None:
        _give_back(night, job, CarryState.ABANDONED, ("GONE", "Salesforce no longer knows this bulk job."))
        return
    for attempt in range(ATTEMPTS):
        try:
            _read_once(night, job, status)
            break
        except Temporary as error:
            if attempt == ATTEMPTS - 1:
                raise
            night.wait(Phase.SETTLE, error.after or attempt + 1)
    reason = ("", "") if status.state == BulkState.JOB_COMPLETE else (f"BULK_JOB_{status.state.upper()}", status.error)
    _give_back(night, job, CarryState.SETTLED, reason)
    if status.state == BulkState.FAILED and not status.processed:
        raise Refused(
            f"Salesforce refused a whole bulk job: {status.error or 'it gave no reason'}.",
            code="BULK_JOB_FAILED",
            advice=f"A Salesforce admin compares the object {_label(job)} with what is shipped and mends it.",
        )


def _label(job: Carry) -> str:
    return next((one.label for one in LAYOUTS if one.object_name == job.object_name), job.object_name)


def _read_once(night: Night, job: Carry, status: BulkJob) -> None:
    """Results may be read again from the start: a row that is settled no longer belongs to the bulk job."""
    for chunk in chunks(in_order(night.salesforce.successes(status.id, _key_field(job)))):
        with night.write() as connection:
            _book(job).settle_successes(connection, night.org_id, job, (Success(*row) for row in chunk))
        night.reached("successes settled")
    for chunk in chunks(night.salesforce.failures(status.id, _key_field(job))):
        with night.write() as connection:
            _book(job).settle_failures(connection, night.org_id, job, (Failure(*row) for row in chunk))


def _give_back(night: Night, job: Carry, state: CarryState, reason: tuple[str, str]) -> None:
    while True:
        with night.write() as connection:
            left = _book(job).give_back(connection, job.id, *reason, tried=state == CarryState.SETTLED)
            if not left:
                bulk_jobs.set_state(connection, job.id, state)
                return
