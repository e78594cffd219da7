"""Our processes on one machine: started in order, waited for, ended in reverse with everything they started."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import NoReturn, Protocol, Self

import psutil

ROOT = Path(__file__).resolve().parent.parent
GRACE = 15.0
"""Seconds that a process has for ending by itself."""


class Child(Protocol):
    """What is asked of a started program; `subprocess.Popen` has an answer to all of it."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int, /) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


Launch = Callable[[Sequence[str], Mapping[str, str], Path], Child]
"""Starts a command, with these changes to the environment, its output at the end of a file."""


def launch(command: Sequence[str], environ: Mapping[str, str], log: Path) -> Child:
    """Start any program as the leader of a session of its own."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


@dataclass(frozen=True)
class Process:
    """One process of ours, the leader of a session of its own, so that Ctrl-C reaches only who starts it."""

    name: str
    popen: Child
    log: Path
    begun: int = 0
    """Where its own part of the log begins: a file of this name may be kept from an earlier start."""

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def alive(self) -> bool:
        return self.popen.poll() is None

    def family(self) -> list[psutil.Process]:
        """This process and whatever it started, orphans included: they share its session."""
        members = [pid for pid in psutil.pids() if _session(pid) == self.pid]
        return [process for process in map(_found, members) if process is not None]

    def horses(self) -> list[psutil.Process]:
        """The work horses of a worker: its children that lead a process group of their own."""
        return [process for process in self.family() if process.pid != self.pid and _group(process.pid) == process.pid]

    def signal(self, number: int) -> None:
        self.popen.send_signal(number)

    def kill(self) -> None:
        """SIGKILL for it and for everything it started."""
        deadline = time.monotonic() + GRACE
        while (left := self.family()) and time.monotonic() < deadline:
            for process in left:
                with suppress(psutil.Error):
                    process.kill()
            self.popen.poll()
            time.sleep(0.01)
        self.popen.wait(GRACE)

    def stop(self, grace: float = GRACE) -> None:
        """SIGTERM, patience, then SIGKILL for whatever is left of its family."""
        if self.alive:
            self.popen.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.popen.wait(grace)
        self.kill()

    def said(self, words: str) -> bool:
        """Whether it ever said so, however much it has said since."""
        return words.encode() in self.log.read_bytes()[self.begun :]

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-2000:]


class Processes:
    """A set of processes. Leaving it, for whatever reason, ends them all, the last one first."""

    def __init__(self, logs: Path, launch: Launch = launch) -> None:
        self.logs = logs
        self.launch = launch
        self.logs.mkdir(parents=True, exist_ok=True)
        self.running: list[Process] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, name: str, module: str, *arguments: str, environ: Mapping[str, str] | None = None) -> Process:
        """`python -m module …` in the background, its output in a file of its name."""
        return self.run(name, [sys.executable, "-m", module, *arguments], environ)

    def run(self, name: str, command: Sequence[str], environ: Mapping[str, str] | None = None) -> Process:
        """Any program in the background, its output in a file of its name."""
        log = self.logs / f"{name}.log"
        begun = log.stat().st_size if log.exists() else 0
        process = Process(name, self.launch(command, environ or {}, log), log, begun)
        self.running.append(process)
        return process

    def stop(self) -> None:
        """End all of them in reverse order."""
        with deaf():
            while self.running:
                self.running.pop().stop()

    def dead(self) -> list[Process]:
        """Those that ended though nobody asked them to."""
        return [process for process in self.running if not process.alive]


def wait_until(what: str, ready: Callable[[], bool], process: Process | None = None, timeout: float = 60.0) -> None:
    """Wait for something to be so. Raises `RuntimeError` when its process ends or time runs out."""
    deadline = time.monotonic() + timeout
    while not ready():
        if process is not None and not process.alive:
            raise RuntimeError(f"{process.name} ended before {what}:\n{process.last_words()}")
        if time.monotonic() > deadline:
            words = f":\n{process.last_words()}" if process else ""
            raise RuntimeError(f"Waited {timeout:g} s for {what}{words}")
        time.sleep(0.05)


def answers(url: str) -> bool:
    """Whether a web server is there: any answer will do."""
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310  # loopback addresses that we made ourselves
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def taken(port: int) -> bool:
    """Whether somebody listens on this port already."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def end_on_sigterm() -> None:
    """SIGTERM and a closed terminal end this program as Ctrl-C does: through every `with`.

    And so does Ctrl-C when a shell started this program in the background, where it is deaf to it otherwise.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)


class deaf:  # noqa: N801  # reads as a verb
    """While ending our processes another Ctrl-C must not leave some of them behind."""

    def __enter__(self) -> None:
        self._before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)} if _main_thread() else {}
        for number in self._before:
            signal.signal(number, signal.SIG_IGN)

    def __exit__(self, *_error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def _main_thread() -> bool:
    import threading

    return threading.current_thread() is threading.main_thread()


def _found(pid: int) -> psutil.Process | None:
    """The process of this number, unless it has ended."""
    try:
        process = psutil.Process(pid)
        return process if process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return -1


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except OSError:
        return -1
