"""Whatever order and however often events are read, the ledger holds the same facts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from connector.activity.reading import FactRow, Subject, instants, sends
from connector.activity.spool import Spool
from connector.model.activity import ActivityGroup, fact_key
from connector.store import ledger, orgs, tables  # noqa: F401  # every table must be known
from connector.store.database import Database
from connector.store.tables import metadata

SUBJECT = Subject("SAMPLE", 1, ActivityGroup.OPENED)
SENT = Subject("SAMPLE", 1, ActivityGroup.SENT)

Tracked = tuple[int, str, str, str, int, str]
OPENS = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3)), max_size=12)
"""Recipients and instants, few of each, so that equal ones are common."""
SENDS = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 5), st.sampled_from(["Delivered", "In Progress", "Hard Bounce"])),
    max_size=10,
)


@dataclass(frozen=True)
class Ledger:
    database: Database
    org_id: int

    def read(self, facts: Iterator[FactRow], run: int = 1) -> int:
        with self.database.write() as connection:
            return ledger.upsert_facts(connection, self.org_id, run, facts)

    def facts(self) -> list[tuple[Any, ...]]:
        with self.database.read() as connection:
            statement = text("SELECT key, recipient_id, activity, occurred_at, detail FROM facts ORDER BY key")
            return [tuple(row) for row in connection.execute(statement)]

    def empty(self) -> None:
        with self.database.write() as connection:
            connection.execute(text("DELETE FROM facts"))


@pytest.fixture
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('ledger')}/ours.db")
    with database.write() as connection:
        metadata.create_all(connection)
        org_id = orgs.create(connection, "00D", "Example", "")
    yield Ledger(database, org_id)
    database.dispose()


def opens(rows: list[tuple[int, int]]) -> Iterator[FactRow]:
    tracked = [(who, "", "", "", at, "") for who, at in rows]
    return instants(SUBJECT, tracked, "Opened")


def sent(rows: list[tuple[int, int, str]]) -> Iterator[FactRow]:
    return sends(SENT, [(who, "", "", status, at, "") for who, at, status in rows])


many = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class TestReadings:
    @many
    @given(OPENS, st.randoms(use_true_random=False), st.integers(1, 4))
    def test_any_order_and_repetition_gives_the_same_facts(
        self, book: Ledger, rows: list[tuple[int, int]], dice: Any, times: int
    ) -> None:
        book.empty()
        book.read(opens(rows))
        first = book.facts()
        assert len(first) == len(rows)
        for _ in range(times):
            dice.shuffle(rows)
            assert book.read(opens(rows), run=2) == 0
            assert book.facts() == first

    @many
    @given(OPENS, OPENS, OPENS)
    def test_readings_in_between_leave_the_same_facts_as_the_last_one_alone(
        self,
        book: Ledger,
        early: list[tuple[int, int]],
        later: list[tuple[int, int]],
        last: list[tuple[int, int]],
    ) -> None:
        book.empty()
        book.read(opens(early + later + last))
        alone = book.facts()
        book.empty()
        book.read(opens(early))
        book.read(opens(later + early))
        book.read(opens(last + early + later))
        assert book.facts() == alone

    @many
    @given(SENDS, st.randoms(use_true_random=False))
    def test_sends_are_numbered_alike_in_whatever_order_they_come(
        self, book: Ledger, rows: list[tuple[int, int, str]], dice: Any
    ) -> None:
        book.empty()
        book.read(sent(rows))
        first = book.facts()
        assert sorted((who, at, status) for _key, who, status, at, _detail in first) == sorted(rows)
        dice.shuffle(rows)
        assert book.read(sent(rows)) == 0
        assert book.facts() == first

    @many
    @given(SENDS)
    def test_an_end_state_changes_the_fact_of_its_send(self, book: Ledger, rows: list[tuple[int, int, str]]) -> None:
        book.empty()
        book.read(sent(rows))
        keys = [fact[0] for fact in book.facts()]
        ended = [(who, at, "Delivered") for who, at, _status in rows]
        changed = book.read(sent(ended))
        assert [fact[0] for fact in book.facts()] == keys
        assert changed <= len(rows)
        assert {fact[2] for fact in book.facts()} <= {"Delivered"}


class TestKeys:
    PARTS = st.tuples(
        st.sampled_from(["SAMPLE", "SAMPLE2"]),
        st.integers(0, 12),
        st.integers(0, 200),
        st.sampled_from(list(ActivityGroup)),
        st.sampled_from(["1", "2", "12", "1.1", "11.1", "1.11", "https://example.org/.1.1"]),
    )

    @given(st.lists(PARTS, unique=True, min_size=2, max_size=40))
    def test_different_events_have_different_keys(self, parts: list[tuple[str, int, int, str, str]]) -> None:
        assert len({fact_key(*part) for part in parts}) == len(parts)

    @given(PARTS)
    def test_a_key_is_thirty_two_hex_digits_for_ever(self, part: tuple[str, int, int, str, str]) -> None:
        key = fact_key(*part)
        assert fact_key(*part) == key
        assert len(key) == 32
        assert set(key) <= set("0123456789abcdef")

    def test_keys_do_not_change_from_version_to_version(self) -> None:
        assert fact_key("SAMPLE", 18_952_101, 2_778_600_001, "Opened", "1773331200000.1") == (
            "d04c1da6b346aa4684c65900803234c3"
        )


class TestSpool:
    ROWS = st.lists(
        st.tuples(st.text(), st.integers(-(1 << 70), 1 << 70), st.none() | st.text(), st.floats(allow_nan=False))
    )

    @given(st.lists(ROWS, max_size=6), st.sampled_from([16, 1 << 20]))
    def test_rows_come_back_as_they_went_in_as_often_as_wanted(
        self, batches: list[list[tuple[Any, ...]]], in_memory: int
    ) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("connector.activity.spool.IN_MEMORY", in_memory)
            spool = Spool()
        for batch in batches:
            spool.add(batch)
        expected = [row for batch in batches for row in batch]
        assert len(spool) == len(expected)
        for _ in range(2):
            assert list(spool) == expected
        spool.close()
