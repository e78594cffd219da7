"""What the screens ask about updates and back-fills: which run is of what, how fresh it made that, who writes it."""

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, bindparam, text

from connector.model.scope import Scope

_OF_SCOPE = """
    FROM scopes s JOIN runs r ON r.org_id = s.org_id AND r.kind = 'update' AND r.subject_id = s.id
    WHERE s.org_id = :org AND s.digest = :digest
"""
AROUND = 24 * 3_600_000
"""A run that was asked for so long before may still be the one that writes."""


def under_way(connection: Connection, org_id: int, scope: Scope) -> int | None:
    """The update of this scope that is not over."""
    statement = text(f"SELECT r.id {_OF_SCOPE} AND r.state IN ('Queued', 'Running', 'Paused')")
    return connection.execute(statement, {"org": org_id, "digest": scope.digest}).scalar()


def fresh_until(connection: Connection, org_id: int, scope: Scope) -> int:
    """When the newest update of this scope that went through began, in milliseconds; 0 for never."""
    statement = text(f"SELECT max(r.started_at) {_OF_SCOPE} AND r.state IN ('Completed', 'Completed with errors')")
    return int(connection.execute(statement, {"org": org_id, "digest": scope.digest}).scalar() or 0)


def writing(connection: Connection, run: RowMapping) -> RowMapping | None:
    """The run that brings to Salesforce what this one found: its own, else a night, over or under way."""
    statement = text("""
        SELECT * FROM runs WHERE org_id = :org AND kind IN ('write', 'activity') AND queued_at >= :since
            AND (ended_at IS NULL OR ended_at >= :over) AND state <> 'Cancelled'
        ORDER BY kind DESC, COALESCE(ended_at, :later), id LIMIT 1
    """)
    values = {"org": run["org_id"], "since": run["queued_at"] - AROUND, "over": run["ended_at"] or 0, "later": 2**62}
    return connection.execute(statement, values).mappings().first()


def undecided(connection: Connection, org_id: int) -> bool:
    """Whether anything of the org waits for a run to decide about it."""
    statement = text("SELECT 1 FROM facts WHERE org_id = :org AND decision IS NULL LIMIT 1")
    return connection.execute(statement, {"org": org_id}).first() is not None


def newest_backfills(connection: Connection, org_id: int, limit: int) -> Sequence[RowMapping]:
    """The newest back-fills with their ranges, newest first."""
    statement = text("""
        SELECT r.*, s.from_at, s.before_at, u.name AS asker FROM runs r
        JOIN scopes s ON s.org_id = r.org_id AND s.id = r.subject_id
        LEFT JOIN users u ON u.id = r.requested_by AND u.org_id = r.org_id
        WHERE r.org_id = :org AND r.kind = 'back-fill' ORDER BY r.id DESC LIMIT :limit
    """)
    return connection.execute(statement, {"org": org_id, "limit": limit}).mappings().all()


def subjects(connection: Connection, org_id: int, scope_ids: Sequence[int]) -> dict[int, RowMapping]:
    """Scope → its conditions, with the names of its message and its person where they are known."""
    statement = text("""
        SELECT s.*, m.name AS message, p.name AS person FROM scopes s
        LEFT JOIN messages m ON m.org_id = s.org_id AND m.id = s.message_id
        LEFT JOIN people p ON p.org_id = s.org_id AND p.id = s.person_id
        WHERE s.org_id = :org AND s.id IN :ids
    """).bindparams(bindparam("ids", expanding=True))
    rows = connection.execute(statement, {"org": org_id, "ids": list(scope_ids)}).mappings()
    return {int(row["id"]): row for row in rows}


def named(connection: Connection, org_id: int, scope: Scope) -> dict[str, str]:
    """The names of the message and the person that a scope is about, as `subjects` gives them."""
    message = text("SELECT name FROM messages WHERE org_id = :org AND id = :id")
    person = text("SELECT name FROM people WHERE org_id = :org AND id = :id")
    return {
        "message": str(connection.execute(message, {"org": org_id, "id": scope.message_id}).scalar() or ""),
        "person": str(connection.execute(person, {"org": org_id, "id": scope.person_id}).scalar() or ""),
    }


def in_the_way(connection: Connection, run: RowMapping) -> RowMapping | None:
    """The run that works under the same lease, so that this one cannot begin yet."""
    statement = text(
        "SELECT * FROM runs WHERE org_id = :org AND lease = :lease AND state = 'Running' AND id <> :id LIMIT 1"
    )
    values = {"org": run["org_id"], "lease": run["lease"], "id": run["id"]}
    return connection.execute(statement, values).mappings().first()
