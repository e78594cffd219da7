"""How a worker stops in the middle of its work: at once, leaving a run that resumes."""

import signal
from types import FrameType
from typing import NoReturn

from rq import Worker

from connector.queues import OwnJob


class ShutDownImminent(BaseException):
    """This process must end now. No `except Exception` on the way may keep it."""


class NightWorker(Worker):
    """RQ's worker, which hands SIGTERM on to its work horse instead of waiting hours for the end of a run."""

    job_class = OwnJob

    def setup_work_horse_signals(self) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, stop)

    def handle_warm_shutdown_request(self) -> None:
        super().handle_warm_shutdown_request()
        if self.horse_pid:
            self.kill_horse(signal.SIGTERM)


def stop(_number: int, _frame: FrameType | None) -> NoReturn:
    """A signal handler: once is enough, the next one finds it deaf so that settling is not cut short."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise ShutDownImminent
