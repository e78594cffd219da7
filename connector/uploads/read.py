"""Reads a job's audience from Salesforce into the store, every row with what became of it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from connector.errors import Temporary
from connector.model.audience import Rule
from connector.model.runs import Phase
from connector.store import audience_counts, audiences, orgs, runs
from connector.store.database import CHUNK, chunks
from connector.uploads.check import Checker
from connector.uploads.job_work import JobWork
from connector.uploads.sources import open_source

if TYPE_CHECKING:
    from connector.store.audiences import AudienceRow

ATTEMPTS = 3


@dataclass
class _Progress:
    done: int = 0
    total: int = 0


def read_audience(work: JobWork) -> None:
    """Read the source, check every row, and keep rows and numbers. Does nothing where that was done for this run.

    What an attempt that broke off had read is forgotten first: sources give no place to go on from.
    """
    with work.database.read() as connection:
        if audience_counts.kept(connection, work.run_id):
            return
    work.report(Phase.AUDIENCE)
    for attempt in range(ATTEMPTS):
        _forget(work)
        try:
            rows = _read(work)
        except Temporary:
            if attempt == ATTEMPTS - 1:
                raise
            work.wait(Phase.AUDIENCE, attempt + 1)
        else:
            _compare(work, rows)
            _keep(work)
            _forget_older(work)
            work.reached("audience read")
            return


def _forget(work: JobWork) -> None:
    dropped = 1
    while dropped:
        with work.write() as connection:
            dropped = audiences.drop(connection, work.run_id)
    with work.write() as connection:
        audiences.clear(connection, work.run_id)


def _read(work: JobWork) -> int:
    """Write the rows as they come; how many there were."""
    progress = _Progress()

    def wait(seconds: float) -> None:
        work.report(Phase.AUDIENCE, progress.done, progress.total)  # no time to wait is time to hear of a cancel
        work.wait(Phase.AUDIENCE, seconds, progress.done, progress.total)

    opened = open_source(work, wait)
    progress.total = opened.total
    checker = Checker(work.definition, opened.layouts)
    with work.write() as connection:
        runs.note(connection, work.run_id, opened.note)
    checked = (checker.row(place, entry) for place, entry in enumerate(opened.entries, 1))
    for chunk in chunks(checked, CHUNK):
        with work.write() as connection:
            progress.done += audiences.add(connection, work.run_id, cast("list[AudienceRow]", chunk))
        work.reached("audience chunk stored")
        work.report(Phase.AUDIENCE, progress.done, progress.total)
    return progress.done


def _compare(work: JobWork, rows: int) -> None:
    """The rules that look at more than one row, a piece at a time so that others may write between."""
    rules = work.definition.rules
    for rule, take_out in (
        (Rule.DUPLICATE, audiences.take_out_duplicates),
        (Rule.OPTED_OUT, audiences.take_out_opted_out),
    ):
        for first in range(1, rows + 1, CHUNK) if rule in rules else ():
            with work.write() as connection:
                take_out(connection, work.run_id, range(first, first + CHUNK))
            work.report(Phase.AUDIENCE, rows, rows)


def _keep(work: JobWork) -> None:
    before = _before(work)
    with work.database.read() as connection:
        counts = audiences.counts(connection, work.run_id)
        moved = None if before is None else audiences.moved(connection, work.run_id, before)
    with work.write() as connection:
        audience_counts.keep_audience(connection, work.run_id, counts, moved)
        orgs.note_salesforce(connection, work.org_id)


def _before(work: JobWork) -> int | None:
    """The run whose audience this one is compared with; that of the job itself while a draft changes it."""
    job_id = work.job.edits_id or work.job.id
    with work.database.read() as connection:
        return audiences.last_uploaded(connection, work.org_id, job_id, work.run_id)


def _forget_older(work: JobWork) -> None:
    keep = [run for run in (work.run_id, _before(work), work.job.preview_run_id) if run is not None]
    forgotten = 1
    while forgotten:
        with work.write() as connection:
            forgotten = audiences.forget_older(connection, work.org_id, work.job.id, keep)
