"""Sign-ups and suppressions of the account come to Salesforce like anything else that happened."""

from typing import Any

import pytest

from sandbox.realmagnet.account import DAY
from tests.connector.activity.world import World


def signed_up(world: World, who: int, at: int, groups: str = "[]") -> None:
    put(world, "INSERT INTO subscription (at, recipient_id, group_ids) VALUES (?, ?, ?)", at, who, groups)


def suppressed(world: World, who: int, at: int, kind: int) -> None:
    put(world, "INSERT INTO suppression (at, recipient_id, type) VALUES (?, ?, ?)", at, who, kind)


def put(world: World, statement: str, *values: Any) -> None:
    with world.account.transaction() as connection:
        connection.execute(statement, values)


def test_a_sign_up_stands_on_the_person_with_its_groups(world: World) -> None:
    person = world.person("person@example.org")
    group = world.account.value("SELECT id FROM list_group ORDER BY id LIMIT 1")
    if group is None:
        put(world, "INSERT INTO list_group (id, name, shown) VALUES (7, 'Members', 1)")
        group = 7
    signed_up(world, world.recipient("person@example.org"), world.now - DAY, f"[{group}]")
    assert world.night().closes
    (row,) = world.rows()
    name = world.account.value("SELECT name FROM list_group WHERE id = ?", group)
    assert (row["Contact__c"], row["Activity_Group__c"], row["Activity__c"]) == (person, "Subscribed", "Subscribed")
    assert row["Detail__c"] == name


@pytest.mark.parametrize(("kind", "label"), [(1, "Manual"), (2, "Spam Complaint"), (3, "Automatic")])
def test_a_suppression_says_which_kind_it_is(world: World, kind: int, label: str) -> None:
    world.person("person@example.org")
    suppressed(world, world.recipient("person@example.org"), world.now - DAY, kind)
    assert world.night().closes
    assert [(row["Activity_Group__c"], row["Activity__c"]) for row in world.rows()] == [("Suppressed", label)]


def test_the_next_night_writes_nothing_twice_and_finds_what_came_late(world: World) -> None:
    for number in range(3):
        world.person(f"person{number}@example.org")
    first, second, third = (world.recipient(f"person{number}@example.org") for number in range(3))
    signed_up(world, first, world.now - DAY)
    suppressed(world, second, world.now - DAY, 1)
    world.night()
    world.later(24)
    suppressed(world, third, world.now - DAY, 2)
    done = world.night()
    assert done.closes
    assert done.of("Written") == {"Suppressed": 1}
    assert world.standing() == {"Subscribed": 1, "Suppressed": 2}
    assert world.standing() == world.naive().by_group()
