"""Who is in a group beside who should be: the vendor's list in a temporary table, compared by identity."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager

from sqlalchemy import Connection, text

from connector.store.database import Database, append, stage

_NOT_THERE = "NOT EXISTS (SELECT 1 FROM group_members m WHERE m.identity = a.identity)"


class Membership:
    """The members of one group as they were read. Between two calls no transaction is open."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, identities: Iterable[str]) -> None:
        """More members."""
        with self._connection.begin():
            append(self._connection, "group_members", ["identity"], ((identity,) for identity in identities))

    def missing(self, run_id: int, *, extra: bool, after: int, limit: int) -> list[int]:
        """Places of mailable rows that are no members, behind `after`: of rows sent once, or of those sent again."""
        statement = text(
            "SELECT a.place FROM audience a JOIN upload_chunks c ON c.run_id = a.run_id AND c.number = a.chunk "  # noqa: S608  # our own constant
            "WHERE a.run_id = :run AND a.reason = '' AND c.extra = :extra AND a.place > :after "
            f"AND {_NOT_THERE} ORDER BY a.place LIMIT :limit"
        )
        values = {"run": run_id, "extra": extra, "after": after, "limit": limit}
        with self._connection.begin():
            return [int(place) for place in self._connection.execute(statement, values).scalars()]

    def strangers(self, run_id: int) -> int:
        """How many members are not among the mailable."""
        statement = text(
            "SELECT count(*) FROM group_members m WHERE NOT EXISTS (SELECT 1 FROM audience a "
            "WHERE a.run_id = :run AND a.identity = m.identity AND a.reason = '')"
        )
        with self._connection.begin():
            return int(self._connection.execute(statement, {"run": run_id}).scalar_one())


@contextmanager
def membership(database: Database) -> Generator[Membership]:
    """An empty list of members, on a connection of its own for as long as it is looked at."""
    with database.engine.connect() as connection:
        with connection.begin():
            stage(connection, "group_members", {"identity": "TEXT"}, ())
            connection.exec_driver_sql("CREATE INDEX IF NOT EXISTS ix_group_members ON group_members (identity)")
        try:
            yield Membership(connection)
        finally:
            with connection.begin():
                connection.exec_driver_sql("DROP TABLE group_members")


def refuse(connection: Connection, run_id: int, places: Iterable[int], words: str) -> None:
    """Say of these rows why Real Magnet did not take them."""
    stage(connection, "places", {"place": "INTEGER"}, ((place,) for place in places))
    statement = text("UPDATE audience SET refusal = :words WHERE run_id = :run AND place IN (SELECT place FROM places)")
    connection.execute(statement, {"run": run_id, "words": words})


def forgive(connection: Connection, run_id: int) -> None:
    """Say of no row any more that it was not taken: the group is looked at again."""
    statement = text("UPDATE audience SET refusal = NULL WHERE run_id = :run AND refusal > ''")
    connection.execute(statement, {"run": run_id})


def refused(connection: Connection, run_id: int) -> int:
    """How many rows Real Magnet did not take."""
    statement = text("SELECT count(*) FROM audience WHERE run_id = :run AND refusal > ''")
    return int(connection.execute(statement, {"run": run_id}).scalar_one())


def distinct(connection: Connection, run_id: int) -> int:
    """How many recipients the mailable are."""
    statement = text("SELECT count(DISTINCT identity) FROM audience WHERE run_id = :run AND reason = ''")
    return int(connection.execute(statement, {"run": run_id}).scalar_one())


def copy_refused(connection: Connection, run_id: int, about_run: int, after: int, limit: int) -> int:
    """Make rows that another run could not place, behind place `after`, rows of this run; answers the last place, 0
    when there was none."""
    values = {"run": run_id, "about": about_run, "after": after, "limit": limit}
    some = "run_id = :about AND refusal > '' AND place > :after ORDER BY place LIMIT :limit"
    statement = text(f"SELECT max(place) FROM (SELECT place FROM audience WHERE {some}) some_rows")  # noqa: S608  # our own constant
    last = int(connection.execute(statement, values).scalar() or 0)
    columns = "place, person_id, name, address, identity, reason, detail, line"
    connection.execute(
        text(f"INSERT INTO audience (run_id, {columns}) SELECT :run, {columns} FROM audience WHERE {some}"),  # noqa: S608  # our own constants
        values,
    )
    return last


def forget_lines(connection: Connection, run_id: int, places: range) -> None:
    """Drop rows as they travelled, but those that may be tried again: they are people's data."""
    statement = text(
        "UPDATE audience SET line = '' WHERE run_id = :run AND place BETWEEN :first AND :last "
        "AND line <> '' AND refusal IS NULL"
    )
    connection.execute(statement, {"run": run_id, "first": places.start, "last": places.stop - 1})


def last_place(connection: Connection, run_id: int) -> int:
    """The place of a run's last row, 0 if it has none."""
    statement = text("SELECT max(place) FROM audience WHERE run_id = :run")
    return int(connection.execute(statement, {"run": run_id}).scalar() or 0)
