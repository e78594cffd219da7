"""Whose turn it is to write: SQLite itself only lets the lucky one in, and a busy bulk writer is always luckier.

Whoever waits for SQLite's write lock holds the turnstile; nobody gets in line before them. It knows no database.
"""

import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 10.0
"""Seconds after which one stops waiting for a turn (its holder may have been stopped) and tries one's luck."""
POLL = 0.002


@contextmanager
def turn(path: Path) -> Generator[None]:
    """Wait for one's turn, and let nobody else have one until the end."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        until = time.monotonic() + PATIENCE
        while not _taken(file) and time.monotonic() < until:
            time.sleep(POLL)
        yield
    finally:
        os.close(file)


@contextmanager
def alone(path: Path) -> Generator[None]:
    """Wait, however long it takes, until nobody else is here."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _taken(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
