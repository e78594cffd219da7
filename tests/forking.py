"""Starts our processes as forks of one that has everything loaded: as real as any, in a hundredth of the time."""

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL, SIGTERM

from tools.processes import ROOT, Child, launch


@dataclass
class Forked:
    """A child of the zygote, in the words of `subprocess.Popen`."""

    connection: socket.socket
    args: Sequence[str]
    pid: int = 0
    returncode: int | None = None
    heard: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self.pid = self._number(None)

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        ended = self._ended(timeout)
        if ended is None:
            raise subprocess.TimeoutExpired(list(self.args), timeout or 0)
        return ended

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):  # it ended just now
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(SIGTERM)

    def kill(self) -> None:
        self.send_signal(SIGKILL)

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            with contextlib.suppress(TimeoutError):
                self.returncode = self._number(timeout)
                self.connection.close()
        return self.returncode

    def _number(self, timeout: float | None) -> int:
        """The next number that the zygote tells. Raises `TimeoutError` when it tells none in time."""
        while b"\n" not in self.heard:
            if not select.select([self.connection], [], [], timeout)[0]:
                raise TimeoutError
            more = self.connection.recv(64)
            if not more:
                raise ConnectionError(f"The zygote ended before {self.args}.")
            self.heard += more
        line, _, rest = bytes(self.heard).partition(b"\n")
        self.heard = bytearray(rest)
        return int(line)


@dataclass(frozen=True)
class Forker:
    """To be handed to `Processes` or a house in the place of `launch`."""

    address: str

    def __call__(self, command: Sequence[str], environ: Mapping[str, str], log: Path) -> Child:
        """A module of Python or a script of ours is forked; any other program is started as usual."""
        program, *arguments = command
        module = program == sys.executable and arguments[:1] == ["-m"]
        if module:
            _, name, *arguments = arguments
        elif Path(program).parent == Path(sys.executable).parent and program != sys.executable:
            name = program
        else:
            return launch(command, environ, log)
        wanted = {"module": module, "name": name, "arguments": arguments, "log": str(log)}
        wanted |= {"environ": {**os.environ, **environ}, "folder": str(ROOT)}
        log.touch()
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self.address)
        connection.sendall(json.dumps(wanted).encode() + b"\n")
        return Forked(connection, command)


@contextlib.contextmanager
def forking() -> Generator[Forker]:
    """A zygote for as long as this lasts; what it forked is for others to end."""
    with tempfile.TemporaryDirectory(prefix="zygote-") as folder:  # a socket's path must be short
        address = f"{folder}/socket"
        zygote = subprocess.Popen(
            [sys.executable, "-m", "tests.zygote", address], cwd=ROOT, stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            deadline = time.monotonic() + 60
            while not Path(address).exists():
                assert zygote.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield Forker(address)
        finally:
            assert zygote.stdin is not None
            zygote.stdin.close()
            zygote.wait(10)
