"""What comes after a run that only read: a run that writes what it found. Commit, then enqueue."""

from sqlalchemy import Connection, text

from connector.model.runs import WRITE, RunKind, Trigger
from connector.store import claims, runs
from connector.store.claims import Asked, Claim

_READ_ONLY = frozenset({RunKind.UPDATE, RunKind.BACKFILL})
_WHOLE = frozenset({"Completed", "Completed with errors"})


def claim_write(connection: Connection, run_id: int) -> Claim | None:
    """A run that writes what waits, or the one that is under way; None where nothing waits.

    After a reading run, what waits is what has no decision, and whoever it read of recipients: a night may have decided
    about them before it could know whose they are. After a writing run it is what came in while it wrote; while a
    reading run still goes on, that one sees to it.
    """
    run = runs.get(connection, run_id)
    if run is None or run["state"] not in _WHOLE:
        return None
    values = {"org": run["org_id"], "run": run_id}
    read_only = run["kind"] in _READ_ONLY
    waits = connection.execute(_UNDECIDED, values).first()
    if read_only:
        waits = waits or connection.execute(_RECIPIENTS, values).first()
    elif waits and connection.execute(_READING, values).first():
        return None
    if not waits:
        return None
    asked = Asked(Trigger(run["trigger"]), run["requested_by"], about_run=run_id if read_only else None)
    return claims.claim(connection, int(run["org_id"]), asked, WRITE)


_UNDECIDED = text("SELECT 1 FROM facts WHERE org_id = :org AND decision IS NULL LIMIT 1")
_RECIPIENTS = text("SELECT 1 FROM recipients WHERE org_id = :org AND changed_run = :run LIMIT 1")
_READING = text(
    "SELECT 1 FROM runs WHERE org_id = :org AND kind IN ('update', 'back-fill') "
    "AND state IN ('Queued', 'Running', 'Paused') LIMIT 1"
)
