"""The real worker with the real night, and one fault: at the n-th time it comes to a named point, it strikes.

FAULT_POINT, FAULT_COUNT and FAULT_DEED say where, when and what. FAULT_FOLDER keeps a tally for every point across all
processes, so that a fault strikes once however often the run is taken up again; what happened when is told there too.
"""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from connector.activity.night import Night
from connector.store import attempts
from worker import settle

FOLDER = Path(os.environ["FAULT_FOLDER"])
POINT = os.environ.get("FAULT_POINT", "")
COUNT = int(os.environ.get("FAULT_COUNT", "1"))
DEED = os.environ.get("FAULT_DEED", "")

_begin = attempts.begin


def reached(_night: Night, point: str) -> None:
    if tally(point) == COUNT and point == POINT:
        tell("struck")
        DEEDS[DEED]()


def begin(*given: Any) -> bool:
    begun = _begin(*given)
    tell("begun")
    return begun


def tally(point: str) -> int:
    """One byte for each time that any process came here."""
    with (FOLDER / f"reached {point}").open("ab", buffering=0) as file:
        file.write(b".")
        return file.tell()


def tell(what: str) -> None:
    with (FOLDER / what).open("ab", buffering=0) as file:
        file.write(f"{os.getpid()} {time.time()}\n".encode())


def kill_horse() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def kill_worker() -> None:
    os.kill(os.getppid(), signal.SIGKILL)


def kill_both() -> None:
    kill_worker()
    kill_horse()


def sleep() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def hold() -> None:
    """Alive and with a beating heart, until the test lets go."""
    while not (FOLDER / "let go").exists():
        time.sleep(0.02)


DEEDS: dict[str, Callable[[], None]] = {
    "kill horse": kill_horse,
    "kill worker": kill_worker,
    "kill both": kill_both,
    "sleep": sleep,
    "hold": hold,
}


if __name__ == "__main__":
    Night.reached = reached
    attempts.begin = begin
    settle.FIRST_WAIT = 0.5
    settle.PAUSE = 1.0
    from worker.__main__ import main

    main()
