"""Write: the placements that wait, as CSV sorted by person, each file one bulk job; a handful goes by collections.

The bulk job's id and its row set are committed before Salesforce is told to begin, so that whoever takes over knows
exactly what is on its way.
"""

import csv
import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from tempfile import mkstemp
from typing import Any

from connector.activity import governor
from connector.activity.layouts import KEY_FIELD, LAYOUTS, Layout
from connector.activity.night import Night
from connector.activity.prior import keep_prior
from connector.activity.settle import settle, settle_answers
from connector.activity.spool import Spool, in_order
from connector.errors import LeaseLost
from connector.model.runs import Phase
from connector.settings import work_dir
from connector.store import bulk_jobs, placements
from connector.store.bulk_jobs import Carry, CarryState
from connector.store.database import chunks

FILE_BYTES = 95_000_000
"""Salesforce takes 150 MB after base64, which is 100 MB raw; a person's rows are never split over two files."""
FEW = 200
"""Under so many rows one call of collections is cheaper than a bulk job; it is also its limit."""
NULL = "#N/A"
"""How a CSV says null; an empty cell means: leave as it is."""


@dataclass
class Parcel:
    """What one file carries: its rows by placement, which of them stand in Salesforce already and say something else
    there, and the rows that need not travel."""

    path: Path
    taken: Spool = field(default_factory=Spool)
    standing: Spool = field(default_factory=Spool)
    skipped: Spool = field(default_factory=Spool)

    def close(self) -> None:
        """Forget file and rows."""
        self.path.unlink(missing_ok=True)
        for spool in (self.taken, self.standing, self.skipped):
            spool.close()


def write(night: Night) -> None:
    """Send everything that waits; what Salesforce answers to bulk jobs is read by `settle`, and of aggregates at once:
    the rows that come after point to them by the ids that Salesforce gave."""
    for layout in LAYOUTS:
        late = _late(night, layout) if layout.aggregate else []
        if _write_layout(night, layout) and layout.aggregate:
            settle(night)
        if late:
            with night.write() as connection:
                placements.point_again(connection, night.org_id, night.run_id, late)


def _late(night: Night, layout: Layout) -> list[int]:
    with night.database.read() as connection:
        return placements.late(connection, night.org_id, layout.object_name)


def sweep(night: Night) -> None:
    """Remove the files that a killed worker of this org left behind: they hold people's data."""
    for path in work_dir(night.settings).glob(f"{_prefix(night)}*"):
        path.unlink(missing_ok=True)


def _prefix(night: Night) -> str:
    return f"org-{night.org_id}-"


def _write_layout(night: Night, layout: Layout) -> bool:
    """Answers whether there was anything to write."""
    with night.database.read() as connection:
        total = placements.to_write(connection, night.org_id, layout.object_name)
    done = 0
    while done < total:
        night.report(Phase.WRITE, done, total)
        governor.before_parcel(night)
        parcel = _pack(night, layout)
        try:
            keep_prior(night, layout, parcel.standing)
            done += len(parcel.taken) + len(parcel.skipped)
            if not len(parcel.taken) + len(parcel.skipped):
                _leave(night, layout)
                break
            carry(night, layout, parcel)
        finally:
            parcel.close()
        night.report(Phase.WRITE, done, total)
    return total > 0


def carry(night: Night, layout: Layout, parcel: Parcel) -> None:
    """Commit the row set of a file, then send it."""
    job = _commit(night, layout, parcel)
    if job is not None and len(parcel.taken) <= FEW:
        _send_few(night, layout, parcel, job)
    elif job is not None:
        _send(night, layout, parcel, job)


def new_file(night: Night) -> tuple[int, Path]:
    """An open file for rows on their way, which `sweep` finds after a crash, and its path."""
    handle, name = mkstemp(prefix=_prefix(night), suffix=".csv", dir=work_dir(night.settings))
    return handle, Path(name)


def _leave(night: Night, layout: Layout) -> None:
    """Rows of a list that nothing belongs into any more stay as Salesforce has them, until somebody clears the list."""
    with night.write() as connection:
        placements.leave(connection, night.org_id, layout.object_name)


