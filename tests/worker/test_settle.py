"""However the work ends, the run's row tells the truth, and nobody but the lease's holder writes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from rq.timeouts import JobTimeoutException
from sqlalchemy.exc import OperationalError

from connector import clock
from connector.errors import Cancelled, CredentialsRefused, LeaseLost, LimitReached, Temporary
from connector.model.runs import RunState, Trigger
from connector.settings import Settings
from connector.store import claims, leases, runs
from connector.store.claims import Asked
from connector.store.database import Database
from connector.store.leases import Lease
from tests.worker.conftest import BACK_ENDS
from worker.settle import FIRST_WAIT, MOST_FAILURES, carry_out
from worker.stopping import ShutDownImminent

pytestmark = pytest.mark.parametrize("back_end", BACK_ENDS, indirect=True)


@dataclass
class Found:
    settings: Settings
    database: Database


@dataclass
class Desk:
    """A run and the means to have it done."""

    database: Database
    run_id: int
    org: int
    lease_seconds: float = 30

    def do(self, ending: bool | BaseException) -> Mapping[str, Any]:
        def perform(_services: object, run_id: int, lease: Lease) -> bool:
            assert (run_id, lease.org_id) == (self.run_id, self.org)
            assert self.row["state"] == RunState.RUNNING
            if isinstance(ending, BaseException):
                raise ending
            return ending

        carry_out(Found(Settings(lease_seconds=self.lease_seconds), self.database), self.run_id, perform)  # type: ignore[arg-type]  # settle needs these two of the services
        return self.row

    @property
    def row(self) -> Mapping[str, Any]:
        with self.database.read() as connection:
            found = runs.get(connection, self.run_id)
        assert found is not None
        return found

    @property
    def held(self) -> bool:
        with self.database.read() as connection:
            return leases.held(connection, self.org)


@pytest.fixture
def desk(database: Database, org: int) -> Desk:
    with database.write() as connection:
        return Desk(database, claims.claim(connection, org, Asked(Trigger.HAND)).run_id, org)


@pytest.mark.parametrize(
    ("ending", "state", "reason"),
    [
        (True, RunState.COMPLETED, ""),
        (False, RunState.COMPLETED_WITH_ERRORS, ""),
        (Cancelled("Stopped by a person."), RunState.CANCELLED, "Stopped by a person."),
        (CredentialsRefused("Salesforce said no."), RunState.FAILED, "Salesforce said no."),
        (KeyError("x"), RunState.FAILED, "Something went wrong that nobody foresaw. Nothing that was written is lost."),
    ],
)
def test_work_that_ended_is_over(desk: Desk, ending: bool | BaseException, state: RunState, reason: str) -> None:
    row = desk.do(ending)
    assert (row["state"], row["reason"]) == (state, reason)
    assert row["started_at"] <= row["ended_at"]
    assert not desk.held


def test_a_failure_tells_what_to_do(desk: Desk) -> None:
    assert desk.do(CredentialsRefused("No.", advice="Connect again."))["advice"] == "Connect again."


def test_what_nobody_foresaw_shows_no_innards(desk: Desk) -> None:
    row = desk.do(ValueError("password=hunter2"))
    assert "hunter2" not in row["reason"] + row["advice"]
    assert str(desk.run_id) in row["advice"]


def test_a_spent_allowance_pauses_the_run_until_later(desk: Desk) -> None:
    row = desk.do(LimitReached("The daily calls are used up.", advice="Nothing: it goes on by itself."))
    assert (row["state"], row["reason"]) == (RunState.PAUSED, "The daily calls are used up.")
    assert row["retry_at"] > clock.milliseconds(clock.now()) + 60_000
    assert row["ended_at"] is None


@pytest.mark.parametrize("lost", [LeaseLost("gone"), ShutDownImminent(), JobTimeoutException()])
def test_work_that_must_stop_leaves_a_run_that_resumes(desk: Desk, lost: BaseException) -> None:
    row = desk.do(lost)
    assert (row["state"], row["ended_at"]) == (RunState.RUNNING, None)
    assert not desk.held


@pytest.mark.parametrize("error", [Temporary("Away."), OperationalError("select", {}, Exception("locked"))])
def test_a_temporary_error_is_tried_again_later_and_later_and_then_fails(desk: Desk, error: Exception) -> None:
    waits: list[int] = []
    for _ in range(MOST_FAILURES):
        row = desk.do(error)
        assert row["state"] == RunState.QUEUED
        waits.append(row["retry_at"] - clock.milliseconds(clock.now()))
    assert waits == sorted(waits)
    assert abs(waits[0] - FIRST_WAIT * 1000) < 5000
    row = desk.do(error)
    assert row["state"] == RunState.FAILED
    assert "tried 6 times" in row["reason"]
    assert row["advice"]


def test_the_vendor_says_how_long_to_wait(desk: Desk) -> None:
    row = desk.do(Temporary("Busy.", after=600))
    assert row["retry_at"] >= clock.milliseconds(clock.now()) + 590_000


def test_a_run_that_is_over_is_not_done_again(desk: Desk) -> None:
    desk.do(True)
    before = desk.row
    carry_out(Found(Settings(), desk.database), desk.run_id, lambda *_: pytest.fail("done again"))  # type: ignore[arg-type]  # as above
    assert desk.row == before


def test_a_run_that_does_not_exist_is_nobodys_work(desk: Desk) -> None:
    carry_out(Found(Settings(), desk.database), 999, lambda *_: pytest.fail("done"))  # type: ignore[arg-type]  # as above


def test_while_another_worker_holds_the_org_the_run_is_left_alone(desk: Desk) -> None:
    assert leases.acquire(desk.database, desk.org, "another", 30)
    carry_out(Found(Settings(), desk.database), desk.run_id, lambda *_: pytest.fail("done"))  # type: ignore[arg-type]  # as above
    assert desk.row["state"] == RunState.QUEUED


def test_a_late_holder_changes_nothing(desk: Desk) -> None:
    def perform(_services: object, _run_id: int, lease: Lease) -> bool:
        with desk.database.write() as connection:
            connection.exec_driver_sql("UPDATE leases SET expires_at = 0")
        assert leases.acquire(desk.database, desk.org, "another", 30)
        assert lease.lost.wait(5)
        return True

    desk.lease_seconds = 0.6
    carry_out(Found(Settings(lease_seconds=0.6), desk.database), desk.run_id, perform)  # type: ignore[arg-type]  # as above
    assert desk.row["state"] == RunState.RUNNING
    assert desk.held


def test_the_heart_keeps_the_lease_while_the_work_goes_on(desk: Desk) -> None:
    def perform(_services: object, _run_id: int, lease: Lease) -> bool:
        lease.lost.wait(1.5)
        return leases.acquire(desk.database, desk.org, "another", 30) is None

    carry_out(Found(Settings(lease_seconds=0.6), desk.database), desk.run_id, perform)  # type: ignore[arg-type]  # as above
    assert desk.row["state"] == RunState.COMPLETED
