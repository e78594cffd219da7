"""Near a ceiling a run pauses before it writes, keeps everything that waits, and goes on once there is room."""

import pytest

from connector.errors import CallsUsedUp, LimitReached, StorageFull
from connector.model.budgets import UNCOUNTED, Budget
from connector.model.runs import RunState
from connector.store import attempts, budgets, placements, runs
from sandbox.salesforce import storage
from tests.connector.activity.world import HOUR, World


def scene(world: World, people: int = 3) -> None:
    """One message to some people, all of whom opened it."""
    message = world.message()
    for number in range(people):
        address = f"person{number}@example.org"
        who = world.recipient(address)
        world.person(address)
        world.send(message, who, world.now - 20 * HOUR)
        world.open(message, who, world.now - 10 * HOUR)


def calls_left(world: World, left: int) -> None:
    """Let Salesforce allow so many more calls today."""
    world.calls.set_maximum(world.calls.used + left)


def pause(world: World, run_id: int, wanted: type[LimitReached]) -> LimitReached:
    """One attempt at a run that must stop at a ceiling, and be put off as the worker does it."""
    with pytest.raises(wanted) as stopped:
        world.work(run_id)
    with world.services.database.write() as connection:
        attempts.put_off(connection, run_id, RunState.PAUSED, 3600, stopped.value)
        row = runs.get(connection, run_id)
    assert row is not None
    assert (row["state"], row["paused_for"]) == ("Paused", stopped.value.budget)
    return stopped.value


def resume(world: World, run_id: int, *, rows: int) -> None:
    """The next attempt brings every row, none of them twice."""
    assert world.work(run_id)
    world.end(run_id, RunState.COMPLETED)
    assert world.done(run_id).row["paused_for"] == ""
    keys = [row["External_Key__c"] for row in world.rows()]
    assert len(keys) == len(set(keys)) == rows


def test_a_night_with_200_calls_left_pauses_before_it_writes_and_goes_on_later(world: World) -> None:
    scene(world)
    calls_left(world, 200)
    run_id = world.begin()
    stop = pause(world, run_id, CallsUsedUp)
    assert "we stop at" in str(stop)
    assert "about 40 more" in str(stop)
    assert world.rows() == []
    calls_left(world, 100_000)
    resume(world, run_id, rows=6)


def test_calls_that_run_out_between_reading_and_writing_stop_the_night_before_a_row(world: World) -> None:
    scene(world)
    run_id = world.begin()
    with world.services.database.write() as connection:
        budgets.choose(connection, world.org_id, Budget(calls_percent=100, consent_calls=0))

    def used_up(point: str) -> None:
        if point == "decided":
            calls_left(world, 1)

    with pytest.raises(CallsUsedUp):
        world.work(run_id, used_up)
    assert world.rows() == []
    with world.services.database.read() as connection:
        assert placements.to_write(connection, world.org_id) == 6
    calls_left(world, 1000)
    resume(world, run_id, rows=6)


def test_a_night_with_50_megabytes_left_pauses_before_it_writes_and_goes_on_later(world: World) -> None:
    scene(world)
    storage.set_maximum(world.org, storage.used(world.org) + 50)
    with world.services.database.write() as connection:
        budgets.choose(connection, world.org_id, Budget(storage_percent=1))
    run_id = world.begin()
    stop = pause(world, run_id, StorageFull)
    assert "would write about 1 MB more" in str(stop)
    assert world.rows() == []
    with world.services.database.write() as connection:
        assert budgets.storage_told(connection, world.org_id) is not None
        budgets.choose(connection, world.org_id, Budget())
    storage.set_maximum(world.org, 10_240)
    resume(world, run_id, rows=6)


@pytest.mark.usefixtures("way")
def test_rows_that_salesforce_has_no_storage_for_wait_and_are_not_rejected(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However much its limits promised: they lag behind what it does.
    scene(world)
    storage.set_maximum(world.org, 0)
    monkeypatch.setattr("connector.connection.governor.storage_left", lambda _budget, _use: 1000)
    run_id = world.begin()
    assert "did not take 6 rows" in str(pause(world, run_id, StorageFull))
    assert {state for (state,) in world.sql("SELECT state FROM placements WHERE org_id = :org")} == {"to write"}
    storage.set_maximum(world.org, 10_240)
    resume(world, run_id, rows=6)


def test_every_call_is_counted_by_purpose_beside_what_salesforce_says(world: World) -> None:
    scene(world)
    run_id = world.night().run_id
    with world.services.database.read() as connection:
        ours = budgets.ours_by_hour(connection, world.org_id)
        told = budgets.calls_told(connection, world.org_id)
        counted = runs.get(connection, run_id)
    assert told is not None
    assert counted is not None
    assert told.used == world.calls.used
    assert told.used == sum(n for (_, purpose), n in ours.items() if purpose not in UNCOUNTED)
    assert counted["salesforce_calls"] == sum(ours.values())
