"""Deletion and restore over a small world: receipts, tombstones, crashes, and who else touches the same rows."""

from collections.abc import Callable

import pytest

from connector.activity import delete_jobs
from connector.activity.deleting import run_deletion
from connector.model.runs import deletion_of
from connector.model.scope import Scope
from connector.store import deletion_rows
from tests.connector.activity.deleting_story import (
    Crash,
    crowd,
    delete,
    end,
    night_of,
    order,
    receipt,
    restore,
    standing,
    standing_of,
)
from tests.connector.activity.world import MINUTE, World


def test_a_message_goes_with_a_receipt_and_only_a_restore_brings_it_back(
    world: World, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delete_jobs, "FEW", 0 if way == "bulk" else 200)
    first, second = crowd(world, 4), crowd(world, 4, "Second")
    world.night()
    before = standing(world)
    number = delete(world, Scope(message_id=first))
    assert receipt(world, number) == {"Sent": 4, "Opened": 4}
    assert standing(world) == standing_of(world, second)

    opener = int(world.sql("SELECT min(recipient_id) FROM facts WHERE message_id = :id", id=first)[0][0])
    world.open(first, opener, world.now - MINUTE)
    world.sql("UPDATE facts SET decision = NULL WHERE org_id = :org")  # as after a change of matches
    assert world.night().closes
    assert standing(world) == standing_of(world, second)
    reasons = world.sql("SELECT decision, reason, count(*) FROM facts WHERE message_id = :id GROUP BY 1, 2", id=first)
    assert reasons == [("filtered", "deleted from Salesforce", 9)]

    restore(world, number)
    assert before < standing(world)
    assert len(standing(world)) == len(before) + 1  # and the late open
    assert world.night().of("Written") == {}


STOPS = (
    "rows marked",
    "row set committed",
    "bulk job created",
    "bulk job committed",
    "upload complete",
    "successes settled",
    "bulk job settled",
)


def test_a_crash_anywhere_loses_nothing_and_a_night_in_between_brings_nothing_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delete_jobs, "FEW", 0)
    monkeypatch.setattr(delete_jobs, "ROWS", 3)
    messages = [crowd(world, 2, f"Crowd {place}") for place, _ in enumerate(STOPS)]
    last = crowd(world, 1, "Last")
    world.night()
    for stop, message in zip(STOPS, messages, strict=True):
        number = order(world, Scope(message_id=message))

        def crash(point: str, at: str = stop) -> None:
            if point == at:
                raise Crash

        with pytest.raises(Crash), night_of(world, deletion_of(number), crash) as night:
            run_deletion(night, number)
        assert world.night().closes
        for _again in range(2):
            with night_of(world, deletion_of(number)) as night:
                assert run_deletion(night, number)
        end(world, deletion_of(number))
        assert receipt(world, number) == {"Sent": 2, "Opened": 2}, stop
        assert str(message) not in {row["Message_Id__c"] for row in world.rows()}, stop
    assert {row["Message_Id__c"] for row in world.rows()} == {str(last)}


def test_a_row_whose_answer_was_lost_is_found_in_salesforce_and_deleted_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = crowd(world, 2)

    def crash(point: str) -> None:
        if point == "collections answered":
            raise Crash

    with pytest.raises(Crash):
        world.night(crash)
    assert len(world.rows()) == 4
    assert world.sql("SELECT count(*) FROM placements WHERE salesforce_id IS NOT NULL") == [(0,)]
    number = delete(world, Scope(message_id=message))
    assert world.rows() == []
    assert receipt(world, number) == {"Sent": 2, "Opened": 2}


def test_rows_that_salesforce_keeps_are_shown_with_its_reason_and_tried_again_when_asked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delete_jobs, "FEW", 0)
    message = crowd(world, 2)
    world.night()
    number = order(world, Scope(message_id=message))
    world.delete(world.rows()[0]["Id"])  # somebody did so in Salesforce: as good as deleted
    monkeypatch.setattr("connector.store.deletion_rows.AGAIN", ())
    world.switches.set("lock_storm", times=1)
    with night_of(world, deletion_of(number)) as night:
        assert not run_deletion(night, number)
    end(world, deletion_of(number))
    with world.services.database.read() as connection:
        ((_, _, code, _, rows),) = deletion_rows.rejected(connection, number, 10)
    assert (code, rows) == ("UNABLE_TO_LOCK_ROW", 1)
    with night_of(world, deletion_of(number)) as night:
        assert run_deletion(night, number)
    assert world.rows() == []
    assert sum(receipt(world, number).values()) == 4


def test_what_two_deletions_bury_comes_back_with_neither_alone(world: World) -> None:
    first, second = crowd(world, 2, "First"), crowd(world, 2, "Second")
    world.night()
    whole = standing(world)
    person = next(row["Contact__c"] for row in world.rows())
    by_message = delete(world, Scope(message_id=first))
    by_person = delete(world, Scope(person_id=person))
    assert receipt(world, by_person) == {"Sent": 1, "Opened": 1}  # of the second message: the first is out already
    restore(world, by_message)
    assert standing(world) == {(key, found) for key, found in whole if found != person}
    restore(world, by_person)
    assert standing(world) == whole == standing_of(world, first) | standing_of(world, second)


SCOPES: dict[str, tuple[Callable[[int, int], Scope], set[str]]] = {
    "a kind": (lambda _, now: Scope(activity_group="Opened", before_at=now), {"Sent"}),
    "an age": (lambda _, now: Scope(before_at=now - 550 * MINUTE), {"Opened"}),
    "a run": (lambda run, _: Scope(run_id=run), set()),
    "another run": (lambda run, _: Scope(run_id=run + 1000), {"Sent", "Opened"}),
    "a list": (lambda _, __: Scope(object_name="Real_Magnet_Activity__c"), set()),
}


def test_each_kind_of_scope_takes_what_it_names_and_a_night_leaves_it_so(world: World) -> None:
    message = crowd(world, 1)
    run = world.night().run_id
    for name, (scope, left) in SCOPES.items():
        before = standing(world)
        number = delete(world, scope(run, world.now))
        assert set(world.standing()) == left, name
        world.sql("UPDATE facts SET decision = NULL WHERE message_id = :id", id=message)
        assert world.night().closes, name
        assert set(world.standing()) == left, name
        restore(world, number)
        assert standing(world) == before, name
        run = world.sql("SELECT max(run_id) FROM placements")[0][0]
        world.sql("UPDATE placements SET run_id = :run, outcome = 'Written'", run=run)


def test_a_list_that_is_cleared_may_be_filled_again(world: World) -> None:
    message = crowd(world, 2)
    world.night()
    before = standing(world)
    number = delete(world, Scope(object_name="Real_Magnet_Activity__c", activity_group="Opened"), tombstone=False)
    assert set(world.standing()) == {"Sent"}
    assert receipt(world, number) == {"Opened": 2}
    assert world.sql("SELECT count(*) FROM placements WHERE deletion_id IS NOT NULL") == [(0,)]
    world.sql("UPDATE facts SET decision = NULL WHERE message_id = :id", id=message)
    assert world.night().closes
    assert standing(world) == before
