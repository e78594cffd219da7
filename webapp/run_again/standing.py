"""What can be done about a run that wrote: whether it is undone, until when it can be, and what is under way."""

from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping

from connector import clock
from connector.model.activity import Outcome
from connector.model.runs import RunKind, RunState
from connector.store import again, deletions, runs, undoing, updates

WRITES = frozenset({RunKind.ACTIVITY, RunKind.WRITE, RunKind.GAP, RunKind.AGAIN})
"""The runs that place activity in Salesforce, with outcomes and sums that close."""


@dataclass(frozen=True)
class Standing:
    """`undone` is the deletion that took the run's rows out and still stands; `until` is when it can be undone no
    more, in milliseconds, None where it cannot be."""

    undone: RowMapping | None
    being_undone: bool
    until: int | None
    blocked: RowMapping | None


def of(connection: Connection, run: RowMapping) -> Standing:
    """Of a run of a kind that writes."""
    org_id, run_id = int(run["org_id"]), int(run["id"])
    found = undone(connection, org_id, run_id)
    blocked = None if RunState(run["state"]).over else updates.in_the_way(connection, run)
    return Standing(found, under_way(found), undone_until(run) if _wrote(connection, run_id) else None, blocked)


def under_way(undone: RowMapping | None) -> bool:
    """Whether an undo has not ended."""
    return undone is not None and bool(undone["state"]) and not RunState(undone["state"]).over


def undone_until(run: RowMapping) -> int | None:
    """Until when a run that is over can be undone; None once that is past, and before it is over."""
    until = None if run["ended_at"] is None else int(run["ended_at"]) + undoing.KEPT_FOR
    return until if until is not None and until > clock.milliseconds(clock.now()) else None


def _wrote(connection: Connection, run_id: int) -> bool:
    return any(of.get(Outcome.WRITTEN) for of in runs.counts(connection, run_id).values())


def undone(connection: Connection, org_id: int, run_id: int) -> RowMapping | None:
    """The newest undo of a run that still stands, as the list of deletions shows it."""
    found = again.undone(connection, org_id, [run_id])
    return deletions.shown(connection, org_id, found[-1]) if found else None
