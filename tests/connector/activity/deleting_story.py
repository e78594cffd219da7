"""Deletions, restores and writes over a small world, each as one attempt at a run."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from connector.activity.deleting import run_deletion
from connector.activity.nightly import run_write
from connector.model.runs import WRITE, Subject, Trigger, deletion_of
from connector.model.scope import Scope
from connector.store import attempts, claims, deletion_receipts, deletion_scopes, deletions, leases
from connector.store.claims import Asked
from tests.connector.activity.world import MINUTE, YEAR, Hook, HookedNight, World

KNOWN: dict[Path, dict[str, int]] = {}
"""The recipients of each world by address."""


class Crash(Exception):
    """As if the process had died here."""


@contextmanager
def night_of(world: World, subject: Subject, hook: Hook | None = None) -> Generator[HookedNight]:
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


def standing_of(world: World, message: int) -> set[tuple[str, str]]:
    return {(r["External_Key__c"], r["Contact__c"]) for r in world.rows() if r["Message_Id__c"] == str(message)}


def crowd(world: World, many: int, name: str = "First") -> int:
    """A message to so many people (the same for every message), each of whom opened it."""
    message, known = world.message(name), KNOWN.setdefault(world.folder, {})
    for number in range(many):
        email = f"p{number}@example.org"
        if email not in known:
            world.person(email)
            known[email] = world.recipient(email)
        world.send(message, known[email], world.now - 600 * MINUTE)
        world.open(message, known[email], world.now - 500 * MINUTE)
    return message
