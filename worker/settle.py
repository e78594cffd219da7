"""The one way a job ends: whatever happens to the work, its run's row tells the truth afterwards."""

import os
import socket
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import uuid4

import structlog
from rq.timeouts import JobTimeoutException
from sqlalchemy import RowMapping
from sqlalchemy.exc import InterfaceError, OperationalError

from connector.bootstrap import Services
from connector.errors import Cancelled, ConnectorError, LeaseLost, LimitReached, NeedsDecision, Temporary
from connector.model.runs import RunState
from connector.store import attempts, leases, runs
from connector.store.leases import Lease
from worker.heart import Heart
from worker.stopping import ShutDownImminent

Perform = Callable[[Services, int, Lease], bool]
"""The work itself: True when it ended without trouble, False when it ended and some rows were refused."""

MOST_FAILURES = 5
"""So often a run is tried again after temporary errors; the next one fails it."""
FIRST_WAIT = 30.0
LONGEST_WAIT = 900.0
PAUSE = 3600.0
"""Seconds after which a run that used up an allowance looks whether there is more: allowances slide over 24 hours."""

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Ending:
    """What became of the work. `again` is set when it goes on later: seconds until then, with what stopped it."""

    state: RunState
    reason: str = ""
    advice: str = ""
    again: tuple[float, ConnectorError] | None = None


def carry_out(services: Services, run_id: int, perform: Perform) -> None:
    """Do the work of a run as the only one who may, and settle it.

    Does nothing when the run is over, waits for a person, or while another worker holds its lease: then that one does
    the work, or the tick starts another attempt once the lease is free.
    """
    seconds = services.settings.lease_seconds
    with services.database.read() as connection:
        run = runs.get(connection, run_id)
    if run is None or RunState(run["state"]).over or run["state"] == RunState.HELD:
        _log.info("run.nothing_to_do")
        return
    lease = leases.acquire(services.database, int(run["org_id"]), _owner(), seconds, str(run["lease"]))
    if lease is None:
        _log.info("run.lease_is_held")
        return
    structlog.contextvars.bind_contextvars(org=lease.org_id, fence=lease.fence)
    with ExitStack() as stack:
        stack.callback(leases.release, services.database, lease)
        stack.enter_context(Heart(services.database, lease, seconds))
        _conduct(services, run, lease, perform)


def _conduct(services: Services, run: RowMapping, lease: Lease, perform: Perform) -> None:
    run_id = int(run["id"])
    try:
        with leases.fenced(services.database, lease) as connection:
            if not attempts.begin(connection, run_id):
                return
        _log.info("run.begun", attempt=run["attempts"])
        ending = _ending(services, run, lease, perform)
        with leases.fenced(services.database, lease) as connection:
            if ending.state is RunState.HELD:
                attempts.hold(connection, run_id, ending.reason, ending.advice)
            elif ending.again is None:
                attempts.end(connection, run_id, ending.state, reason=ending.reason, advice=ending.advice)
            else:
                attempts.put_off(connection, run_id, ending.state, *ending.again)
        _log.info("run.settled", state=ending.state, reason=ending.reason)
    except (LeaseLost, JobTimeoutException, ShutDownImminent) as stop:
        # The row stays Running: whoever took the org over goes on with it, else the tick gives it a new attempt.
        _log.warning("run.left_to_resume", why=type(stop).__name__)


def _ending(services: Services, run: RowMapping, lease: Lease, perform: Perform) -> Ending:
    try:
        clean = perform(services, int(run["id"]), lease)
    except (LeaseLost, JobTimeoutException):
        raise
    except Cancelled as stop:
        return Ending(RunState.CANCELLED, str(stop), stop.advice)
    except NeedsDecision as question:
        return Ending(RunState.HELD, str(question), question.advice)
    except LimitReached as limit:
        return Ending(RunState.PAUSED, again=(PAUSE, limit))
    except Temporary as trouble:
        return _again(int(run["failures"]), trouble)
    except Exception as trouble:  # noqa: BLE001  # the one place where everything that can go wrong gets its name
        return _failed(run, trouble)
    return Ending(RunState.COMPLETED if clean else RunState.COMPLETED_WITH_ERRORS)


def _failed(run: RowMapping, trouble: Exception) -> Ending:
    if isinstance(trouble, OperationalError | InterfaceError):
        return _again(int(run["failures"]), Temporary("The database could not be reached."))
    _log.error("run.failed", exc_info=trouble)
    if isinstance(trouble, ConnectorError):
        return Ending(RunState.FAILED, str(trouble), trouble.advice)
    return Ending(
        RunState.FAILED,
        "Something went wrong that nobody foresaw. Nothing that was written is lost.",
        f"Start it once more. If it happens again, tell your administrator the number of this run: {run['id']}.",
    )


def _again(failures: int, trouble: Temporary) -> Ending:
    if failures >= MOST_FAILURES:
        _log.warning("run.failed_too_often", failures=failures, exc_info=True)
        advice = trouble.advice or "Wait until the other side answers again, then start it once more."
        return Ending(RunState.FAILED, f"{trouble} It was tried {failures + 1} times.", advice)
    _log.warning("run.again_later", failures=failures, exc_info=True)
    wait = max(trouble.after or 0.0, min(FIRST_WAIT * 2**failures, LONGEST_WAIT))
    return Ending(RunState.QUEUED, str(trouble), again=(wait, trouble))


def _owner() -> str:
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid4().hex[:12]}"
