"""A single activity that is off brings no row of its own; what stands goes on telling."""

from connector.store import codes_off
from sandbox.realmagnet.kinds import EmailStatus
from tests.connector.activity.world import World


def leave_out(world: World, **off: set[str]) -> None:
    with world.services.database.write() as connection:
        codes_off.choose(connection, world.org_id, off)


def send(world: World, number: int, message: int, status: int, **more: int) -> None:
    world.person(f"person{number}@example.org")
    world.send(message, world.recipient(f"person{number}@example.org"), world.now - 3_600_000, status, **more)


def test_it_brings_no_row_and_the_books_close(world: World) -> None:
    message = world.message(hours_ago=2)
    send(world, 1, message, EmailStatus.Delivered)
    send(world, 2, message, EmailStatus.SB)
    leave_out(world, Sent={"Delivered"})
    done = world.night()
    assert done.closes
    assert [row["Activity__c"] for row in world.rows()] == ["Soft Bounce"]
    assert done.of("Filtered") == {"Sent": 1}


def test_a_row_that_stands_goes_on_telling(world: World) -> None:
    message = world.message(hours_ago=2)
    send(world, 1, message, EmailStatus.Delivered, result_at=world.now + 3_600_000)
    leave_out(world, Sent={"Delivered"})
    world.night()
    assert [row["Activity__c"] for row in world.rows()] == ["In Progress"]
    world.later(24)
    assert world.night().closes
    assert [row["Activity__c"] for row in world.rows()] == ["Delivered"]
