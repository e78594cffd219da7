"""Who is in a group beside who should be: the vendor's list in a temporary table, compared by identity."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, RowMapping, text

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


def refused_people(connection: Connection, run_id: int, after: int, limit: int) -> Sequence[RowMapping]:
    """(place, person_id, name) of rows that Real Magnet did not take, in their order, behind place `after`."""
    statement = text(
        "SELECT place, person_id, name FROM audience WHERE run_id = :run AND refusal > '' AND place > :after "
        "ORDER BY place LIMIT :limit"
    )
    return connection.execute(statement, {"run": run_id, "after": after, "limit": limit}).mappings().all()
