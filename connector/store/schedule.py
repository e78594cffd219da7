"""When each org's night is and which are due; any number of ticks may ask at once. It knows no job runner."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from connector import clock
from connector.model import schedule
from connector.model.runs import Trigger
from connector.store import claims
from connector.store.claims import Asked, Claim
from connector.store.database import Database

_NIGHT = "org_id, enabled, local_time, zone, next_run_at"


@dataclass(frozen=True)
class Night:
    """When an org's night is."""

    org_id: int
    enabled: bool
    local_time: str
    zone: str
    next_run_at: datetime | None


def night(connection: Connection, org_id: int) -> Night | None:
    """The org's night; None for an org that does not exist."""
    statement = text(f"SELECT {_NIGHT} FROM nights WHERE org_id = :org")  # noqa: S608  # our own constant names
    row = connection.execute(statement, {"org": org_id}).first()
    return None if row is None else _night(*row)


def plan(connection: Connection, org_id: int, *, enabled: bool, local_time: str, zone: str) -> datetime | None:
    """Set when the night is; answers when it comes next. Raises `Misconfigured` for a time or zone that is none."""
    due = schedule.next_run(local_time, zone, clock.now())
    connection.execute(
        text("UPDATE nights SET enabled = :on, local_time = :at, zone = :zone, next_run_at = :due WHERE org_id = :org"),
        {
            "org": org_id,
            "on": enabled,
            "at": local_time,
            "zone": zone,
            "due": clock.milliseconds(due) if enabled else None,
        },
    )
    return due if enabled else None


def due_nights(connection: Connection) -> list[Night]:
    """Nights whose time has come, and those whose time was never computed."""
    statement = text(
        f"SELECT {_NIGHT} FROM nights WHERE enabled AND (next_run_at IS NULL OR next_run_at <= :now) "  # noqa: S608  # our own constant names
        "ORDER BY next_run_at"
    )
    return [_night(*row) for row in connection.execute(statement, {"now": clock.milliseconds(clock.now())})]


def begin_night(database: Database, due: Night) -> Claim | None:
    """Start the run of a night that is due and set the next one, in one transaction.

    None when another tick was faster, when the time only had to be computed, or when a run of the org is under way:
    that one does this night's work.
    """
    now = clock.now()
    following = schedule.next_run(due.local_time, due.zone, now)
    seen = None if due.next_run_at is None else clock.milliseconds(due.next_run_at)
    with database.write() as connection:
        moved = connection.execute(
            text(
                "UPDATE nights SET next_run_at = :next WHERE org_id = :org AND enabled "
                "AND local_time = :at AND zone = :zone AND COALESCE(next_run_at, 0) = COALESCE(:seen, 0)"
            ),
            {
                "next": clock.milliseconds(following),
                "org": due.org_id,
                "at": due.local_time,
                "zone": due.zone,
                "seen": seen,
            },
        ).rowcount
        if not moved or due.next_run_at is None:
            return None
        trigger = Trigger.CATCH_UP if schedule.is_late(due.next_run_at, now) else Trigger.SCHEDULE
        claim = claims.claim(connection, due.org_id, Asked(trigger, due_at=seen))
    return claim if claim.fresh else None


def _night(org_id: int, enabled: bool, local_time: str, zone: str, due: int | None) -> Night:
    return Night(org_id, bool(enabled), local_time, zone, None if due is None else clock.from_milliseconds(due))
