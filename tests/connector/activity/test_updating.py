"""Update now and back-fill: read beside a night, by the night's own calls and keys, and written right after."""

import pytest

from connector import bootstrap
from connector.activity import backfill, nightly, updating
from connector.errors import NeedsDecision, NotFound
from connector.model.runs import NEWLY_FOUND, OF_THE_PERSON, WRITE, RunState, Subject, Trigger, backfill_of, update_of
from connector.model.scope import Scope
from connector.store import afterwards, attempts, claims, leases, runs, scopes
from connector.store.claims import Asked
from tests.connector.activity.world import HOUR, YEAR, Hook, HookedNight, World

DAY = 24 * HOUR


def claim(world: World, scope: Scope | None, subject: Subject | None = None) -> int:
    """A run of an update of this scope, or of another subject."""
    with world.services.database.write() as connection:
        made = subject or update_of(scopes.keep(connection, world.org_id, scope or Scope()))
        return claims.claim(connection, world.org_id, Asked(Trigger.UPDATE), made).run_id


def perform(world: World, run_id: int, scope: Scope | None, hook: Hook | None = None) -> None:
    """Carry a run out as a worker does, up to its end."""
    with world.services.database.write() as connection:
        run = runs.get(connection, run_id)
        assert run is not None
        attempts.begin(connection, run_id)
    lease = leases.acquire(world.services.database, world.org_id, f"test {run_id}", YEAR, str(run["lease"]))
    assert lease is not None
    with bootstrap._night(world.services, run_id, lease) as plain:  # the same as a worker's
        night = HookedNight(plain.settings, plain.database, run_id, lease, plain.salesforce, plain.realmagnet)
        night.hook = hook or night.hook
        try:
            if run["kind"] == "update":
                updating.run_update(night, scope or Scope())
            elif run["kind"] == "back-fill":
                backfill.run_backfill(night, scope or Scope())
            else:
                nightly.run_write(night)
        finally:
            leases.release(world.services.database, lease)
    world.end(run_id, RunState.COMPLETED)


def update(world: World, scope: Scope) -> int:
    run_id = claim(world, scope)
    perform(world, run_id, scope)
    return run_id


def follow(world: World, run_id: int) -> int | None:
    """The write that follows a run, carried out; None where none does."""
    with world.services.database.write() as connection:
        found = afterwards.claim_write(connection, run_id)
    if found is None:
        return None
    perform(world, found.run_id, None)
    return found.run_id


def keys(world: World) -> list[tuple[object, ...]]:
    return world.sql("SELECT key, activity, occurred_at FROM facts WHERE org_id = :org ORDER BY key")


def new(world: World, run_id: int, kind: str) -> int:
    with world.services.database.read() as connection:
        return runs.counts(connection, run_id).get(kind, {}).get(NEWLY_FOUND, 0)


@pytest.fixture
def scene(world: World) -> tuple[int, int, str]:
    """An old message that nights look at once a week only, with one recipient who is a Contact."""
    person = world.person("ada@example.org")
    who = world.recipient("ada@example.org")
    message = world.message("Old", hours_ago=40 * 24, urls=("https://example.org/a",))
    world.send(message, who, world.now - 40 * DAY)
    return message, who, person


def test_an_update_of_a_message_finds_at_once_what_nights_would_look_for_in_a_week(
    world: World, scene: tuple[int, int, str]
) -> None:
    message, who, _person = scene
    world.night()
    world.open(message, who, world.now - HOUR)
    world.click(message, who, world.now - HOUR)
    world.event(message, 6, who, world.now - HOUR)
    run_id = update(world, Scope(message_id=message))
    assert [new(world, run_id, kind) for kind in ("Opened", "Clicked", "Unsubscribed", "Sent")] == [1, 1, 1, 0]
    assert len(world.rows()) == 1, "an update writes nothing itself"
    assert follow(world, run_id)
    assert world.standing() == {"Sent": 1, "Opened": 1, "Clicked": 1, "Unsubscribed": 1}
    held = keys(world)
    world.later(8 * 24)
    assert world.night().of("Written") == {}
    assert keys(world) == held, "the night has other keys for the same things"


def test_an_update_that_finds_nothing_is_followed_by_nothing(world: World, scene: tuple[int, int, str]) -> None:
    world.night()
    assert follow(world, update(world, Scope(message_id=scene[0]))) is None


def test_a_message_that_is_not_there_is_said_not_to_be(world: World) -> None:
    with pytest.raises(NotFound, match="no such message"):
        update(world, Scope(message_id=1))


