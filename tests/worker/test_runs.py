"""An org has one unfinished run, whoever asks for it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import IntegrityError

from connector.model.runs import RunState, Trigger
from connector.store import attempts, claims, leases, runs
from connector.store.claims import Asked, Claim
from connector.store.database import Database
from tests.worker.conftest import BACK_ENDS

pytestmark = pytest.mark.parametrize("back_end", BACK_ENDS, indirect=True)


def claim(database: Database, org: int) -> Claim:
    with database.write() as connection:
        return claims.claim(connection, org, Asked(Trigger.HAND))


def state(database: Database, run_id: int) -> str:
    with database.read() as connection:
        row = runs.get(connection, run_id)
    assert row is not None
    return row["state"]


def test_of_many_who_ask_at_once_one_starts_the_run(database: Database, org: int) -> None:
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda _: claim(database, org), range(16)))
    assert {found.run_id for found in claims} == {1}
    assert [found.fresh for found in claims].count(True) == 1


def test_the_store_itself_refuses_a_second_run(database: Database, org: int) -> None:
    claim(database, org)
    with pytest.raises(IntegrityError), database.write() as connection:
        runs.create(connection, org, Trigger.HAND)


def test_a_run_that_is_over_makes_room_for_another(database: Database, org: int) -> None:
    first = claim(database, org)
    with database.write() as connection:
        assert attempts.begin(connection, first.run_id)
        attempts.end(connection, first.run_id, RunState.FAILED)
    assert claim(database, org) == Claim(first.run_id + 1, 1, fresh=True)


def test_a_run_that_nobody_began_is_cancelled_at_once(database: Database, org: int) -> None:
    run_id = claim(database, org).run_id
    with database.write() as connection:
        assert claims.request_cancel(connection, run_id)
        assert not attempts.begin(connection, run_id)
        assert not claims.request_cancel(connection, run_id)
    assert state(database, run_id) == RunState.CANCELLED


def test_a_run_that_was_begun_is_asked_to_stop(database: Database, org: int) -> None:
    run_id = claim(database, org).run_id
    with database.write() as connection:
        attempts.begin(connection, run_id)
        assert claims.request_cancel(connection, run_id)
        assert runs.cancel_requested(connection, run_id)
    assert state(database, run_id) == RunState.RUNNING


def test_a_lease_is_one_holders_until_it_runs_out(database: Database, org: int) -> None:
    first = leases.acquire(database, org, "one", 30)
    assert first is not None
    assert leases.acquire(database, org, "two", 30) is None
    assert leases.renew(database, first, -1)
    second = leases.acquire(database, org, "two", 30)
    assert second is not None
    assert second.fence > first.fence
    assert not leases.renew(database, first, 30)
    with pytest.raises(leases.LeaseLost), leases.fenced(database, first):
        pytest.fail("a former holder wrote")
