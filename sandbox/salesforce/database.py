"""SQLite under the org: many readers, one writer at a time, short transactions; knows no sObject."""

import queue
import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=OFF",  # a stand-in may lose its last second in a power cut
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-16384",  # KiB a connection
    "PRAGMA busy_timeout=30000",
)


def quoted(name: str) -> str:
    """A table's or column's name, safe to place in SQL."""
    return '"' + name.replace('"', '""') + '"'


class Database:
    """A pool of reading connections and one writing connection behind a re-entrant lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._readers: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._every: list[sqlite3.Connection] = []
        self._lock = threading.RLock()
        self._depth = 0
        self._owner: int | None = None
        self._writer = self._connect()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        self._every.append(connection)
        return connection

    @contextmanager
    def reading(self) -> Generator[sqlite3.Connection]:
        """A connection to read with; inside this thread's own write transaction, that one."""
        if self._owner == threading.get_ident():
            yield self._writer
            return
        try:
            connection = self._readers.get_nowait()
        except queue.Empty:
            connection = self._connect()
        try:
            yield connection
        finally:
            self._readers.put(connection)

    @contextmanager
    def writing(self) -> Generator[sqlite3.Connection]:
        """A write transaction; entered again by its own thread it becomes a savepoint."""
        with self._lock:
            self._owner = threading.get_ident()
            outermost = self._depth == 0
            name = f"level_{self._depth}"
            self._writer.execute("BEGIN IMMEDIATE" if outermost else f"SAVEPOINT {name}")
            self._depth += 1
            try:
                yield self._writer
            except BaseException:
                self._writer.execute("ROLLBACK" if outermost else f"ROLLBACK TO {name}")
                if not outermost:
                    self._writer.execute(f"RELEASE {name}")
                raise
            else:
                self._writer.execute("COMMIT" if outermost else f"RELEASE {name}")
            finally:
                self._depth -= 1
                if outermost:
                    self._owner = None

    def reserve(self, sequence: str, count: int = 1) -> int:
        """The first of ``count`` numbers nobody else gets."""
        with self.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO sandbox_sequence (name, next) VALUES (?, 1)", (sequence,))
            statement = "UPDATE sandbox_sequence SET next = next + ? WHERE name = ? RETURNING next"
            (after,) = connection.execute(statement, (count, sequence)).fetchone()
        return int(after) - count

    def close(self) -> None:
        with self._lock:
            for connection in self._every:
                connection.close()
            self._every.clear()
