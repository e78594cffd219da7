"""Deletion and restore over a small world: receipts, tombstones, crashes, and who else touches the same rows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from connector.activity import deleting
from connector.activity.deleting import run_deletion
from connector.activity.nightly import run_write
from connector.model.runs import WRITE, Subject, Trigger, deletion_of
from connector.model.scope import Scope
from connector.store import attempts, claims, deletion_receipts, deletion_scopes, deletions, leases
from connector.store.claims import Asked
from tests.connector.activity.world import MINUTE, YEAR, Hook, HookedNight, World


class Crash(Exception):
    """As if the process had died here."""


@contextmanager
def night_of(world: World, subject: Subject, hook: Hook | None = None) -> Iterator[HookedNight]:
    """One attempt at a run of this subject."""
    found = world.services
    lease = leases.acquire(found.database, world.org_id, "test", YEAR)
    assert lease is not None
    with found.database.write() as connection:
        run_id = claims.claim(connection, world.org_id, Asked(Trigger.DELETE), subject).run_id
        attempts.begin(connection, run_id)
    night = HookedNight(
        found.settings, found.database, run_id, lease, found.salesforce(world.org_id), found.realmagnet(world.org_id)
    )
    night.hook = hook or night.hook
    try:
        yield night
    finally:
        night.salesforce.close()
        night.realmagnet.close()
        leases.release(found.database, lease)


def end(world: World, subject: Subject) -> None:
    world.sql(
        "UPDATE runs SET state = 'Completed' WHERE org_id = :org AND kind = :kind AND state IN ('Queued', 'Running')",
        kind=str(subject.kind),
    )


def order(world: World, scope: Scope, *, tombstone: bool = True) -> int:
    with world.services.database.write() as connection:
        kinds = deletion_scopes.counted(connection, world.org_id, scope)
        expected = sum(kind.rows for kind in kinds)
        return deletions.order(connection, world.org_id, scope, None, tombstone=tombstone, expected=expected)


def delete(world: World, scope: Scope, *, tombstone: bool = True) -> int:
    number = order(world, scope, tombstone=tombstone)
    with night_of(world, deletion_of(number)) as night:
        assert run_deletion(night, number)
    end(world, deletion_of(number))
    return number


def restore(world: World, number: int) -> None:
    with world.services.database.write() as connection:
        assert deletions.restore(connection, world.org_id, number, None)
    write(world)


def write(world: World) -> None:
    with night_of(world, WRITE) as night:
        run_write(night)
    end(world, WRITE)


def receipt(world: World, number: int) -> dict[str, int]:
    with world.services.database.read() as connection:
        return {group: count for _, group, count in deletion_receipts.by_kind(connection, number)}


def standing(world: World) -> set[tuple[str, str]]:
    return {(row["External_Key__c"], row["Contact__c"]) for row in world.rows()}


def crowd(world: World, many: int) -> tuple[int, int, list[int]]:
    """Two messages to the same people, the first opened by everybody; answers both and the recipients."""
    first, second = world.message("First"), world.message("Second")
    people: list[int] = []
    for number in range(many):
        world.person(f"p{number}@example.org")
        people.append(world.recipient(f"p{number}@example.org"))
        for message in (first, second):
            world.send(message, people[-1], world.now - 600 * MINUTE)
        world.open(first, people[-1], world.now - 500 * MINUTE)
    return first, second, people


def test_a_message_goes_with_a_receipt_and_only_a_restore_brings_it_back(
    world: World, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deleting, "FEW", 0 if way == "bulk" else 200)
    first, second, people = crowd(world, 4)
    world.night()
    before = standing(world)
    number = delete(world, Scope(message_id=first))
    assert receipt(world, number) == {"Sent": 4, "Opened": 4}
    assert {row["Message_Id__c"] for row in world.rows()} == {str(second)}

    world.open(first, people[0], world.now - MINUTE)
    world.sql("UPDATE facts SET decision = NULL WHERE org_id = :org")
    after = world.night()
    assert after.closes
    assert {row["Message_Id__c"] for row in world.rows()} == {str(second)}
    reasons = world.sql("SELECT decision, reason, count(*) FROM facts WHERE message_id = :id GROUP BY 1, 2", id=first)
    assert reasons == [("filtered", "deleted from Salesforce", 9)]

    restore(world, number)
    assert before <= standing(world)
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


@pytest.mark.parametrize("stop", STOPS)
def test_a_crash_anywhere_loses_nothing_and_a_night_in_between_brings_nothing_back(
    world: World, monkeypatch: pytest.MonkeyPatch, stop: str
) -> None:
    monkeypatch.setattr(deleting, "FEW", 0)
    first, second, _ = crowd(world, 2)
    world.night()
    number = order(world, Scope(message_id=first))

    def crash(point: str) -> None:
        if point == stop:
            raise Crash

    with pytest.raises(Crash), night_of(world, deletion_of(number), crash) as night:
        run_deletion(night, number)
    assert world.night().closes
    for _again in range(2):
        with night_of(world, deletion_of(number)) as night:
            assert run_deletion(night, number)
    end(world, deletion_of(number))
    assert receipt(world, number) == {"Sent": 2, "Opened": 2}
    assert {row["Message_Id__c"] for row in world.rows()} == {str(second)}
