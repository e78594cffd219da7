"""The governor: counts our calls, knows what Salesforce has left, and stops a run before it takes more than it may."""

from collections.abc import Mapping
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from connector.errors import CallsUsedUp, StorageFull
from connector.model.budgets import (
    CALLS_ADVICE,
    STORAGE_ADVICE,
    Use,
    calls_left,
    storage_left,
    too_many_calls,
    too_many_megabytes,
)
from connector.model.storage import megabytes
from connector.store import budgets
from connector.store.database import Database

log = structlog.get_logger("connector.governor")

FEW_CALLS = 10
"""About what a small piece of work takes."""


class Asked(Protocol):
    """What the governor asks Salesforce."""

    @property
    def usage(self) -> tuple[int, int] | None:
        """Used and allowed calls, as the latest answer told."""
        ...

    def limits(self) -> dict[str, tuple[int, int]]:
        """Allowances by name: most, and remaining."""
        ...


def tally(database: Database, org_id: int, calls: Mapping[str, int], usage: tuple[int, int] | None) -> bool:
    """Count calls of this hour and keep what Salesforce said beside them; False when the store was away."""
    try:
        with database.write() as connection:
            budgets.count_calls(connection, org_id, calls)
            if usage is not None:
                budgets.note_allowance(connection, org_id, usage)
    except SQLAlchemyError:
        log.warning("calls not counted", org=org_id)
        return False
    return True


def look(database: Database, org_id: int, salesforce: Asked) -> tuple[Use | None, Use | None]:
    """Ask Salesforce what it has left, by one call: calls and megabytes, each None where it does not say."""
    limits = salesforce.limits()
    calls, storage = _used(limits, "DailyApiRequests"), _used(limits, "DataStorageMB")
    with database.write() as connection:
        if calls is not None:
            budgets.note_allowance(connection, org_id, calls, storage)
        budgets.forget_old(connection, org_id)
    return None if calls is None else Use(*calls), None if storage is None else Use(*storage)


def _used(limits: Mapping[str, tuple[int, int]], name: str) -> tuple[int, int] | None:
    if name not in limits:
        return None
    most, remaining = limits[name]
    return most - remaining, most


def room_for_calls(database: Database, org_id: int, salesforce: Asked, need: int, *, consent: bool = False) -> None:
    """Raise `CallsUsedUp` when so many more calls would go past the ceiling; opt-outs may use what is kept for them.

    It goes by the latest answer, and asks only when there was none.
    """
    told = salesforce.usage
    known = Use(*told) if told else look(database, org_id, salesforce)[0]
    if known is None:
        return
    with database.read() as connection:
        budget = budgets.budget(connection, org_id)
        ours = budgets.our_calls(connection, org_id) if budget.calls_most is not None else 0
    use = Use(known.used, known.allowed, ours)
    if calls_left(budget, use, consent=consent) < need:
        raise CallsUsedUp(too_many_calls(budget, use, need), advice=CALLS_ADVICE)


def room_for_rows(database: Database, org_id: int, salesforce: Asked, rows: int) -> None:
    """Raise `StorageFull` when so many new rows would go past the ceiling; asks Salesforce by one call."""
    if not rows:
        return
    known = look(database, org_id, salesforce)[1]
    if known is None:
        return
    with database.read() as connection:
        budget = budgets.budget(connection, org_id)
        ours = budgets.our_megabytes(connection, org_id) if budget.storage_most_mb is not None else 0
    use, need = Use(known.used, known.allowed, ours), megabytes(rows)
    if storage_left(budget, use) < need:
        raise StorageFull(too_many_megabytes(budget, use, need), advice=STORAGE_ADVICE)
