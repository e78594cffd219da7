"""Deletion: rows taken out of Salesforce, each with its tombstone and its receipt.

A bulk job's id and its row set are committed before Salesforce begins, as for rows that are written. A row is out of
those to be written from the moment it is marked, so nothing writes it while its deletion is unfinished.
"""

import csv
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import mkstemp
from typing import Any

from sqlalchemy import Connection, text

from connector.activity.night import Night
from connector.activity.settle import recover, settle, settle_answers
from connector.activity.spool import Spool
from connector.activity.write import sweep
from connector.errors import Cancelled, LeaseLost, NotFound, Refused, Temporary
from connector.model.activity import Outcome
from connector.model.runs import Phase
from connector.salesforce.soql import quoted
from connector.settings import work_dir
from connector.store import bulk_jobs, deletion_receipts, deletion_rows, deletion_scopes, deletions, runs
from connector.store.bulk_jobs import Carry, CarryState
from connector.store.database import chunks
from connector.store.deletions import Deletion

ROUNDS = 8
"""How often rows that Salesforce could not lock are sent again; each round waits longer."""
FEW = 200
"""Up to so many rows go by one call of collections; it is also its limit."""
ROWS = 50_000
"""Rows of one bulk job: each chunk of its answers looks through what is left of it."""
ASKED_AT_ONCE = 200
"""External keys in one query: its address must stay short."""


def run_deletion(night: Night, deletion_id: int) -> bool:
    """Delete what a deletion is about; repeating it changes nothing. True when Salesforce deleted every row.

    Raises `Refused` before anything is deleted when the connected user may not.
    """
    with night.database.read() as connection:
        deletion = deletions.get(connection, night.org_id, deletion_id)
    if deletion is None:
        raise NotFound("Nobody knows any more what this deletion is about.")
    if deletion.restored_at is not None:
        return True
    try:
        sweep(night)
        recover(night)
        settle(night)
        _mark(night, deletion)
        _look_for_lost(night, deletion)
        _carry(night, deletion)
        return _finish(night, deletion)
    except Cancelled:
        raise Cancelled(
            "Stopped by a person. What was deleted stays deleted.",
            advice="Try again goes on with the rest; Restore brings everything back.",
        ) from None
    finally:
        _count_calls(night)


def put_aside(rows: Iterable[Any]) -> Spool:
    """Ids or keys, read to the end before anything is changed."""
    spool = Spool()
    for batch in chunks((row,) for row in rows):
        spool.add([tuple(row) for row in batch])
    return spool


def in_chunks(night: Night, found: Spool, change: Callable[[Connection, Sequence[Sequence[Any]]], None]) -> None:
    """Change what was put aside, ten thousand at a time."""
    for chunk in chunks(found):
        with night.write() as connection:
            change(connection, chunk)
    found.close()


def _mark(night: Night, deletion: Deletion) -> None:
    night.report(Phase.DELETE)
    with night.write() as connection:
        deletion_rows.try_again(connection, deletion.id, night.run_id)
    taken = deletion_scopes.to_take(
        night.database, night.org_id, deletion.scope, deletion.id, tombstone=deletion.tombstone
    )
    in_chunks(night, put_aside(taken), lambda c, rows: deletion_rows.take(c, deletion.id, night.run_id, rows))
    night.reached("rows marked")
    if deletion.tombstone:
        keys = deletion_scopes.to_bury(night.database, night.org_id, deletion.scope)
        in_chunks(night, put_aside(keys), lambda c, rows: deletion_rows.bury(c, night.org_id, rows))
    night.reached("facts buried")


def _look_for_lost(night: Night, deletion: Deletion) -> None:
    """Rows that were sent before a crash and whose answer nobody read: Salesforce says which of them it has."""
    while True:
        with night.database.read() as connection:
            lost = deletion_rows.unknown(connection, deletion.id)
        if not lost:
            return
        known: dict[tuple[str, str], str] = {}
        for name in dict.fromkeys(row[1] for row in lost):
            for some in chunks([(key,) for _, of, key in lost if of == name], ASKED_AT_ONCE):
                keys = ", ".join(quoted(str(key)) for (key,) in some)
                soql = f"SELECT Id, External_Key__c FROM {name} WHERE External_Key__c IN ({keys})"  # noqa: S608  # SOQL
                known |= {(name, str(key)): str(number) for number, key in night.salesforce.query(soql)}
        with night.write() as connection:
            deletion_rows.learn(connection, [(number, known.get((name, key))) for number, name, key in lost])


def _carry(night: Night, deletion: Deletion) -> None:
    with night.database.read() as connection:
        total, objects = deletion_rows.waiting(connection, deletion.id), deletion_rows.objects(connection, deletion.id)
    if objects:
        _check_rights(night, objects)
    left = total
    for round_ in range(ROUNDS):
        if not left:
            return
        done = total - left
        for name in objects:
            done = _send_object(night, deletion, name, (done, total))
        settle(night)
        with night.database.read() as connection:
            left = deletion_rows.waiting(connection, deletion.id)
        if left:
            night.wait(Phase.DELETE, min(2**round_ * night.settings.poll_seconds / 10, 60), total - left, total)
    if left:
        raise Temporary(f"Salesforce could not delete {left:,} rows just now.")


def _check_rights(night: Night, objects: Sequence[str]) -> None:
    shapes = night.salesforce.shapes(objects)
    missing = [name for name in objects if name not in shapes or not shapes[name].deletable]
    if missing:
        raise Refused(
            f"The connected user may not delete rows of {', '.join(missing)} in Salesforce.",
            code="NO_RIGHT_TO_DELETE",
            advice="Choose Prepare Salesforce in Connection, which gives it the Real Magnet Integration permission "
            "set. Then try again: what is left to delete is noted.",
        )


def _send_object(night: Night, deletion: Deletion, name: str, progress: tuple[int, int]) -> int:
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
        job = _commit(night, name, parcel)
        if len(parcel) <= FEW:
            answers = night.salesforce.delete([number for _, number in parcel])
            night.reached("collections answered")
            carry = Carry(job, name, None, CarryState.PREPARING, len(parcel), bulk_jobs.DELETE)
            settle_answers(night, carry, answers)
        else:
            _send(night, name, parcel, job)
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


def _send(night: Night, name: str, parcel: Sequence[Sequence[Any]], job: int) -> None:
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


def _finish(night: Night, deletion: Deletion) -> bool:
    """Count what came of it; whether nothing was rejected."""
    while not deletion.tombstone:
        with night.write() as connection:
            if not deletion_rows.let_be_filled(connection, deletion.id):
                break
    with night.write() as connection:
        deleted: Counter[str] = Counter()
        for _, group, count in deletion_receipts.by_kind(connection, deletion.id):
            deleted[group] += count
        refused: Counter[str] = Counter()
        for _, group, _, _, count in deletion_rows.rejected(connection, deletion.id, 1000):
            refused[group] += count
        counts = [(group, str(Outcome.DELETED), n) for group, n in deleted.items()]
        runs.set_counts(
            connection, night.run_id, counts + [(group, str(Outcome.REJECTED), n) for group, n in refused.items()]
        )
    night.reached("counted")
    return not refused


def _count_calls(night: Night) -> None:
    """Add the calls of this attempt to the run's, but not those of one that was taken over."""
    statement = text("UPDATE runs SET salesforce_calls = salesforce_calls + :calls WHERE id = :id")
    with night.write() as connection:
        connection.execute(statement, {"calls": night.salesforce.calls.total(), "id": night.run_id})
