"""Strikes after each write and each call of a run in turn, every attempt in a process of its own that it may kill."""

import os
import signal
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from connector import bootstrap, settings
from connector.bootstrap import Services
from connector.realmagnet.transport import Transport
from connector.salesforce.transport import PatientSession
from connector.store import attempts, leases
from connector.store.database import Database
from connector.store.leases import Lease
from tests.faults.scene import Scene

DONE, DIRTY, FAILED, BROKEN = 0, 3, 4, 5
IMPATIENT = {"POLL_SECONDS": "0.02"}
"""There are more than a hundred attempts, and in none of them Salesforce takes longer."""

Perform = Callable[[Services, int, Lease], bool]


class GaveUpError(Exception):
    """The run fails here; another one follows."""


class Striker:
    """Strikes where a run has just written to the store or called a vendor, once at each such place in the code.

    A place is the way there through the modules of one folder of `connector`, by lines.
    """

    def __init__(self, struck: Path, strike: Callable[[], None], folder: str) -> None:
        self.struck = struck
        self.strike = strike
        self.within = f"{os.sep}connector{os.sep}{folder}{os.sep}"

    def step(self) -> None:
        place = self._place()
        if not place or place in self.struck.read_text().splitlines():
            return
        with self.struck.open("a") as file:
            file.write(place + "\n")
        self.strike()

    def _place(self) -> str:
        """Where the run is; not for progress, which is written all over."""
        stack = traceback.extract_stack()
        if any(frame.name == "report" for frame in stack):
            return ""
        frames = [frame for frame in stack if self.within in frame.filename]
        return " > ".join(f"{Path(frame.filename).stem}:{frame.lineno}" for frame in frames)

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


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail() -> None:
    raise GaveUpError


@dataclass(frozen=True)
class Attempt:
    """One attempt at a run under one lease."""

    scene: Scene
    run_id: int
    perform: Perform
    lease: str

    def ended(self, striker: Striker) -> int:
        """Make it in a process of its own; what it ended with, negative for a signal."""
        child = os.fork()
        if child:
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        try:
            os._exit(self._carried_out(striker))
        except GaveUpError:
            os._exit(FAILED)
        except BaseException:  # noqa: BLE001  # a child of the tests must never go on with the tests
            traceback.print_exc()
            os._exit(BROKEN)

    def _carried_out(self, striker: Striker) -> int:
        output = os.open(self.scene.faults / "attempts.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(output, 1)
        os.dup2(output, 2)
        found = bootstrap.services(settings.from_env({**self.scene.house.environ, **IMPATIENT}))
        lease = leases.acquire(found.database, self.scene.house.org_id, f"attempt {os.getpid()}", 60, self.lease)
        assert lease is not None
        with found.database.write() as connection:
            assert attempts.begin(connection, self.run_id)
        striker.after_each_write()
        striker.after_each_call(PatientSession, "send_once")
        striker.after_each_call(Transport, "post")
        return DONE if self.perform(found, self.run_id, lease) else DIRTY


def free(scene: Scene) -> None:
    """Every lease runs out, and so does whatever else a dead process holds."""
    with scene.house.database.write() as connection:
        connection.exec_driver_sql("UPDATE leases SET expires_at = 0")
        connection.exec_driver_sql("UPDATE salesforce_connections SET locked_until = 0")


def told(scene: Scene) -> str:
    """What the attempts said last."""
    return (scene.faults / "attempts.log").read_text()[-3000:]
