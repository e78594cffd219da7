"""The engine, its two kinds of transaction, and bulk writing: one code path over SQLite and PostgreSQL."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, MetaData, create_engine, event, text
from sqlalchemy.engine import make_url

from connector.store.turnstile import turn

CHUNK = 10_000
"""Most rows in one transaction: small writers then wait tens of milliseconds, not seconds (measured on SQLite WAL)."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA busy_timeout=10000",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-65536",
    "PRAGMA temp_store=FILE",
    "PRAGMA wal_autocheckpoint=16384",
)


class Database:
    """One engine. Make it inside the process that uses it: a forked worker must not inherit a connection."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        if self.sqlite and self.url.database not in (None, "", ":memory:"):
            _make_private(Path(str(self.url.database)))
        elif self.url.get_backend_name() == "postgresql":
            self.url = self.url.set(drivername="postgresql+psycopg")
        options: dict[str, Any] = {"hide_parameters": True, "pool_pre_ping": not self.sqlite}
        if not self.sqlite:  # a plan that the server keeps breaks when another process migrates, or behind PgBouncer
            options["connect_args"] = {"prepare_threshold": None}
        if self.url.database not in (None, "", ":memory:"):
            options["pool_use_lifo"] = True  # each connection has a cache: the one used last has it full already
        self.engine: Engine = create_engine(self.url, **options)
        if self.sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)

    @contextmanager
    def read(self) -> Generator[Connection]:
        """A transaction that only reads; long ones see one snapshot and block nobody."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Generator[Connection]:
        """A transaction that writes: it holds SQLite's write lock from its first moment, so keep it short."""
        with self.engine.connect() as plain:
            connection = plain.execution_options(writes=True)
            with self._turn():
                transaction = connection.begin()
            with transaction:
                yield connection

    def _turn(self) -> AbstractContextManager[None]:
        """PostgreSQL locks rows, and needs no turns; neither does a database that only one process can have."""
        if not self.sqlite or self.url.database in (None, "", ":memory:"):
            return nullcontext()
        return turn(Path(f"{self.url.database}-turn"))

    def stream(self, connection: Connection, statement: str, values: dict[str, Any]) -> Generator[Sequence[Any]]:
        """Rows one by one without holding the answer in memory. Close it, unless it is read to its end."""
        streaming = connection.execution_options(stream_results=True, yield_per=5000)
        with streaming.execute(text(statement), values) as result:
            for batch in result.partitions(5000):
                yield from batch

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _make_private(path: Path) -> None:
    """Have SQLite find an empty file that nobody else may read: it makes its other files as it finds this one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, so that reading never takes the write lock
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def chunks(rows: Iterable[Sequence[Any]], size: int = CHUNK) -> Iterator[list[Sequence[Any]]]:
    """The rows in lists of at most `size`."""
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch


def stage(connection: Connection, table: str, columns: dict[str, str], rows: Iterable[Sequence[Any]]) -> int:
    """Put rows into a temporary table of this connection, by COPY on PostgreSQL; answers how many.

    `columns` names each column with its SQL type. A table of that name is emptied first.
    """
    names = ", ".join(columns)
    definition = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    connection.exec_driver_sql(f"CREATE TEMP TABLE IF NOT EXISTS {table} ({definition})")
    connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608  # our own constant names
    return append(connection, table, list(columns), rows) if names else 0


def append(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Add rows to a table as fast as the back end can; answers how many."""
    names = ", ".join(columns)
    raw: Any = connection.connection.driver_connection
    count = 0
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608  # our own constant names
        for batch in chunks(rows):
            raw.executemany(statement, batch)
            count += len(batch)
        return count
    with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def new_id(result: CursorResult[Any]) -> int:
    """The id that an INSERT of one row was given."""
    key = result.inserted_primary_key
    if key is None:
        raise LookupError("The insert gave no key.")
    return int(key[0])
