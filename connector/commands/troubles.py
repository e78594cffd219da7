"""Turns what a database says into a sentence for an operator. It repeats no address, for one may hold a password."""

import re
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from connector.errors import Misconfigured
from connector.store.database import Database

_MISSING = re.compile(r"no such (?:table|column)|has no column named")
_MISSING_STATES = frozenset({"42P01", "42703"})
"""PostgreSQL's undefined_table and undefined_column."""


@contextmanager
def open_database(url: str) -> Generator[Database]:
    """The database of the settings, not yet asked anything. Raises `Misconfigured` for an address that is none."""
    database = _database(url)
    try:
        yield database
    finally:
        database.dispose()


def _database(url: str) -> Database:
    try:
        return Database(url)
    except (NoSuchModuleError, ArgumentError, ModuleNotFoundError, ValueError):  # ValueError: a port that is no number
        raise Misconfigured(
            "DATABASE_URL must be postgresql://USER:PASSWORD@HOST:PORT/NAME or sqlite:///PATH."
        ) from None
    except OSError as error:
        raise Misconfigured(f"The folder of the database in DATABASE_URL cannot be used: {error.strerror}.") from error


def explained(error: DBAPIError) -> str | None:
    """What an operator can do about it; nothing when only a programmer can."""
    lines = str(error.orig).splitlines() or [""]
    if getattr(error.orig, "sqlstate", None) in _MISSING_STATES or _MISSING.search(lines[0]):
        return "The database lacks tables or columns of this release: run `real-magnet migrate` first."
    if not isinstance(error, OperationalError) or getattr(error.orig, "sqlite_errorname", "") == "SQLITE_ERROR":
        return None
    said = re.sub(r"\S*@\S*", "…", lines[0]).rstrip(".")  # a password with an @ in it is taken for a part of the host
    return f"The database of DATABASE_URL cannot be used: {said}."
