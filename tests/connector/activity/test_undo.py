"""Undoing a run leaves Salesforce as it was before the run, whatever the run did and wherever the undo is cut off."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from connector.activity.deleting import run_deletion
from connector.model.activity import ActivityGroup, Mode
from connector.model.lists import HISTORY_OBJECT, LIST_OF, OBJECTS
from connector.model.runs import deletion_of
from connector.model.storage import AGGREGATES
from connector.store import choices, deletions, prior_rows, undoing
from sandbox.realmagnet.kinds import EmailStatus
from tests.connector.activity.deleting_story import Crash, end, night_of, restore
from tests.connector.activity.world import HOUR, World

IGNORED = frozenset(
    {"row", "Id", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp"}
)
NUMBERED = {HISTORY_OBJECT, *OBJECTS.values()} - {OBJECTS[label] for label in AGGREGATES}
Rows = dict[tuple[str, str], dict[str, Any]]


def org_rows(world: World) -> Rows:
    """Every row of ours as it stands; a row that points to another names it by its key, for its id may be new."""
    names = (HISTORY_OBJECT, *OBJECTS.values())
    keys = {row["Id"]: row["External_Key__c"] for name in names for row in world.rows(name)}
    return {
        (name, row["External_Key__c"]): {
            column: keys.get(value, value) for column, value in row.items() if column not in IGNORED
        }
        for name in names
        for row in world.rows(name)
    }


def without_runs(rows: Rows) -> Rows:
    """The same without the run that wrote last, and without the number that Salesforce gives a row it makes anew."""
    return {
        key: {
            name: value
            for name, value in row.items()
            if name != "Run_Id__c" and not (name == "Name" and key[0] in NUMBERED)
        }
        for key, row in rows.items()
    }


def choose(world: World, dice: random.Random) -> None:
    modes = {
        group: dice.choice(list(Mode)) if group in LIST_OF else dice.choice([Mode.LIVE, Mode.HISTORY])
        for group in ActivityGroup
    }
    modes[ActivityGroup.SENT] = dice.choice([Mode.BOTH, Mode.SUMMARY])
    with world.services.database.write() as connection:
        choices.choose(connection, world.org_id, set(map(str, ActivityGroup)), modes)


def happen(world: World, dice: random.Random, people: list[int], messages: list[int]) -> None:
    """A day's life: a new message, late opens and clicks of older ones."""
    message = world.message(hours_ago=3, urls=("https://example.org/a", "https://example.org/b"))
    messages.append(message)
    for who in people:
        status = dice.choice([EmailStatus.Delivered, EmailStatus.SB, EmailStatus.Inprogress])
        later = world.now + 5 * HOUR if status == EmailStatus.Inprogress else None
        ended = EmailStatus.Delivered if status == EmailStatus.Inprogress else status
        world.send(message, who, world.now - 3 * HOUR, ended, result_at=later)
    for number in range(dice.randint(2, 8)):
        of, who = dice.choice(messages), dice.choice(people)
        world.open(of, who, world.now - HOUR - number)
        if dice.random() < 0.6:
            world.click(of, who, world.now - HOUR - number, dice.randint(0, 1))


def crowd(world: World) -> list[int]:
    found: list[int] = []
    for number in range(5):
        world.person(f"person{number}@example.org", kind="Contact" if number % 2 else "Lead")
        found.append(world.recipient(f"person{number}@example.org"))
    return found


def undo(world: World, run_id: int, hook: Callable[[str], None] | None = None) -> int:
    with world.services.database.write() as connection:
        assert undoing.what(connection, world.org_id, run_id).possible
        number = undoing.order(connection, world.org_id, run_id, None)
    go_on(world, number, hook)
    return number


def go_on(world: World, number: int, hook: Callable[[str], None] | None = None) -> bool:
    with night_of(world, deletion_of(number), hook) as night:
        clean = run_deletion(night, number)
    end(world, deletion_of(number))
    return clean


@pytest.mark.parametrize("seed", range(4))
def test_the_newest_night_can_be_undone_and_run_again(world: World, seed: int) -> None:
    dice = random.Random(seed)  # a play, not a secret
    people, messages = crowd(world), list[int]()
    choose(world, dice)
    for _ in range(dice.randint(1, 2)):
        happen(world, dice, people, messages)
        world.night()
        world.later(24)
    before = org_rows(world)
    happen(world, dice, people, messages)
    done = world.night()
    after = org_rows(world)
    assert before != after
    number = undo(world, done.run_id)
    assert org_rows(world) == before
    world.night()
    assert set(org_rows(world)) == set(before), "the next night brings nothing back"
    restore(world, number)
    assert without_runs(org_rows(world)) == without_runs(after)


