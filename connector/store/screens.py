"""What the screens read: runs with their sums, connections, and the rows behind a count. It changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, bindparam, text

from connector.store import runs

_ENDED = "('Completed', 'Completed with errors', 'Failed', 'Cancelled')"
_WHOLE = "('Completed', 'Completed with errors')"


@dataclass(frozen=True)
class Page:
    """Some rows in order, and whether there are more behind them."""

    rows: Sequence[RowMapping]
    more: bool


def salesforce_connection(connection: Connection, org_id: int) -> RowMapping | None:
    """How the org's Salesforce is connected, without its secrets."""
    statement = text(
        "SELECT kind, instance_url, username, refused, checked_at FROM salesforce_connections WHERE org_id = :org"
    )
    return connection.execute(statement, {"org": org_id}).mappings().first()


def realmagnet_connection(connection: Connection, org_id: int) -> RowMapping | None:
    """How the org's Real Magnet account is connected, without its password."""
    statement = text("SELECT username, account, refused, checked_at FROM realmagnet_connections WHERE org_id = :org")
    return connection.execute(statement, {"org": org_id}).mappings().first()


def unfinished_run(connection: Connection, org_id: int) -> RowMapping | None:
    """The run of the org's activity that is queued, running or paused, if any."""
    statement = text(
        "SELECT * FROM runs WHERE org_id = :org AND kind = 'activity' AND state IN ('Queued', 'Running', 'Paused') "
        "ORDER BY id DESC LIMIT 1"
    )
    return connection.execute(statement, {"org": org_id}).mappings().first()


def last_ended_run(connection: Connection, org_id: int) -> RowMapping | None:
    """The newest run of the org's activity that is over, however it ended."""
    statement = text(
        f"SELECT * FROM runs WHERE org_id = :org AND kind = 'activity' AND state IN {_ENDED} "  # noqa: S608  # ours
        "ORDER BY id DESC LIMIT 1"
    )
    return connection.execute(statement, {"org": org_id}).mappings().first()


def fresh_until(connection: Connection, org_id: int) -> int | None:
    """Up to when activity has been read: the start of the newest run that went through, in milliseconds."""
    statement = text(
        f"SELECT max(started_at) FROM runs WHERE org_id = :org AND kind = 'activity' AND state IN {_WHOLE}"  # noqa: S608  # ours
    )
    found = connection.execute(statement, {"org": org_id}).scalar()
    return None if found is None else int(found)


def run(connection: Connection, org_id: int, run_id: int) -> RowMapping | None:
    """One run, only if it is this org's; with the name of who asked for it."""
    statement = text("""
        SELECT r.*, u.name AS asker FROM runs r LEFT JOIN users u ON u.id = r.requested_by AND u.org_id = r.org_id
        WHERE r.id = :id AND r.org_id = :org
    """)
    return connection.execute(statement, {"id": run_id, "org": org_id}).mappings().first()


def runs_before(connection: Connection, org_id: int, before: int | None, limit: int, *, kinds: Sequence[str]) -> Page:
    """Runs of these kinds, newest first, older than run `before`."""
    statement = text("""
        SELECT r.*, u.name AS asker FROM runs r LEFT JOIN users u ON u.id = r.requested_by AND u.org_id = r.org_id
        WHERE r.org_id = :org AND r.id < :before AND r.kind IN :kinds ORDER BY r.id DESC LIMIT :limit
    """).bindparams(bindparam("kinds", expanding=True))
    values = {"org": org_id, "before": before or 2**62, "limit": limit + 1, "kinds": [str(kind) for kind in kinds]}
    return _page(connection.execute(statement, values).mappings().all(), limit)


def outcomes(connection: Connection, run_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Run → outcome → how many, for several runs at once."""
    answer: dict[int, dict[str, int]] = {}
    statement = text(
        "SELECT run_id, outcome, sum(count) FROM run_counts WHERE run_id IN :ids GROUP BY run_id, outcome"
    ).bindparams(bindparam("ids", expanding=True))
    for run_id, outcome, count in connection.execute(statement, {"ids": list(run_ids)}):
        answer.setdefault(int(run_id), {})[str(outcome)] = int(count)
    return answer


def requested(connection: Connection, run_id: int, user_id: int) -> None:
    """Note who asked for a run."""
    connection.execute(runs.runs.update().where(runs.runs.c.id == run_id).values(requested_by=user_id))


def sums(connection: Connection, run_id: int) -> Sequence[RowMapping]:
    """The closing sums of a run, one row a kind."""
    statement = text("SELECT * FROM reconciliations WHERE run_id = :run AND message_id = 0 ORDER BY activity_group")
    return connection.execute(statement, {"run": run_id}).mappings().all()


def open_sums(connection: Connection, org_id: int, run_id: int, limit: int) -> Page:
    """The messages whose sums do not close."""
    statement = text("""
        SELECT r.*, m.name FROM reconciliations r
        LEFT JOIN messages m ON m.org_id = :org AND m.id = r.message_id
        WHERE r.run_id = :run AND r.message_id <> 0 AND NOT r.closes ORDER BY r.message_id, r.activity_group
        LIMIT :limit
    """)
    values = {"org": org_id, "run": run_id, "limit": limit + 1}
    return _page(connection.execute(statement, values).mappings().all(), limit)


def rejected(connection: Connection, org_id: int, run_id: int, after: int, limit: int) -> Page:
    """The rows that Salesforce refused in a run, in the order in which they were placed, behind placement `after`."""
    statement = text("""
        SELECT p.id, p.activity_group, p.code, p.reason, p.person_id, p.message_id, who.name AS person,
               m.name AS message, f.activity, f.occurred_at
        FROM placements p
        LEFT JOIN people who ON who.org_id = p.org_id AND who.id = p.person_id
        LEFT JOIN messages m ON m.org_id = p.org_id AND m.id = p.message_id
        LEFT JOIN facts f ON f.org_id = p.org_id AND f.key = p.fact_key
        WHERE p.org_id = :org AND p.run_id = :run AND p.state = 'rejected' AND p.id > :after
        ORDER BY p.id LIMIT :limit
    """)
    values = {"org": org_id, "run": run_id, "after": after, "limit": limit + 1}
    return _page(connection.execute(statement, values).mappings().all(), limit)


def unmatched(connection: Connection, org_id: int, run_id: int, after: str, limit: int) -> Page:
    """Activity that belongs to no person in Salesforce, as this run saw it, behind fact `after`."""
    statement = text("""
        SELECT f.key, f.activity_group, f.activity, f.occurred_at, f.reason, f.recipient_id, f.message_id, r.email,
               r.custom_id, m.name AS message
        FROM facts f
        LEFT JOIN recipients r ON r.org_id = f.org_id AND r.id = f.recipient_id
        LEFT JOIN messages m ON m.org_id = f.org_id AND m.id = f.message_id
        WHERE f.org_id = :org AND f.decision = 'unmatched' AND f.changed_run = :run AND f.key > :after
        ORDER BY f.key LIMIT :limit
    """)
    values = {"org": org_id, "run": run_id, "after": after, "limit": limit + 1}
    return _page(connection.execute(statement, values).mappings().all(), limit)


def _page(rows: Sequence[RowMapping], limit: int) -> Page:
    return Page(rows[:limit], more=len(rows) > limit)
