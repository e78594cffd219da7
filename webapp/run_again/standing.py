"""What can be done about a run that wrote: whether it is undone, until when it can be, and what is under way."""

from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping

from connector.model.runs import RunKind, RunState
from connector.store import again, deletions, updates

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
    under_way = found is not None and bool(found["state"]) and not RunState(found["state"]).over
    blocked = None if RunState(run["state"]).over else updates.in_the_way(connection, run)
    return Standing(found, under_way, None, blocked)


def undone(connection: Connection, org_id: int, run_id: int) -> RowMapping | None:
    """The newest undo of a run that still stands, as the list of deletions shows it."""
    found = again.undone(connection, org_id, [run_id])
    return deletions.shown(connection, org_id, found[-1]) if found else None
