"""The real worker with the real night, which kills itself at named points: the first time it comes to each of them.

The folder KILL_FOLDER holds a file for each point where it should still die. A file that says `worker` takes the
worker with it, as a machine that loses power does.
"""

import os
import signal
from pathlib import Path

from connector.activity.night import Night
from worker import settle

FOLDER = Path(os.environ["KILL_FOLDER"])


def reached(_night: Night, point: str) -> None:
    order = FOLDER / point
    if not order.exists():
        return
    whole = order.read_text() == "worker"
    order.unlink()
    if whole:
        os.kill(os.getppid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    Night.reached = reached
    settle.FIRST_WAIT = 0.5
    from worker.__main__ import main

    main()
