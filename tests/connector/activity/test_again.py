"""Run again: whatever the scope, what went astray is set right, a second time changes nothing, and deletions stand."""

from collections.abc import Callable

import pytest

from connector.activity.again import run_again
from connector.errors import NotFound
from connector.model.activity import Mode
from connector.model.lists import OBJECTS
from connector.model.runs import again_of
from connector.model.scope import Scope
from connector.store import scopes
from tests.connector.activity.deleting_story import delete, end, night_of, standing
from tests.connector.activity.test_gap import by_hand, opened
from tests.connector.activity.test_lists import EMAIL, keep
from tests.connector.activity.world import ACTIVITY, HOUR, World

DAY = 24 * HOUR


def again(world: World, scope: Scope) -> tuple[bool, str, int]:
    """Run a scope again; answers whether all is well, what the run says of it, and how many rows it wrote."""
    with world.services.database.write() as connection:
        subject = again_of(scopes.keep(connection, world.org_id, scope))
    with night_of(world, subject) as night:
        clean = run_again(night, scope)
    end(world, subject)
    done = world.done(night.run_id, clean=clean)
    return done.closes and clean, str(done.row["note"]), sum(done.of("Written").values())


def scopes_of(world: World, message: int, person: str, run: int) -> dict[str, Scope]:
    return {
        "message": Scope(message_id=message),
        "person": Scope(person_id=person),
        "days": Scope(from_at=world.now - 3 * DAY, before_at=world.now),
        "night": Scope(run_id=run),
    }


def test_whatever_the_scope_rows_that_went_astray_are_set_right_once(world: World) -> None:
    keep(world, Mode.BOTH)
    message = opened(world)
    person = world.person("late@example.org")
    who = world.recipient("late@example.org")
    world.send(message, who, world.now - 20 * HOUR)
    run = world.night().run_id
    before = standing(world)
    for name, scope in scopes_of(world, message, person, run).items():
        gone = [world.rows(name, f"Contact__c = '{person}'")[0]["Id"] for name in (ACTIVITY, EMAIL)]
        edited = 0
        if name != "person":
            edited = by_hand(
                world,
                "UPDATE Real_Magnet_Activity__c SET Activity__c = 'Nonsense', LastModifiedById = "
                "'005000000000XYZAAA' WHERE Activity_Group__c = 'Opened' AND IsDeleted = 0",
            )
        for row in gone:
            world.delete(row)
        clean, said, written = again(world, scope)
        assert (clean, standing(world), written) == (True, before, 2 + edited), name
        assert "Gone from Salesforce and written again: 2" in said, name
        assert not world.rows(ACTIVITY, "Activity__c = 'Nonsense'"), name
        stamps = _stamps(world)
        clean, said, written = again(world, scope)
        assert (clean, written) == (True, 0), name
        assert "Salesforce has every row as it should be." in said, name
        assert _stamps(world) == stamps, name


def test_what_is_missing_here_is_read_again(world: World) -> None:
    message = opened(world, people=2)
    run = world.night().run_id
    whole = standing(world)
    reader = str(world.rows()[0]["Contact__c"])
    for name, scope in scopes_of(world, message, reader, run).items():
        world.sql(
            "DELETE FROM facts WHERE org_id = :org AND activity_group = 'Opened' AND key = "
            "(SELECT min(key) FROM facts WHERE activity_group = 'Opened')"
        )
        assert again(world, scope)[0], name
        assert standing(world) == whole, name
        assert world.sql("SELECT count(*) FROM facts WHERE activity_group = 'Opened'") == [(2,)], name


def test_only_what_salesforce_refused_is_sent_again_and_real_magnet_is_not_asked(world: World) -> None:
    opened(world, people=2)
    assert world.night().clean
    world.sql(
        "UPDATE placements SET state = 'rejected', outcome = 'Rejected', content_hash = '', code = 'X' "
        "WHERE id = (SELECT min(id) FROM placements)"
    )
    assert again(world, Scope(only_failed=True)) == (True, "What Salesforce had refused was sent once more.", 1)
    assert world.sql("SELECT realmagnet_calls FROM runs ORDER BY id DESC LIMIT 1") == [(0,)]
    assert again(world, Scope(only_failed=True))[2] == 0


def test_an_undo_of_the_night_is_lifted_and_a_persons_own_deletion_stays(world: World) -> None:
    message = opened(world, people=3)
    run = world.night().run_id
    whole = standing(world)
    one = str(world.rows()[0]["Contact__c"])
    delete(world, Scope(person_id=one))
    kept = standing(world)
    assert kept < whole
    world.sql("UPDATE placements SET created_run = :run WHERE salesforce_id IS NOT NULL", run=run)
    delete(world, Scope(undone_run_id=run))
    assert standing(world) == set()
    assert again(world, Scope(message_id=message))[0]
    assert standing(world) == set(), "only running that night again lifts its undo"
    clean, said, _written = again(world, Scope(run_id=run))
    assert clean
    assert "The undo was lifted" in said
    assert standing(world) == kept
    assert again(world, Scope(run_id=run))[2] == 0
    assert standing(world) == kept


def test_nobody_is_told_of_by_an_error(world: World) -> None:
    with pytest.raises(NotFound):
        again(world, Scope(person_id="003000000000009AAA"))


def test_a_crash_anywhere_is_gone_on_with(world: World) -> None:
    message = opened(world, people=2)
    world.night()
    before = standing(world)
    world.delete(world.rows()[0]["Id"])
    scope = Scope(message_id=message)
    for point in ("read again", "prepared", "decided", "row set committed", "collections answered"):
        struck = _struck_at(point)
        with world.services.database.write() as connection:
            subject = again_of(scopes.keep(connection, world.org_id, scope))
        with pytest.raises(ConnectionAbortedError), night_of(world, subject, struck) as night:
            run_again(night, scope)
    assert again(world, scope)[0]
    assert standing(world) == before


def _stamps(world: World) -> list[object]:
    """When each row was changed last; nobody sends what stands."""
    return [row["SystemModstamp"] for name in (ACTIVITY, *OBJECTS.values()) for row in world.rows(name)]


def _struck_at(point: str) -> Callable[[str], None]:
    def strike(reached: str) -> None:
        if reached == point:
            raise ConnectionAbortedError

    return strike
