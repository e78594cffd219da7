"""Two kinds of transaction and bulk writing, alike on both databases."""

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from connector.store import people
from connector.store.database import CHUNK, Database, append, chunks, stage

ODD = (
    "",
    "plain",
    "tab\there",
    "line\nend\r\n",
    "back\\slash \\N \\.",
    "'quote\"",
    "Ωμέγα 会員 👩🏽‍🚀",
    "#N/A",
    "NULL",
)
COLUMNS = {"number": "BIGINT", "word": "TEXT", "flag": "BOOLEAN", "absent": "TEXT"}
ROWS: list[tuple[Any, ...]] = [(number << 33, word, number % 2 == 0, None) for number, word in enumerate(ODD)]


def staged(database: Database, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    with database.write() as connection:
        assert stage(connection, "put_aside", COLUMNS, rows) == len(rows)
        found = connection.execute(text("SELECT number, word, flag, absent FROM put_aside ORDER BY number"))
        return [(number, word, bool(flag), absent) for number, word, flag, absent in found]


class TestStage:
    def test_every_value_comes_back_as_it_went_in(self, database: Database) -> None:
        assert staged(database, ROWS) == ROWS

    def test_a_second_time_it_holds_only_the_second_rows(self, database: Database) -> None:
        with database.write() as connection:
            for rows in (ROWS, ROWS[:2], []):
                stage(connection, "put_aside", COLUMNS, rows)
                found = connection.execute(text("SELECT count(*) FROM put_aside")).scalar_one()
                assert found == len(rows)

    def test_rows_may_come_one_by_one_and_be_many(self, database: Database) -> None:
        def rows() -> Iterator[tuple[Any, ...]]:
            yield from ((number, str(number), True, None) for number in range(CHUNK + 5))

        with database.write() as connection:
            assert stage(connection, "put_aside", COLUMNS, rows()) == CHUNK + 5

    def test_another_connection_never_sees_them(self, database: Database) -> None:
        with database.write() as connection, database.read() as other:
            stage(connection, "put_aside", COLUMNS, ROWS)
            with pytest.raises(DBAPIError, match="put_aside"):
                other.execute(text("SELECT 1 FROM put_aside"))


class TestAppend:
    def test_rows_land_in_the_table(self, database: Database, org_id: int) -> None:
        rows = [(org_id, f"subject {number}", word) for number, word in enumerate(ODD)]
        with database.write() as connection:
            assert append(connection, "watermarks", ["org_id", "subject", "value"], rows) == len(rows)
        with database.read() as connection:
            found = connection.execute(text("SELECT org_id, subject, value FROM watermarks ORDER BY subject"))
            assert [tuple(row) for row in found] == rows

    def test_they_go_with_a_transaction_that_fails(self, database: Database, org_id: int) -> None:
        def fail() -> None:
            with database.write() as connection:
                append(connection, "watermarks", ["org_id", "subject", "value"], [(org_id, "subject", "value")])
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        with database.read() as connection:
            assert people.watermark(connection, org_id, "subject") is None


class TestTransactions:
    def test_a_reader_sees_one_moment_while_others_write(self, database: Database, org_id: int) -> None:
        if not database.sqlite:
            database.engine.update_execution_options(isolation_level="REPEATABLE READ")
        with database.read() as reading:
            assert people.watermark(reading, org_id, "subject") is None
            with database.write() as writing:
                people.set_watermark(writing, org_id, "subject", "written")
            assert people.watermark(reading, org_id, "subject") is None

    def test_a_stream_gives_every_row_in_order(self, database: Database, org_id: int) -> None:
        rows = [(org_id, f"{number:06d}", "") for number in range(12_345)]
        with database.write() as connection:
            append(connection, "watermarks", ["org_id", "subject", "value"], rows)
        with database.read() as connection:
            statement = "SELECT subject FROM watermarks WHERE org_id = :org ORDER BY subject"
            found = [row[0] for row in database.stream(connection, statement, {"org": org_id})]
        assert found == [row[1] for row in rows]

    def test_small_writers_do_not_starve_beside_a_bulk_writer(self, database: Database, org_id: int) -> None:
        stop, waits, troubles = threading.Event(), list[float](), list[OperationalError]()

        def write_small() -> None:
            while not stop.is_set():
                began = time.monotonic()
                try:
                    with database.write() as connection:
                        people.set_watermark(connection, org_id, "small", str(began))
                except OperationalError as trouble:
                    troubles.append(trouble)
                waits.append(time.monotonic() - began)
                time.sleep(0.005)

        thread = threading.Thread(target=write_small)
        thread.start()
        rows = ((org_id, f"bulk {number}", "x" * 30) for number in range(20 * CHUNK))
        for chunk in chunks(rows):
            with database.write() as connection:
                append(connection, "watermarks", ["org_id", "subject", "value"], chunk)
        stop.set()
        thread.join()
        assert troubles == []
        assert len(waits) >= 10  # about one for each commit of the bulk writer
        assert max(waits) < 5


class TestChunks:
    @pytest.mark.parametrize(("count", "sizes"), [(0, []), (3, [3]), (4, [4]), (5, [4, 1]), (8, [4, 4])])
    def test_no_row_is_lost(self, count: int, sizes: list[int]) -> None:
        found = list(chunks([(number,) for number in range(count)], 4))
        assert [len(chunk) for chunk in found] == sizes
        assert [row for chunk in found for row in chunk] == [(number,) for number in range(count)]


def test_nobody_else_on_the_machine_may_read_the_file_of_an_org(tmp_path: Path) -> None:
    made = Database(f"sqlite:///{tmp_path}/new/store.db")
    with made.write() as connection:
        connection.execute(text("CREATE TABLE a (b)"))
        connection.execute(text("INSERT INTO a VALUES (1)"))
    found = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "new").iterdir()}
    assert {"store.db", "store.db-wal", "store.db-shm"} <= found.keys()
    assert set(found.values()) == {0o600}
    made.dispose()
