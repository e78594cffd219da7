"""What is wrong just now, and which runs ended, for all orgs by one question each. It decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, TextClause, bindparam, text

from connector.model.notices import NOTICED
from connector.model.runs import RunKind, RunState

_KINDS = [str(kind) for kind in NOTICED]
_RUN = "SELECT id, org_id, kind, subject_id, state, reason, advice FROM runs"


@dataclass(frozen=True)
class Seen:
    """A run as a notice tells of it."""

    id: int
    org_id: int
    kind: RunKind
    subject_id: int
    state: RunState
    reason: str
    advice: str


def ended_since(connection: Connection, since: int) -> list[Seen]:
    """Runs that ended at or after this instant, in the order in which they were made."""
    statement = text(f"{_RUN} WHERE ended_at >= :since AND kind IN :kinds ORDER BY id")
    return _seen(connection, statement, {"since": since})


def standing(connection: Connection) -> list[Seen]:
    """Runs that are held or paused."""
    return _seen(connection, text(f"{_RUN} WHERE state IN ('Held', 'Paused') AND kind IN :kinds ORDER BY id"), {})


def _seen(connection: Connection, statement: TextClause, values: dict[str, object]) -> list[Seen]:
    expanding = statement.bindparams(bindparam("kinds", expanding=True))
    rows = connection.execute(expanding, {**values, "kinds": _KINDS}).mappings()
    return [
        Seen(
            id=int(row["id"]),
            org_id=int(row["org_id"]),
            kind=RunKind(row["kind"]),
            subject_id=int(row["subject_id"]),
            state=RunState(row["state"]),
            reason=str(row["reason"]),
            advice=str(row["advice"]),
        )
        for row in rows
    ]


def overdue_nights(connection: Connection, before: int) -> Sequence[int]:
    """Orgs whose night should have begun before this instant."""
    statement = text("SELECT org_id FROM nights WHERE enabled AND next_run_at < :before ORDER BY org_id")
    return [int(org_id) for (org_id,) in connection.execute(statement, {"before": before})]


def overdue_uploads(connection: Connection, before: int) -> Sequence[tuple[int, int]]:
    """Upload jobs, each with its org before it, that should have begun before this instant."""
    statement = text(
        "SELECT org_id, id FROM upload_jobs WHERE state = 'Active' AND next_run_at < :before ORDER BY org_id, id"
    )
    return [(int(org_id), int(job_id)) for org_id, job_id in connection.execute(statement, {"before": before})]


def untouched(connection: Connection, before: int) -> list[Seen]:
    """Runs that wait in the queue since before this instant although nobody holds what they need: no worker is up."""
    statement = text("""
        SELECT r.id, r.org_id, r.kind, r.subject_id, r.state, r.reason, r.advice FROM runs r
        LEFT JOIN leases l ON l.org_id = r.org_id AND l.name = r.lease
        WHERE r.state IN ('Queued', 'Running') AND COALESCE(r.enqueued_at, r.queued_at) < :before
        AND COALESCE(r.retry_at, 0) < :before AND COALESCE(l.expires_at, 0) < :before AND r.kind IN :kinds ORDER BY r.id
    """)
    return _seen(connection, statement, {"before": before})


def refused(connection: Connection) -> Sequence[RowMapping]:
    """Connections that the vendor no longer accepts: `org_id`, `vendor`, `refused`."""
    statement = text("""
        SELECT org_id, 'salesforce' AS vendor, refused FROM salesforce_connections WHERE refused <> ''
        UNION ALL SELECT org_id, 'realmagnet', refused FROM realmagnet_connections WHERE refused <> ''
        ORDER BY org_id, vendor
    """)
    return connection.execute(statement).mappings().all()


def stale(connection: Connection, now: int) -> Sequence[RowMapping]:
    """Orgs with a night whose newest activity is older than was promised: `org_id`, `hours` promised.

    Where no night has gone through yet, the first one that was asked for counts.
    """
    statement = text("""
        SELECT n.org_id, COALESCE(s.fresh_hours, 26) AS hours FROM nights n
        LEFT JOIN notice_settings s ON s.org_id = n.org_id
        WHERE n.enabled AND :now - COALESCE(s.fresh_hours, 26) * CAST(3600000 AS BIGINT) > COALESCE(
            (SELECT max(r.started_at) FROM runs r WHERE r.org_id = n.org_id AND r.kind = 'activity'
             AND r.state IN ('Completed', 'Completed with errors')),
            (SELECT min(r.queued_at) FROM runs r WHERE r.org_id = n.org_id AND r.kind = 'activity'),
            :now)
        ORDER BY n.org_id
    """)
    return connection.execute(statement, {"now": now}).mappings().all()


def everybody(connection: Connection) -> dict[int, tuple[str, str]]:
    """Every org: its name and Salesforce's id of it."""
    rows = connection.execute(text("SELECT id, name, salesforce_id FROM orgs ORDER BY id"))
    return {int(org_id): (str(name), str(salesforce_id)) for org_id, name, salesforce_id in rows}
