"""Migrations lead to just the tables that the code has, up and down, over data, on SQLite and PostgreSQL."""

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Boolean, Column, Integer, MetaData, String, event, inspect, select
from sqlalchemy.engine import Connection

from connector.store import tables
from connector.store.database import Database
from connector.store.migrate import config, migrate, step_down

BACK_ENDS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))


@pytest.fixture(params=BACK_ENDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    """A database without a table."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path}/empty.db")
        yield database
        database.dispose()
        return
    address: Callable[[str], str] = request.getfixturevalue("postgres_server")
    name = f"empty_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(address("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        database = Database(address(name))
        yield database
        database.dispose()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def revisions() -> list[str]:
    """From the first to the newest."""
    scripts = ScriptDirectory.from_config(config(None))
    return [script.revision for script in scripts.walk_revisions()][::-1]


def names(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def a_value(column: Column[Any]) -> object:
    """Something that the column takes; every number is 1, so that rows find their parents."""
    if isinstance(column.type, Boolean):
        return True
    if isinstance(column.type, Integer):
        return 1
    length = column.type.length if isinstance(column.type, String) else None
    return "0123456789"[:length]


def fill(connection: Connection) -> dict[str, int]:
    """One row in every table; answers how many rows each has."""
    found = MetaData()
    found.reflect(connection)
    for table in found.sorted_tables:
        if table.name != "alembic_version":
            connection.execute(table.insert().values({column.name: a_value(column) for column in table.columns}))
    return count(connection)


def count(connection: Connection) -> dict[str, int]:
    found = MetaData()
    found.reflect(connection)
    kept = (table for table in found.sorted_tables if table.name != "alembic_version")
    return {table.name: len(connection.execute(select(table)).all()) for table in kept}


def test_there_is_one_newest_revision_and_one_first():
    scripts = ScriptDirectory.from_config(config(None))
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1


def test_the_newest_revision_has_just_the_tables_of_the_code(empty: Database):
    migrate(empty)
    assert names(empty) == set(tables.ALL)
    with empty.engine.connect() as connection:
        command.check(config(connection))  # raises when a table, column, index or type differs


def test_the_check_would_find_a_missing_index(empty: Database):
    migrate(empty)
    with empty.write() as connection:
        connection.exec_driver_sql("DROP INDEX ix_runs_state")
    with empty.engine.connect() as connection, pytest.raises(Exception, match="ix_runs_state"):
        command.check(config(connection))


def test_up_down_and_up_again(empty: Database):
    migrate(empty)
    step_down(empty, "base")
    assert names(empty) == set()
    migrate(empty)
    assert names(empty) == set(tables.ALL)


def test_migrating_twice_changes_nothing(empty: Database):
    migrate(empty)
    with empty.write() as connection:
        before = fill(connection)
    migrate(empty)
    with empty.read() as connection:
        assert count(connection) == before


def test_every_revision_goes_up_and_down_over_data(empty: Database):
    migrate(empty, revisions()[0])
    for earlier, later in zip(revisions(), revisions()[1:], strict=False):
        with empty.write() as connection:
            before = fill(connection)
        migrate(empty, later)
        with empty.read() as connection:
            assert {name: rows for name, rows in count(connection).items() if name in before} == before
        step_down(empty, earlier)
        with empty.read() as connection:
            assert count(connection) == before
        step_down(empty, "base")
        migrate(empty, later)
    with empty.write() as connection:
        assert set(fill(connection).values()) == {1}
    step_down(empty, "base")
    assert names(empty) == set()


def test_two_processes_may_migrate_at_once(empty: Database):
    program = Path(sys.executable).with_name("real-magnet")
    address = empty.url.render_as_string(hide_password=False)
    both = [
        subprocess.Popen([str(program), "migrate"], env={**os.environ, "DATABASE_URL": address}, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=60)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert names(empty) == set(tables.ALL)


def test_nobody_comes_in_between_two_revisions_of_another(empty: Database):
    slow, quick = (Database(empty.url.render_as_string(hide_password=False)) for _ in range(2))
    committed, between, go_on = Event(), Event(), Event()

    def stop_after_the_first(_connection: Connection) -> None:
        if committed.is_set() and not between.is_set():
            between.set()
            assert go_on.wait(30)

    event.listen(slow.engine, "commit", lambda _connection: committed.set())
    event.listen(slow.engine, "begin", stop_after_the_first, insert=True)  # before it asks for any lock
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(migrate, slow)
        assert between.wait(30)
        second = pool.submit(migrate, quick)
        assert wait([second], timeout=0.5).not_done
        go_on.set()
        for one in (first, second):
            one.result(60)
    slow.dispose()
    quick.dispose()
    assert names(empty) == set(tables.ALL)
