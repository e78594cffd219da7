"""Undo of a run: what it would take out and put back, and the deletion that does it. An undo is a deletion by scope."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, text

from connector import clock
from connector.model.scope import Scope
from connector.store import deletions

KEPT_FOR = 30 * 86_400_000
"""Milliseconds for which what a run changed is kept as it was before: so long it can be undone."""
ROW_MEGABYTES = 2 / 1024
"""What Salesforce counts for a row of a custom object."""


@dataclass(frozen=True)
class Undoing:
    """`made` are rows that the run made and that stand, by kind: an undo deletes them. `changed` rows are put back as
    they were, `left` are those that a later run changed again, or that are gone. `undone_by` is the deletion that
    undid it and still stands."""

    made: Sequence[tuple[str, int]] = ()
    changed: int = 0
    left: int = 0
    megabytes: float = 0.0
    undone_by: int | None = None
    possible: bool = False


def what(connection: Connection, org_id: int, run_id: int) -> Undoing:
    """What an undo of a run of this org would do now. `possible`: it is over, not too long ago, and left anything."""
    values = {"org": org_id, "run": run_id, "after": clock.milliseconds(clock.now()) - KEPT_FOR}
    made = [(str(kind), int(rows)) for kind, rows in connection.execute(_MADE, values)]
    changed, left = connection.execute(_CHANGED, values).one()
    undone_by = connection.execute(_UNDONE, values).scalar()
    over = connection.execute(_OVER, values).first() is not None
    found = Undoing(made, int(changed or 0), int(left or 0), sum(rows for _, rows in made) * ROW_MEGABYTES, undone_by)
    return replace(found, possible=over and undone_by is None and bool(made or found.changed))


def order(connection: Connection, org_id: int, run_id: int, user_id: int | None) -> int:
    """Make the deletion that undoes a run; answers its id. Claim the run of `deletion_of(id)` in this transaction."""
    found = what(connection, org_id, run_id)
    expected = sum(rows for _, rows in found.made) + found.changed
    scope = Scope(undone_run_id=run_id)
    return deletions.order(connection, org_id, scope, user_id, tombstone=True, expected=expected)


_MADE = text("""
    SELECT activity_group, count(*) FROM placements WHERE org_id = :org AND created_run = :run
        AND salesforce_id IS NOT NULL AND state <> 'deleted' AND deletion_id IS NULL
    GROUP BY activity_group ORDER BY activity_group
""")
_CHANGED = text("""
    SELECT sum(CASE WHEN stands THEN 1 ELSE 0 END), sum(CASE WHEN stands THEN 0 ELSE 1 END) FROM (
        SELECT p.salesforce_id IS NOT NULL AND p.state <> 'deleted' AND p.deletion_id IS NULL AND NOT EXISTS (
            SELECT 1 FROM prior_rows n WHERE n.placement_id = r.placement_id AND n.run_id > r.run_id
                AND coalesce(n.outcome, '') <> 'Put back') AS stands
        FROM prior_rows r JOIN placements p ON p.id = r.placement_id
        WHERE r.org_id = :org AND r.run_id = :run AND coalesce(p.created_run, 0) <> :run) AS found
""")
_UNDONE = text("""
    SELECT max(d.id) FROM deletions d JOIN scopes s ON s.id = d.scope_id
    WHERE d.org_id = :org AND s.undone_run_id = :run AND d.tombstone AND d.restored_at IS NULL
""")
_OVER = text("SELECT 1 FROM runs WHERE org_id = :org AND id = :run AND ended_at > :after")
