"""Our own store as a file that is copied: making its tables anew for each test would take most of the test's time."""

import functools
import tempfile
from collections.abc import Callable
from pathlib import Path

from connector.store import tables
from connector.store.database import Database
from connector.store.migrate import migrate


def empty_store(path: Path) -> str:
    """The address of a store with every table and no row, in a new file."""
    path.write_bytes(_template())
    return f"sqlite:///{path}"


def migrated_store(path: Path) -> None:
    """A store as `real-magnet migrate` leaves it, in a new file."""
    path.touch(mode=0o600)
    path.write_bytes(_template(migrate))


def _make(database: Database) -> None:
    tables.metadata.create_all(database.engine)


@functools.cache
def _template(make: Callable[[Database], None] = _make) -> bytes:
    with tempfile.TemporaryDirectory(prefix="store-") as folder:
        path = Path(folder) / "template.db"
        database = Database(f"sqlite:///{path}")
        make(database)
        with database.engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        database.dispose()
        return path.read_bytes()
