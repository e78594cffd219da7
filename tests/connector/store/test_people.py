"""The index of people: what changed is told, and who became whom is followed to the end."""

import pytest
from sqlalchemy import text

from connector.store import people
from connector.store.database import Database

Row = tuple[str, str, str, str, bool, str | None, str, str]


def person(number: str, *, became: str | None = None, deleted: bool = False, name: str = "", owner: str = "own") -> Row:
    return (number, "Contact", name, "ada@example.org", deleted, became, "2025", owner)


def night(database: Database, org_id: int, run: int, *rows: Row) -> int:
    with database.write() as connection:
        changed = people.upsert(connection, org_id, run, rows)
        people.follow(connection, org_id, run)
        return changed


def survivors(database: Database, org_id: int) -> dict[str, str | None]:
    with database.read() as connection:
        statement = text("SELECT id, survivor_id FROM people WHERE org_id = :org")
        return {str(i): s and str(s) for i, s in connection.execute(statement, {"org": org_id})}


def changed_in(database: Database, org_id: int, run: int) -> set[str]:
    with database.read() as connection:
        statement = text("SELECT id FROM people WHERE org_id = :org AND changed_run = :run")
        return set(connection.execute(statement, {"org": org_id, "run": run}).scalars())


def test_only_what_is_new_or_changed_counts(database: Database, org_id: int) -> None:
    rows = [person("a"), person("b")]
    assert night(database, org_id, 1, *rows) == 2
    assert night(database, org_id, 2, *rows) == 0
    assert night(database, org_id, 3, person("a", name="Ada"), person("b")) == 1
    assert changed_in(database, org_id, 3) == {"a"}


def test_the_living_are_themselves_and_the_deleted_nobody(database: Database, org_id: int) -> None:
    night(database, org_id, 1, person("a"), person("b", deleted=True))
    assert survivors(database, org_id) == {"a": "a", "b": None}
    night(database, org_id, 2, person("b"))
    assert survivors(database, org_id) == {"a": "a", "b": "b"}


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (2, 0, 4, 1, 3)])
def test_a_chain_ends_at_the_last_whatever_order_its_links_come_in(
    database: Database, org_id: int, order: tuple[int, ...]
) -> None:
    chain = [person(str(number), became=str(number + 1) if number < 4 else None) for number in range(5)]
    for run, place in enumerate(order, start=1):
        night(database, org_id, run, chain[place])
    assert survivors(database, org_id) == dict.fromkeys("01234", "4")


def test_those_whose_end_moved_count_as_changed(database: Database, org_id: int) -> None:
    night(database, org_id, 1, person("a", became="b"), person("b"), person("c"), person("x"))
    night(database, org_id, 2, person("b", became="c"))
    assert changed_in(database, org_id, 2) == {"a", "b"}
    assert survivors(database, org_id)["a"] == "c"


def test_a_chain_whose_end_is_deleted_ends_nowhere(database: Database, org_id: int) -> None:
    night(database, org_id, 1, person("a", became="b"), person("b", became="c"), person("c"))
    night(database, org_id, 2, person("c", deleted=True))
    assert survivors(database, org_id) == {"a": None, "b": None, "c": None}


def test_a_ring_ends_the_search_not_the_night(database: Database, org_id: int) -> None:
    night(database, org_id, 1, person("a", became="b"), person("b", became="a"))
    assert set(survivors(database, org_id)) == {"a", "b"}


def test_orgs_are_apart(database: Database, org_id: int) -> None:
    with database.write() as connection:
        connection.execute(
            text("INSERT INTO orgs (id, salesforce_id, name, consumer_secret, created_at) VALUES (99, 'x', '', '', 0)")
        )
    night(database, org_id, 1, person("a"), person("b"))
    night(database, 99, 1, person("a", became="b"), person("b"))
    assert survivors(database, org_id)["a"] == "a"
    assert survivors(database, 99)["a"] == "b"


def test_another_owner_is_remembered_and_changes_nothing_else(database: Database, org_id: int) -> None:
    night(database, org_id, 1, person("a", became="b"), person("b", became="c"), person("c"))
    assert night(database, org_id, 2, person("a", became="b", owner="ben")) == 0
    assert changed_in(database, org_id, 2) == set()
    assert survivors(database, org_id) == dict.fromkeys("abc", "c")
    with database.write() as connection:
        assert people.unnamed_owners(connection, org_id) == ["ben", "own"]
        people.name_owners(connection, org_id, {"ben": "Ben Ames", "own": ""})
        assert people.unnamed_owners(connection, org_id) == []
