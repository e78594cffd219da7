"""Counts report runs against the hourly allowances, which can be set low to see them run out."""

import threading
from dataclasses import dataclass

from sandbox.salesforce.org import Org

USUAL = {"sync": 500, "async": 1_200}


@dataclass(frozen=True)
class Allowance:
    maximum: int
    used: int


class Quotas:
    """Runs of the org's current hour (assumed: an hour of the clock; the vendor counts any 60 minutes)."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._lock = threading.Lock()
        self._hour = self._now()
        self._used = dict.fromkeys(USUAL, 0)

    def _now(self) -> str:
        return self._org.clock.now().strftime("%Y-%m-%dT%H")

    def maximum(self, kind: str) -> int:
        return int(self._org.setting(f"report_runs_{kind}", str(USUAL[kind])))

    def set_maximum(self, kind: str, maximum: int) -> None:
        """Raises KeyError for a kind that is neither sync nor async."""
        if kind not in USUAL:
            raise KeyError(kind)
        self._org.set_setting(f"report_runs_{kind}", str(maximum))

    def take(self, kind: str) -> bool:
        """Count one run; False when the hour's runs are gone."""
        maximum = self.maximum(kind)
        with self._lock:
            self._turn_hour()
            if self._used[kind] >= maximum:
                return False
            self._used[kind] += 1
            return True

    def state(self, kind: str) -> Allowance:
        maximum = self.maximum(kind)
        with self._lock:
            self._turn_hour()
            return Allowance(maximum, self._used[kind])

    def reset(self) -> None:
        with self._lock:
            self._used = dict.fromkeys(USUAL, 0)

    def _turn_hour(self) -> None:
        hour = self._now()
        if hour != self._hour:
            self._hour, self._used = hour, dict.fromkeys(USUAL, 0)
