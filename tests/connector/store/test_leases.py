"""One holder an org, and a late one writes nothing."""

import threading

import pytest
from sqlalchemy import text

from connector import clock
from connector.errors import LeaseLost
from connector.store import leases, people
from connector.store.database import Database
from connector.store.leases import Lease


class Hours:
    """Our clock, in hours that a test moves."""

    def __init__(self) -> None:
        self.milliseconds = 1_773_331_200_000

    def pass_seconds(self, seconds: float) -> None:
        self.milliseconds += int(seconds * 1000)


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> Hours:
    found = Hours()
    monkeypatch.setattr(clock, "now", lambda: clock.from_milliseconds(found.milliseconds))
    return found


def taken(database: Database, org_id: int, owner: str) -> Lease:
    found = leases.acquire(database, org_id, owner, 30)
    assert found is not None
    return found


def test_one_of_two_gets_it(database: Database, org_id: int, hours: Hours) -> None:
    taken(database, org_id, "first")
    assert leases.acquire(database, org_id, "second", 30) is None
    assert leases.acquire(database, org_id, "first", 30) is None  # an owner is a process's one attempt


def test_it_can_be_taken_once_it_ran_out_and_the_fence_grows(database: Database, org_id: int, hours: Hours) -> None:
    first = taken(database, org_id, "first")
    hours.pass_seconds(31)
    second = taken(database, org_id, "second")
    assert second.fence == first.fence + 1


def test_a_released_one_is_free_at_once(database: Database, org_id: int, hours: Hours) -> None:
    leases.release(database, taken(database, org_id, "first"))
    assert taken(database, org_id, "second").fence == 2


def test_renewing_keeps_it(database: Database, org_id: int, hours: Hours) -> None:
    lease = taken(database, org_id, "first")
    for _ in range(3):
        hours.pass_seconds(20)
        assert leases.renew(database, lease, 30)
    assert leases.acquire(database, org_id, "second", 30) is None


def test_the_former_holder_can_neither_renew_nor_release_nor_write(
    database: Database, org_id: int, hours: Hours
) -> None:
    first = taken(database, org_id, "first")
    hours.pass_seconds(31)
    second = taken(database, org_id, "second")
    assert not leases.renew(database, first, 30)
    leases.release(database, first)
    with pytest.raises(LeaseLost), leases.fenced(database, first) as connection:
        people.set_watermark(connection, org_id, "subject", "late")
    with leases.fenced(database, second) as connection:
        assert people.watermark(connection, org_id, "subject") is None


def test_the_same_owner_under_an_old_fence_is_late_too(database: Database, org_id: int, hours: Hours) -> None:
    first = taken(database, org_id, "same")
    hours.pass_seconds(31)
    taken(database, org_id, "same")
    with pytest.raises(LeaseLost), leases.fenced(database, first):
        pass


def test_a_holder_that_is_late_but_was_not_taken_over_goes_on(database: Database, org_id: int, hours: Hours) -> None:
    lease = taken(database, org_id, "first")
    hours.pass_seconds(300)
    with leases.fenced(database, lease) as connection:
        people.set_watermark(connection, org_id, "subject", "still mine")


def test_orgs_do_not_stand_in_each_others_way(database: Database, hours: Hours) -> None:
    assert {taken(database, number, "same").fence for number in (1, 2, 3)} == {1}


def test_of_many_who_try_at_once_one_gets_it(database: Database, org_id: int) -> None:
    start, found = threading.Barrier(8), list[Lease | None]()

    def attempt(number: int) -> None:
        start.wait()
        found.append(leases.acquire(database, org_id, f"worker {number}", 30))

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert sum(lease is not None for lease in found) == 1


def test_nobody_takes_over_between_the_look_and_the_write(database: Database, org_id: int, hours: Hours) -> None:
    lease = taken(database, org_id, "first")
    hours.pass_seconds(31)
    order = list[str]()

    def take_over() -> None:
        taken(database, org_id, "second")
        order.append("taken over")

    other = threading.Thread(target=take_over)
    with leases.fenced(database, lease) as connection:
        other.start()
        other.join(0.3)
        people.set_watermark(connection, org_id, "subject", "written")
        order.append("written")
    other.join()
    assert order == ["written", "taken over"]


def test_whether_it_is_held_is_told(database: Database, org_id: int, hours: Hours) -> None:
    with database.read() as connection:
        assert not leases.held(connection, org_id)
    taken(database, org_id, "first")
    with database.read() as connection:
        assert leases.held(connection, org_id)
        assert connection.execute(text("SELECT count(*) FROM leases")).scalar_one() == 1
    hours.pass_seconds(31)
    with database.read() as connection:
        assert not leases.held(connection, org_id)
