"""Delete jobs: rows to delete as files of their ids, each file one bulk job; a handful goes by collections.

The bulk job's id and its row set are committed before Salesforce is told to begin, as for rows that are written.
"""

import csv
import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import mkstemp
from typing import Any

from connector.activity import governor
from connector.activity.night import Night
from connector.activity.settle import settle_answers
from connector.activity.spool import Spool
from connector.errors import LeaseLost
from connector.model.runs import Phase
from connector.settings import work_dir
from connector.store import bulk_jobs, deletion_rows
from connector.store.bulk_jobs import Carry, CarryState
from connector.store.database import chunks
from connector.store.deletions import Deletion

FEW = 200
"""Up to so many rows go by one call of collections; it is also its limit."""
ROWS = 50_000
"""Rows of one bulk job: each chunk of its answers looks through what is left of it."""


def send(night: Night, deletion: Deletion, name: str, progress: tuple[int, int]) -> int:
    """Send the rows of one object that wait, after `progress` (done, total); answers how many are done then.

    What Salesforce answers to bulk jobs is read by `settle`.
    """
    done, total = progress
    found, values = Spool(), {"deletion": deletion.id, "object": name}
    with (
        night.database.read() as connection,
        closing(night.database.stream(connection, deletion_rows.WAITING, values)) as rows,
    ):
        for batch in chunks(rows):
            found.add([(int(number), str(salesforce_id)) for number, salesforce_id in batch])
    for parcel in chunks(found, ROWS):
        night.report(Phase.DELETE, done, total)
        governor.before_parcel(night)
        job = _commit(night, name, parcel)
        if len(parcel) <= FEW:
            answers = night.salesforce.delete([number for _, number in parcel])
            night.reached("collections answered")
            carry = Carry(job, name, None, CarryState.PREPARING, len(parcel), bulk_jobs.DELETE)
            settle_answers(night, carry, answers)
        else:
            _by_bulk(night, name, parcel, job)
        done += len(parcel)
    found.close()
    return done


def _commit(night: Night, name: str, parcel: Sequence[Sequence[Any]]) -> int:
    """Commit the row set under a bulk job of ours."""
    with night.write() as connection:
        job = bulk_jobs.create_delete(connection, night.org_id, night.run_id, name, len(parcel))
    for chunk in chunks(parcel):
        with night.write() as connection:
            deletion_rows.take_along(connection, job, night.run_id, chunk)
    night.reached("row set committed")
    return job


def _by_bulk(night: Night, name: str, parcel: Sequence[Sequence[Any]], job: int) -> None:
    salesforce_id = night.salesforce.create_bulk_job(name, bulk_jobs.DELETE, deletion_rows.KEY_FIELD)
    night.reached("bulk job created")
    try:
        with night.write() as connection:
            bulk_jobs.set_state(connection, job, CarryState.OPEN, salesforce_id)
    except LeaseLost:
        night.salesforce.abort(salesforce_id)  # whoever took over may have looked for such a one before it was made
        raise
    night.reached("bulk job committed")
    path = _file(night, parcel)
    try:
        night.salesforce.upload(salesforce_id, path)
    finally:
        path.unlink(missing_ok=True)
    night.reached("uploaded")
    with night.write():
        pass  # nothing to change: it proves that the org is still ours before Salesforce begins
    night.salesforce.complete(salesforce_id)
    night.reached("upload complete")
    with night.write() as connection:
        bulk_jobs.set_state(connection, job, CarryState.UPLOADED)


def _file(night: Night, parcel: Sequence[Sequence[Any]]) -> Path:
    handle, name = mkstemp(prefix=f"org-{night.org_id}-", suffix=".csv", dir=work_dir(night.settings))
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([deletion_rows.KEY_FIELD])
        writer.writerows([number] for _, number in parcel)
    return Path(name)
