"""What of Salesforce's calls and storage is used, as the gauges on Home and in Budgets show it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from connector import clock
from connector.model.budgets import Budget, calls_ceiling
from connector.store import budgets
from connector.store.budgets import Told
from webapp.budgets import curve


@dataclass(frozen=True)
class Gauge:
    """How full something is, in per cent of what Salesforce allows, and where we stop."""

    told: Told
    ceiling: int

    @property
    def share(self) -> float:
        """At most 100: Salesforce may let an org go past its allowance."""
        return min(100.0, round(100 * self.told.used / (self.told.allowed or 1), 1))

    @property
    def stop(self) -> float:
        """Where the ceiling is."""
        return min(100.0, round(100 * self.ceiling / (self.told.allowed or 1), 1))

    @property
    def reached(self) -> bool:
        """Whether nothing more is begun."""
        return self.told.used >= self.ceiling


def calls(connection: Connection, org_id: int, budget: Budget) -> Gauge | None:
    """The gauge of API calls; None before Salesforce said anything, or so long ago that it says nothing of today."""
    told = budgets.calls_told(connection, org_id)
    day_ago = clock.milliseconds(clock.now()) - budgets.DAY_HOURS * budgets.HOUR
    return None if told is None or told.at < day_ago else Gauge(told, calls_ceiling(budget, told.allowed))


def storage(connection: Connection, org_id: int, budget: Budget) -> Gauge | None:
    """The gauge of data storage in megabytes; None before Salesforce said anything."""
    told = budgets.storage_told(connection, org_id)
    return None if told is None else Gauge(told, told.allowed * budget.storage_percent // 100)


def of(connection: Connection, org_id: int) -> dict[str, Any]:
    """Everything that Home shows."""
    budget = budgets.budget(connection, org_id)
    now = clock.milliseconds(clock.now())
    return {
        "calls": calls(connection, org_id, budget),
        "storage": storage(connection, org_id, budget),
        "curve": curve.of(budgets.ours_by_hour(connection, org_id), now),
        "ours": budgets.our_calls(connection, org_id),
        "most": budget.calls_most,
    }
