"""Fill the gap: rows that Salesforce or Real Magnet has otherwise than we think are found and set right."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from connector.activity.nightly import run_gap
from connector.model.runs import gap_of
from connector.model.scope import Scope
from connector.store import scopes
from tests.connector.activity.deleting_story import end, night_of
from tests.connector.activity.world import ACTIVITY, HOUR, World


def fill(world: World, scope: Scope) -> str:
    """Fill the gap of a scope; answers what the run says of it."""
    with world.services.database.write() as connection:
        subject = gap_of(scopes.keep(connection, world.org_id, scope))
    with night_of(world, subject) as night:
        run_gap(night, scope)
    end(world, subject)
    with world.services.database.read() as connection:
        statement = text("SELECT note FROM runs WHERE id = :id")
        return str(connection.execute(statement, {"id": night.run_id}).scalar_one())


def opened(world: World, people: int = 4) -> int:
    """A message that some people opened."""
    message = world.message()
    for number in range(people):
        email = f"reader{number}@example.org"
        world.person(email)
        who = world.recipient(email)
        world.send(message, who, world.now - 20 * HOUR)
        world.open(message, who, world.now - 19 * HOUR)
    return message


def by_hand(world: World, statement: str) -> int:
    """Change Salesforce's own rows as somebody else; answers how many."""
    with world.org.database.writing() as connection:
        return connection.execute(statement).rowcount


def of_message(message: int) -> Scope:
    return Scope(message_id=message)


def everything(_message: int) -> Scope:
    return Scope()


@pytest.mark.parametrize("asked", [of_message, everything])
def test_rows_deleted_behind_our_back_show_and_are_written_again(world: World, asked: Callable[[int], Scope]) -> None:
    message = opened(world)
    assert world.night().closes
    before = world.rows(ACTIVITY)
    world.delete(*[row["Id"] for row in before[:3]])
    assert not world.night().closes
    assert fill(world, asked(message)) == "Gone from Salesforce and written again: 3."
    assert _told(world) == _told_of(before)
    assert world.night().closes


@pytest.mark.parametrize("asked", [of_message, everything])
def test_rows_changed_behind_our_back_are_put_right(world: World, asked: Callable[[int], Scope]) -> None:
    message = opened(world)
    world.night()
    before = world.rows(ACTIVITY)
    changed = by_hand(
        world,
        "UPDATE Real_Magnet_Activity__c SET Activity__c = 'Nonsense', Link_URL__c = 'http://example.org/', "
        "LastModifiedById = '005000000000XYZAAA' WHERE Activity_Group__c = 'Opened'",
    )
    assert changed == 4
    assert fill(world, asked(message)) == "Changed there by somebody else and put right: 4."
    assert _told(world) == _told_of(before)
    assert fill(world, asked(message)) == "Salesforce has every row as it should be."


def test_a_row_that_is_none_of_ours_is_told_and_left_alone(world: World) -> None:
    message = opened(world)
    world.night()
    by_hand(
        world,
        "UPDATE Real_Magnet_Activity__c SET External_Key__c = 'ffffffffffffffffffffffffffffffff' "
        "WHERE Id = (SELECT min(Id) FROM Real_Magnet_Activity__c)",
    )
    assert fill(world, of_message(message)) == (
        "Gone from Salesforce and written again: 1; in Salesforce, none of this connector's and left alone: 1."
    )
    assert len(world.rows(ACTIVITY)) == 9


def test_what_real_magnet_counts_otherwise_is_read_anew(world: World) -> None:
    message = opened(world)
    world.night()
    world.sql("DELETE FROM facts WHERE activity_group = 'Opened'")
    fill(world, of_message(message))
    assert world.night().closes
    with world.services.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM facts WHERE activity_group = 'Opened'")).scalar() == 4


def _told(world: World) -> list[dict[str, object]]:
    return _told_of(world.rows(ACTIVITY))


def _told_of(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Rows without what a new row has of its own."""
    own = {"row", "Id", "Name", "CreatedDate", "LastModifiedDate", "SystemModstamp", "LastModifiedById", "Run_Id__c"}
    plain = [{name: value for name, value in row.items() if name not in own} for row in rows]
    return sorted(plain, key=lambda row: str(row["External_Key__c"]))
