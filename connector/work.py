"""What every step of a run needs: the store behind the run's lease, progress, and when to stop. It knows no vendor."""

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import structlog
from sqlalchemy import Connection

from connector.errors import Cancelled
from connector.model.runs import Phase
from connector.settings import Settings
from connector.store import leases, runs
from connector.store.database import Database
from connector.store.leases import Lease

log = structlog.get_logger()

REPORT_EVERY = 0.5
"""Seconds between two writes of progress: often enough to watch, seldom enough to cost nothing."""


@dataclass
class Work:
    """One run at work. It writes only through its lease: `LeaseLost` ends it once another worker has taken over."""

    settings: Settings
    database: Database
    run_id: int
    lease: Lease
    _reported: float = field(default=0.0, repr=False, kw_only=True)
    _phase: Phase | None = field(default=None, repr=False, kw_only=True)

    @property
    def org_id(self) -> int:
        """The org whose run it is."""
        return self.lease.org_id

    def write(self) -> AbstractContextManager[Connection]:
        """A short write transaction that proves the lease first."""
        return leases.fenced(self.database, self.lease)

    def report(self, phase: Phase, done: int = 0, total: int = 0) -> None:
        """Say where the run is. Raises `Cancelled` when a person asked it to stop, `LeaseLost` when it is not ours."""
        now = time.monotonic()
        if phase == self._phase and now - self._reported < REPORT_EVERY:
            return
        self._reported, self._phase = now, phase
        with self.write() as connection:
            if runs.cancel_requested(connection, self.run_id):
                raise Cancelled(self.stopped)
            runs.progress(connection, self.run_id, phase, done, total)

    @property
    def stopped(self) -> str:
        """What a run that a person stopped says of itself."""
        return "Stopped by a person."

    def wait(self, phase: Phase, seconds: float, done: int = 0, total: int = 0) -> None:
        """Let time pass, in pieces, so that a cancel is heard."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, REPORT_EVERY))
            self.report(phase, done, total)

    def reached(self, point: str) -> None:
        """Note a point that a crash may follow; the steps before it are safe in the store."""
        log.debug("reached", point=point)
