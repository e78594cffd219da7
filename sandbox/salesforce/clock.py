"""The org's own clock: real time plus an offset that tests and the demo move."""

import threading
from datetime import UTC, datetime, timedelta


def stamp(moment: datetime) -> str:
    """A datetime as the vendor writes it, which also sorts as text because it is always UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


class Clock:
    """Time that can be moved on (never back), so that a simulated night costs no night."""

    def __init__(self, offset_seconds: float = 0.0) -> None:
        self._lock = threading.Lock()
        self._offset = offset_seconds

    @property
    def offset_seconds(self) -> float:
        return self._offset

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._offset)

    def system_stamp(self) -> str:
        """Now as CreatedDate and SystemModstamp carry it: whole seconds, as in the vendor's database."""
        return stamp(self.now().replace(microsecond=0))

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("an org's clock does not go back")
        with self._lock:
            self._offset += seconds
