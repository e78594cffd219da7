"""Attempts at a run: how a worker begins and ends one, and which runs need another. It knows no job runner."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, text

from connector import clock
from connector.errors import ConnectorError, LimitReached
from connector.model.runs import RunKind, RunState
from connector.store.database import Database

MOST_INTERRUPTIONS = 50
"""A run whose worker died under it this often is what kills the worker: it fails instead of starting again."""


def begin(connection: Connection, run_id: int) -> bool:
    """Say that a worker has begun, or goes on with, this run; False when it is over. Call it fenced."""
    statement = text(
        "UPDATE runs SET state = 'Running', started_at = COALESCE(started_at, :now), retry_at = NULL, "
        "paused_for = '', reason = '', advice = '' WHERE id = :id AND state IN ('Queued', 'Running', 'Paused')"
    )
    return bool(connection.execute(statement, {"id": run_id, "now": clock.milliseconds(clock.now())}).rowcount)


def end(connection: Connection, run_id: int, state: RunState, *, reason: str = "", advice: str = "") -> None:
    """The run is over. Call it fenced."""
    connection.execute(
        text(
            "UPDATE runs SET state = :state, ended_at = :now, retry_at = NULL, reason = :reason, advice = :advice "
            "WHERE id = :id AND state = 'Running'"
        ),
        {
            "id": run_id,
            "state": state,
            "now": clock.milliseconds(clock.now()),
            "reason": reason,
            "advice": advice,
        },
    )


def hold(connection: Connection, run_id: int, reason: str, advice: str) -> None:
    """A person has to decide whether this run goes on. Call it fenced."""
    connection.execute(
        text("UPDATE runs SET state = 'Held', reason = :reason, advice = :advice WHERE id = :id AND state = 'Running'"),
        {"id": run_id, "reason": reason, "advice": advice},
    )


def put_off(connection: Connection, run_id: int, state: RunState, seconds: float, why: ConnectorError) -> None:
    """Not now: *Queued* to try again, or *Paused*, for so long. Call it fenced."""
    connection.execute(
        text(
            "UPDATE runs SET state = :state, retry_at = :again, reason = :reason, advice = :advice, "
            "failures = failures + :failed, paused_for = :budget WHERE id = :id AND state = 'Running'"
        ),
        {
            "id": run_id,
            "state": state,
            "again": clock.milliseconds(clock.now()) + int(seconds * 1000),
            "failed": int(state == RunState.QUEUED),
            "reason": str(why),
            "advice": why.advice,
            "budget": why.budget if isinstance(why, LimitReached) else "",
        },
    )


@dataclass(frozen=True)
class Waiting:
    """An unfinished run that a job should be working on."""

    run_id: int
    kind: RunKind
    attempts: int
    state: RunState

    @property
    def queued(self) -> bool:
        """Whether its job may still be somewhere in the queue."""
        return self.state == RunState.QUEUED


def waiting(connection: Connection, grace: timedelta) -> list[Waiting]:
    """Runs that may have lost their job, oldest first: *Queued* ones enqueued longer than `grace` ago, *Running* ones
    whose lease nobody holds, and those whose time to try again has come."""
    now = clock.milliseconds(clock.now())
    statement = text(
        "SELECT r.id, r.kind, r.attempts, r.state FROM runs r "
        "LEFT JOIN leases l ON l.org_id = r.org_id AND l.name = r.lease "
        "WHERE (r.state = 'Queued' AND COALESCE(r.retry_at, 0) <= :now AND COALESCE(r.enqueued_at, 0) <= :before) "
        "OR (r.state = 'Running' AND COALESCE(l.expires_at, 0) < :now) "
        "OR (r.state = 'Paused' AND COALESCE(r.retry_at, 0) <= :now) ORDER BY r.id"
    )
    values = {"now": now, "before": now - int(grace.total_seconds() * 1000)}
    return [Waiting(int(i), RunKind(k), int(a), RunState(s)) for i, k, a, s in connection.execute(statement, values)]


def requeue(database: Database, found: Waiting) -> int | None:
    """Give the run a new attempt; answers its number, or None when another tick or a worker was faster."""
    with database.write() as connection:
        return connection.execute(
            text(
                "UPDATE runs SET state = 'Queued', attempts = attempts + 1, enqueued_at = :now, retry_at = NULL, "
                "paused_for = '', interruptions = interruptions + CASE WHEN state = 'Running' THEN 1 ELSE 0 END "
                "WHERE id = :id AND attempts = :attempts AND state = :state AND (state <> 'Running' OR NOT EXISTS "
                "(SELECT 1 FROM leases l WHERE l.org_id = runs.org_id AND l.name = runs.lease "
                "AND l.expires_at >= :now)) "
                "RETURNING attempts"
            ),
            {
                "id": found.run_id,
                "attempts": found.attempts,
                "state": found.state,
                "now": clock.milliseconds(clock.now()),
            },
        ).scalar()


def give_up_on_the_deadly(database: Database) -> int:
    """Fail the runs under which too many workers died; answers how many."""
    with database.write() as connection:
        return connection.execute(
            text(
                "UPDATE runs SET state = 'Failed', ended_at = :now, reason = :reason, advice = :advice "
                "WHERE state = 'Queued' AND interruptions >= :most"
            ),
            {
                "now": clock.milliseconds(clock.now()),
                "reason": "The work broke off again and again before it could finish.",
                "advice": "Ask your administrator to look at the worker's memory and its log, then start it once more.",
                "most": MOST_INTERRUPTIONS,
            },
        ).rowcount
