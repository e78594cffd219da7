"""One Real Magnet account in one SQLite file, with a clock that can be moved; knows nothing of HTTP or of JSON."""

import sqlite3
import threading
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.realmagnet.schema import BY_CUSTOM_ID, BY_EMAIL, EVENT_COLUMNS, EVENT_INDEXES, LATER, TABLES

SECOND, HOUR, DAY = 1_000, 3_600_000, 86_400_000
FILE = "realmagnet.sqlite3"

EventRow = tuple[int, int, int, int, int, int, int | None, int | None]


def wall_now() -> int:
    return time.time_ns() // 1_000_000


class Account:
    """The file and its connections, one a thread; reading is free, writing goes through `transaction`."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.path = directory / FILE
        self._threads = threading.local()

    @property
    def exists(self) -> bool:
        return self.path.exists()

    @property
    def connection(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._threads, "connection", None)
        if found is None:
            found = sqlite3.connect(self.path, isolation_level=None, timeout=30, check_same_thread=False)
            found.row_factory = sqlite3.Row
            found.executescript(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536; PRAGMA mmap_size=4000000000"
            )
            found.create_function("casefold", 1, str.casefold, deterministic=True)  # SQLite's lower knows ASCII only
            self._threads.connection = found
        return found

    def close(self) -> None:
        """Close this thread's connection; it opens again when asked."""
        self.connection.close()
        del self._threads.connection

    def create(self, start: int, *, by_custom_id: bool = False) -> None:
        """Make the tables, with the clock standing at `start`."""
        self.connection.executescript(TABLES + (BY_CUSTOM_ID if by_custom_id else BY_EMAIL) + LATER)
        self.connection.execute("INSERT INTO state VALUES ('now', ?)", (start,))
        self.connection.execute("INSERT INTO state VALUES ('by custom id', ?)", (int(by_custom_id),))

    def upgrade(self) -> None:
        """Add what an account made by an earlier version lacks."""
        self.connection.executescript(LATER)

    @property
    def by_custom_id(self) -> bool:
        """Whether recipients are told apart by the Custom Member ID; by the address otherwise."""
        return self.state("by custom id") == 1

    def index_events(self) -> None:
        self.connection.executescript(EVENT_INDEXES + "ANALYZE;")

    def all(self, sql: str, *values: Any) -> list[Any]:
        return self.connection.execute(sql, values).fetchall()

    def one(self, sql: str, *values: Any) -> Any:
        return self.connection.execute(sql, values).fetchone()

    def value(self, sql: str, *values: Any) -> Any:
        row = self.connection.execute(sql, values).fetchone()
        return None if row is None else row[0]

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        connection = self.connection
        if connection.in_transaction:
            yield connection
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def insert_events(self, rows: Iterable[EventRow]) -> None:
        """Rows sorted by message, kind and instant load fastest: the table is kept in that order."""
        sql = f"INSERT INTO event ({EVENT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        with self.transaction() as connection:
            connection.executemany(sql, rows)

    def numbers(self, name: str, count: int = 1) -> range:
        """Take the next `count` numbers of a sequence; the first number ever is 1."""
        sql = "INSERT INTO state VALUES (?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value RETURNING value"
        with self.transaction() as connection:
            last = connection.execute(sql, ("last " + name, count)).fetchone()[0]
        return range(last - count + 1, last + 1)

    def state(self, name: str) -> int | None:
        return self.value("SELECT value FROM state WHERE name = ?", name)

    def now(self) -> int:
        """The instant on the account's clock; it stands still unless it was told to run."""
        values = dict(self.connection.execute("SELECT name, value FROM state WHERE name IN ('now', 'runs since')"))
        now, since = values["now"], values.get("runs since")
        return now if since is None else now + wall_now() - since

    def set_clock(self, now: int, *, running: bool) -> None:
        since = wall_now() if running else None
        with self.transaction() as connection:
            connection.executemany(
                "INSERT INTO state VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                (("now", now), ("runs since", since)),
            )

    @property
    def clock_runs(self) -> bool:
        return self.state("runs since") is not None