def _pack(night: Night, layout: Layout) -> Parcel:
    """Write rows to a file until it is full, and note which; the database is only read."""
    handle, path = new_file(night)
    parcel = Parcel(path)
    values = {"org": night.org_id, "object": layout.object_name}
    with (
        os.fdopen(handle, "w", encoding="utf-8", newline="") as file,
        night.database.read() as connection,
        closing(night.database.stream(connection, layout.rows, values)) as rows,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(layout.header)
        for batch in chunks(_by_person(rows, lambda: file.tell() >= FILE_BYTES), 2000):
            writer.writerows(_lines(night.run_id, layout, batch, parcel))
    return parcel


def _by_person(rows: Iterator[Sequence[Any]], full: Any) -> Iterator[Sequence[Any]]:
    """The rows until the file is full and the next person begins; those of nobody may part anywhere."""
    person = None
    for row in rows:
        if row[2] != person or not person:
            if person is not None and full():
                return
            person = row[2]
        yield row


def _lines(run_id: int, layout: Layout, batch: Sequence[Sequence[Any]], parcel: Parcel) -> list[list[str]]:
    """The lines of rows that have to travel; the parcel notes them, and those that need not."""
    lines: list[list[str]] = []
    taken: list[tuple[int, str]] = []
    standing: list[tuple[int]] = []
    skipped: list[tuple[int]] = []
    run = str(run_id)
    for row in batch:
        placement, key, person, known = row[:4]
        values = layout.of(person, row[4:])
        whole = "\x1f".join(values)
        content = blake2b(whole.encode(), digest_size=8).hexdigest()
        if content == known:
            skipped.append((placement,))
            continue
        values = tame(values, whole)
        if known:
            values = [value or NULL for value in values]
            standing.append((placement,))
        lines.append([key, *values, run])
        taken.append((placement, content))
    for spool, rows in ((parcel.taken, taken), (parcel.standing, standing), (parcel.skipped, skipped)):
        spool.add(rows)
    return lines


def tame(values: list[str], whole: str) -> list[str]:
    """Texts as a file may hold them; `whole` is all of them in one."""
    if "\r" in whole:  # csv leaves it unquoted, and whoever reads the file ends the row there
        values = [value.replace("\r\n", "\n").replace("\r", "\n") for value in values]
    if NULL in whole:  # a text of these very letters would empty the column
        values = ["N/A" if value == NULL else value for value in values]
    return values


def _commit(night: Night, layout: Layout, parcel: Parcel) -> int | None:
    """Commit the row set under a bulk job of ours; None when every row was skipped."""
    for chunk in chunks(parcel.skipped):
        with night.write() as connection:
            placements.skip(connection, night.run_id, chunk)
    if not len(parcel.taken):
        return None
    with night.write() as connection:
        job = bulk_jobs.create(connection, night.org_id, night.run_id, layout.object_name, len(parcel.taken))
    for chunk in chunks(in_order(parcel.taken)):
        with night.write() as connection:
            placements.take_along(connection, job, night.run_id, chunk)
    night.reached("row set committed")
    return job


def _send(night: Night, layout: Layout, parcel: Parcel, job: int) -> None:
    salesforce_id = night.salesforce.create_bulk_job(layout.object_name, "upsert", KEY_FIELD)
    night.reached("bulk job created")
    try:
        with night.write() as connection:
            bulk_jobs.set_state(connection, job, CarryState.OPEN, salesforce_id)
    except LeaseLost:
        night.salesforce.abort(salesforce_id)  # whoever took over may have looked for such a one before it was made
        raise
    night.reached("bulk job committed")
    night.salesforce.upload(salesforce_id, parcel.path)
    night.reached("uploaded")
    with night.write():
        pass  # nothing to change: it proves that the org is still ours before Salesforce begins
    night.salesforce.complete(salesforce_id)
    night.reached("upload complete")
    with night.write() as connection:
        bulk_jobs.set_state(connection, job, CarryState.UPLOADED)


def _send_few(night: Night, layout: Layout, parcel: Parcel, job: int) -> None:
    with parcel.path.open(encoding="utf-8", newline="") as file:
        rows = [
            {name: None if value == NULL else value for name, value in row.items() if value}
            for row in csv.DictReader(file)
        ]
    answers = night.salesforce.upsert(layout.object_name, KEY_FIELD, rows)
    night.reached("collections answered")
    settle_answers(night, Carry(job, layout.object_name, None, CarryState.PREPARING, len(rows)), answers)
