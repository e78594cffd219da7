"""The heartbeat of a worker at its run: it keeps the org's lease while the work goes on, and tells when it is lost."""

from threading import Event, Thread
from types import TracebackType
from typing import Self

import structlog

from connector.store import leases
from connector.store.database import Database
from connector.store.leases import Lease

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Heart:
    """Renews the lease every third of its time, on a thread and connections of its own.

    A renewal that fails because the database is busy or away is tried again at the next beat; one that is refused
    sets `lease.lost`, and the heart stops. Leave it before the lease is released.
    """

    def __init__(self, database: Database, lease: Lease, seconds: float) -> None:
        self._database = database
        self._lease = lease
        self._seconds = seconds
        self._enough = Event()
        self._thread = Thread(target=self._beat, name="heart", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._enough.set()
        self._thread.join(timeout=self._seconds)

    def _beat(self) -> None:
        while not self._enough.wait(self._seconds / 3):
            try:
                if leases.renew(self._database, self._lease, self._seconds):
                    continue
            except Exception:  # noqa: BLE001  # whatever it is: a heart that stops gives the run away
                _log.warning("heartbeat.failed", exc_info=True)
                continue
            self._lease.lost.set()
            _log.warning("heartbeat.lease_lost", fence=self._lease.fence)
            return
