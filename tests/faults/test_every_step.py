"""A night that dies after each write and each call in turn: whatever stands between two of them, nothing is lost."""

import os
import signal
import time
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from connector import bootstrap, settings
from connector.model.runs import RunState, Trigger
from connector.realmagnet.transport import Transport
from connector.salesforce.transport import PatientSession
from connector.store import attempts, claims, leases
from connector.store.claims import Asked
from connector.store.database import Database
from tests.faults.scene import LOCKED, Scene, World, send

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]

DONE, DIRTY, FAILED, BROKEN = 0, 3, 4, 5
ACTIVITY = f"{os.sep}connector{os.sep}activity{os.sep}"


class GaveUpError(Exception):
    """The run fails here; another one follows."""


class Striker:
    """Strikes where the night has just written to the store or called a vendor, once at each such place in the code."""

    def __init__(self, struck: Path, strike: Callable[[], None]) -> None:
        self.struck = struck
        self.strike = strike

    def step(self) -> None:
        place = _place()
        if not place or place in self.struck.read_text().splitlines():
            return
        with self.struck.open("a") as file:
            file.write(place + "\n")
        self.strike()

    def after_each_write(self) -> None:
        plain = Database.write

        @contextmanager
        def write(database: Database) -> Generator[Connection]:
            with plain(database) as connection:
                yield connection
            self.step()

        Database.write = write  # type: ignore[method-assign]  # this process ends soon

    def after_each_call(self, owner: type, name: str) -> None:
        plain = getattr(owner, name)

        def call(*given: Any, **options: Any) -> Any:
            answer = plain(*given, **options)
            self.step()
            return answer

        setattr(owner, name, call)


def _place() -> str:
    """The way through the steps of the night to where it is, by lines; progress apart, which is written all over."""
    frames = [frame for frame in traceback.extract_stack() if ACTIVITY in frame.filename]
    if any(frame.name == "report" for frame in frames):
        return ""
    return " > ".join(f"{Path(frame.filename).stem}:{frame.lineno}" for frame in frames)


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail() -> None:
    raise GaveUpError


def attempt(scene: Scene, run_id: int, striker: Striker) -> int:
    """One attempt in a process of its own; what it ended with, negative for a signal."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        os._exit(_night(scene, run_id, striker))
    except GaveUpError:
        os._exit(FAILED)
    except BaseException:  # noqa: BLE001  # a child of the tests must never go on with the tests
        traceback.print_exc()
        os._exit(BROKEN)


def _night(scene: Scene, run_id: int, striker: Striker) -> int:
    output = os.open(scene.faults / "night.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    found = bootstrap.services(settings.from_env(scene.house.environ))
    lease = leases.acquire(found.database, scene.house.org_id, f"attempt {os.getpid()}", 60)
    assert lease is not None
    with found.database.write() as connection:
        assert attempts.begin(connection, run_id)
    striker.after_each_write()
    striker.after_each_call(PatientSession, "send_once")
    striker.after_each_call(Transport, "post")
    return DONE if bootstrap.perform_night(found, run_id, lease) else DIRTY


@pytest.mark.parametrize("strike", [kill, fail])
def test_struck_after_each_write_and_each_call_in_turn(world: World, scene: Scene, strike: Callable[[], None]) -> None:
    send(f"{scene.house.plan.salesforce_url}/_sandbox/settings", {"bulk_seconds": 0.02})
    scene.salesforce_has("lock_storm", times=LOCKED)
    for tick in scene.ticks:
        tick.stop()
    struck = scene.faults / "places"
    struck.touch()
    deadline, run_id = time.monotonic() + 200, _claim(scene)
    while (ended := attempt(scene, run_id, Striker(struck, strike))) != DONE:
        assert time.monotonic() < deadline
        assert ended == (-signal.SIGKILL if strike is kill else FAILED), _log(scene)
        _free(scene)
        if strike is fail:
            _end(scene, run_id)
            run_id = _claim(scene)
    assert len(struck.read_text().splitlines()) > 40
    assert scene.rows() == world.rows
    assert set(scene.bulk_jobs()) <= {"JobComplete", "Aborted"}


def _claim(scene: Scene) -> int:
    with scene.house.database.write() as connection:
        return claims.claim(connection, scene.house.org_id, Asked(Trigger.HAND)).run_id


def _end(scene: Scene, run_id: int) -> None:
    with scene.house.database.write() as connection:
        attempts.end(connection, run_id, RunState.FAILED)


def _free(scene: Scene) -> None:
    """The lease runs out."""
    with scene.house.database.write() as connection:
        connection.exec_driver_sql("UPDATE leases SET expires_at = 0")


def _log(scene: Scene) -> str:
    return Path(scene.faults / "night.log").read_text()[-3000:]
