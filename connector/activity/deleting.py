"""Deletion: rows taken out of Salesforce, each with its tombstone and its receipt.

A row is out of those to be written from the moment it is marked, so nothing writes it while its deletion is unfinished.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, text

from connector.activity import governor
from connector.activity.delete_jobs import send
from connector.activity.night import Night
from connector.activity.putting_back import put_back
from connector.activity.settle import recover, settle
from connector.activity.spool import Spool
from connector.activity.write import sweep
from connector.errors import Cancelled, NotFound, Refused, Temporary
from connector.model.activity import Outcome
from connector.model.runs import Phase
from connector.salesforce.soql import quoted
from connector.store import (
    deletion_receipts,
    deletion_rows,
    deletion_scopes,
    deletion_tombstones,
    deletions,
    prior_rows,
    runs,
)
from connector.store.database import chunks
from connector.store.deletions import Deletion

ROUNDS = 8
"""How often rows that Salesforce could not lock are sent again; each round waits longer."""
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
        governor.before_run(night)
        sweep(night)
        recover(night)
        settle(night)
        _mark(night, deletion)
        _look_for_lost(night, deletion)
        if deletion.scope.undone_run_id is not None:
            put_back(night, deletion.scope.undone_run_id, deletion.id)
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
        in_chunks(night, put_aside(keys), lambda c, rows: deletion_tombstones.bury(c, night.org_id, rows))
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
            done = send(night, deletion, name, (done, total))
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


def _finish(night: Night, deletion: Deletion) -> bool:
    """Count what came of it; whether nothing was rejected."""
    while not deletion.tombstone:
        with night.write() as connection:
            if not deletion_tombstones.let_be_filled(connection, deletion.id):
                break
    with night.write() as connection:
        deleted: Counter[str] = Counter()
        for _, group, count in deletion_receipts.by_kind(connection, deletion.id):
            deleted[group] += count
        refused: Counter[str] = Counter()
        for _, group, _, _, count in deletion_rows.rejected(connection, deletion.id, 1000):
            refused[group] += count
        counts = [(group, str(Outcome.DELETED), n) for group, n in deleted.items()]
        counts += [(group, str(Outcome.REJECTED), n) for group, n in refused.items()]
        undone = deletion.scope.undone_run_id
        back = prior_rows.outcomes(connection, night.org_id, undone, deletion.id) if undone is not None else []
        runs.set_counts(connection, night.run_id, _summed(counts + back))
    night.reached("counted")
    return not refused and not any(outcome == Outcome.REJECTED for _, outcome, _ in back)


def _summed(counts: Sequence[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    """A kind may have rows that were not deleted and others that were not put back."""
    found: Counter[tuple[str, str]] = Counter()
    for group, outcome, number in counts:
        found[group, outcome] += number
    return [(group, outcome, number) for (group, outcome), number in found.items()]


def _count_calls(night: Night) -> None:
    """Add the calls of this attempt to the run's, but not those of one that was taken over."""
    statement = text("UPDATE runs SET salesforce_calls = salesforce_calls + :calls WHERE id = :id")
    with night.write() as connection:
        connection.execute(statement, {"calls": night.salesforce.calls.total(), "id": night.run_id})
