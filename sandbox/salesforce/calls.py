"""Counts API calls against the org's daily allowance, which can be set low to see it run out."""

import threading

from sandbox.salesforce.org import Org

DAILY = 101_000  # assumed: Enterprise Edition with one licence


class Calls:
    """Calls of the org's current day (assumed: a UTC day; the vendor counts a rolling 24 hours)."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._lock = threading.Lock()
        self._day = org.clock.now().date()
        self._used = 0
        self._maximum = int(org.setting("daily_calls", str(DAILY)))

    @property
    def maximum(self) -> int:
        return self._maximum

    def set_maximum(self, maximum: int) -> None:
        self._maximum = maximum
        self._org.set_setting("daily_calls", str(maximum))

    @property
    def used(self) -> int:
        with self._lock:
            self._turn_day()
            return self._used

    def take(self) -> bool:
        """Count one call; False when the day's calls are gone."""
        with self._lock:
            self._turn_day()
            if self._used >= self._maximum:
                return False
            self._used += 1
            return True

    def _turn_day(self) -> None:
        today = self._org.clock.now().date()
        if today != self._day:
            self._day, self._used = today, 0

    def reset(self) -> None:
        with self._lock:
            self._used = 0

    @property
    def header(self) -> str:
        return f"api-usage={self.used}/{self._maximum}"