@pytest.mark.parametrize(
    "point", ["rows marked", "rows to put back marked", "row set committed", "collections answered", "put back"]
)
def test_an_undo_that_is_cut_off_goes_on_where_it_was(world: World, point: str) -> None:
    dice = random.Random(7)  # a play, not a secret
    people, messages = crowd(world), list[int]()
    choose(world, dice)
    happen(world, dice, people, messages)
    world.night()
    world.later(24)
    before = org_rows(world)
    happen(world, dice, people, messages)
    run_id = world.night().run_id

    def crash(reached: str) -> None:
        if reached == point:
            raise Crash

    with world.services.database.write() as connection:
        number = undoing.order(connection, world.org_id, run_id, None)
    with pytest.raises(Crash):
        go_on(world, number, crash)
    assert go_on(world, number)
    assert org_rows(world) == before


def story(world: World) -> tuple[int, int, int]:
    """A message that two people got, opened in two nights; answers the message and the numbers of the two nights."""
    with world.services.database.write() as connection:
        modes = {group: Mode.SUMMARY if group in LIST_OF else Mode.HISTORY for group in ActivityGroup}
        choices.choose(connection, world.org_id, set(map(str, ActivityGroup)), modes)
    message = world.message()
    people = crowd(world)
    for who in people:
        world.send(message, who, world.now - 20 * HOUR)
    world.night()
    nights: list[int] = []
    for _ in range(2):
        world.later(24)
        world.open(message, people[0], world.now - HOUR)
        nights.append(world.night().run_id)
    return message, nights[0], nights[1]


def test_rows_that_a_later_run_changed_again_are_left_and_newest_first_all_come_back(world: World) -> None:
    _message, first, second = story(world)
    after = org_rows(world)
    with world.services.database.read() as connection:
        found = undoing.what(connection, world.org_id, first)
    assert (found.changed, found.left, found.possible) == (0, 2, False)
    undo(world, second)
    assert org_rows(world) != after
    undo(world, first)
    assert {row["Opened_Count__c"] for row in world.rows(OBJECTS[LIST_OF[ActivityGroup.SENT]])} == {0}


def test_a_row_that_cannot_be_put_back_is_told_with_the_reason(world: World) -> None:
    _message, _first, second = story(world)
    person = world.sql("SELECT person_id FROM placements WHERE object = 'MagnetMail_Email_Tracking__c' "
                       "AND run_id = :run", run=second)[0][0]  # fmt: skip
    wrong = ('"Contact__c":null', '"Contact__c":"nonsense"')
    world.sql("UPDATE prior_rows SET content = replace(content, :old, :new)", old=wrong[0], new=wrong[1])
    with world.services.database.write() as connection:
        number = undoing.order(connection, world.org_id, second, None)
    assert not go_on(world, number)
    rows = world.sql("SELECT outcome, code FROM prior_rows WHERE undo_id = :id ORDER BY outcome", id=number)
    assert [outcome for outcome, _ in rows] == ["Put back", "Rejected"], person
    assert rows[1][1]


def test_new_rows_ask_salesforce_nothing_more_and_what_is_kept_is_dropped_after_a_while(world: World) -> None:
    story(world)
    assert world.sql("SELECT count(*) FROM prior_rows")[0][0] == 4
    message = world.message()
    world.person("new@example.org")
    world.send(message, world.recipient("new@example.org"), world.now - HOUR)
    world.night()
    assert world.sql("SELECT count(*) FROM prior_rows")[0][0] == 4
    with world.services.database.write() as connection:
        assert prior_rows.forget(connection, 2**62) == 4
    assert world.sql("SELECT count(*) FROM prior_rows")[0][0] == 0


def test_an_undo_is_a_deletion_that_can_be_lifted_once(world: World) -> None:
    _message, _first, second = story(world)
    number = undo(world, second)
    restore(world, number)
    with world.services.database.write() as connection:
        assert not deletions.restore(connection, world.org_id, number, None)