@pytest.mark.parametrize("how", ["address", "short id", "by fax"])
def test_an_update_of_a_person_whom_no_night_has_seen(world: World, how: str) -> None:
    world.night()
    person = world.person("new@example.org")
    who = world.recipient("new@example.org") if how == "address" else world.recipient("x@example.net", person[:15])
    message = world.message("Sent just now", hours_ago=1, fax=how == "by fax")
    (world.fax if how == "by fax" else world.send)(message, who, world.now - HOUR)
    run_id = update(world, Scope(person_id=person))
    assert new(world, run_id, OF_THE_PERSON) == 1
    assert world.sql("SELECT person_id FROM matches WHERE org_id = :org") == [(person,)], "the panel shows it at once"
    follow(world, run_id)
    assert [row["Contact__c"] for row in world.rows()] == [person]


def test_what_an_update_finds_while_a_night_writes_is_there_when_both_are_over(
    world: World, scene: tuple[int, int, str]
) -> None:
    message, who, _person = scene
    ran: list[int] = []

    def meanwhile(point: str) -> None:
        if point == "decided" and not ran:
            world.open(message, who, world.now - HOUR)
            ran.append(update(world, Scope(message_id=message)))

    world.night(meanwhile)
    follow(world, ran[0])
    assert world.standing() == {"Sent": 1, "Opened": 1}


def test_who_a_slow_back_fill_reads_after_a_later_night_has_matched_is_matched_all_the_same(world: World) -> None:
    """The back-fill's number is older than the night's; it writes between the night's matching and its deciding."""
    person = world.person("ada@example.org")
    world.night()
    old = world.message("Old", hours_ago=200 * 24)
    world.send(old, world.recipient("ada@example.org"), world.now - 200 * DAY)
    scope = Scope(from_at=world.now - 210 * DAY, before_at=world.now - 190 * DAY)
    with world.services.database.write() as connection:
        subject = backfill_of(scopes.keep(connection, world.org_id, scope))
    slow = claim(world, None, subject)
    with pytest.raises(NeedsDecision, match="1 messages with 1 activities: up to 1 new rows"):
        perform(world, slow, scope)
    world.sql("UPDATE runs SET approved = 1 WHERE id = :id", id=slow)

    def meanwhile(point: str) -> None:
        if point == "matched":
            perform(world, slow, scope)

    night = world.night(meanwhile)
    assert slow < night.run_id
    assert world.rows() == []
    assert follow(world, slow)
    assert [row["Contact__c"] for row in world.rows()] == [person]


def test_a_back_fill_brings_what_was_kept_out_while_its_kind_was_off(world: World, scene: tuple[int, int, str]) -> None:
    world.sql("UPDATE kind_choices SET selected = 0 WHERE org_id = :org AND activity_group = 'Sent'")
    world.night()
    assert world.rows() == []
    world.sql("UPDATE kind_choices SET selected = 1 WHERE org_id = :org")
    scope = Scope(from_at=world.now - 50 * DAY, before_at=world.now - 30 * DAY)
    with world.services.database.write() as connection:
        subject = backfill_of(scopes.keep(connection, world.org_id, scope))
    run_id = claim(world, None, subject)
    with pytest.raises(NeedsDecision, match="up to 1 new rows"):
        perform(world, run_id, scope)
    world.sql("UPDATE runs SET approved = 1 WHERE id = :id", id=run_id)
    perform(world, run_id, scope)
    follow(world, run_id)
    assert world.standing() == {"Sent": 1}
    with pytest.raises(NeedsDecision, match="up to 0 new rows"):
        perform(world, claim(world, None, subject), scope)


def test_a_write_that_others_overtook_is_followed_by_another(world: World, scene: tuple[int, int, str]) -> None:
    world.night()
    written = claim(world, None, WRITE)
    perform(world, written, None)
    assert follow(world, written) is None
    world.sql("UPDATE facts SET decision = NULL WHERE org_id = :org")
    assert follow(world, written) is not None


def test_a_channel_found_beside_a_night_is_still_asked_about_after_it(world: World) -> None:
    for name in ("First", "Second"):
        message, who = world.message(name), world.recipient(f"{name}@example.org")
        world.send(message, who, world.now - HOUR)

    points: list[str] = []

    def fax_beside(point: str) -> None:
        points.append(point)
        if point == "message collected" and points.count(point) == 1:
            world.sql("UPDATE messages SET channels = 'E-mail,Fax' WHERE org_id = :org")

    world.night(fax_beside)
    found = world.sql("SELECT count(*) FROM messages WHERE channels = 'E-mail,Fax'")
    assert found == [(2,)]
