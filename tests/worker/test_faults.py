"""Whatever is killed, a run is done once and done whole."""

import signal
import time
from datetime import timedelta

import pytest

from connector import clock
from connector.model.runs import RunState
from connector.store import claims, schedule
from tests.worker.conftest import LEASE, TICK, House
from tools.processes import wait_until
from tools.redis_server import RedisServer

pytestmark = pytest.mark.faults

SLACK = 10
"""Seconds that a busy machine may take for starting a process; the queue's own clean-up takes more than a minute."""
ALL_STEPS = list(range(1, 21))


def test_two_workers_and_two_ticks_make_one_run_of_a_night(house: House) -> None:
    for name in ("one", "two"):
        house.worker(f"worker-{name}")
    with house.database.write() as connection:
        schedule.plan(connection, house.org, enabled=True, local_time="02:00", zone="UTC")
        connection.exec_driver_sql("UPDATE nights SET next_run_at = 1")
    for name in ("one", "two"):
        house.tick(f"tick-{name}")
    wait_until("a run", lambda: bool(house.all_runs()))
    house.ask()
    house.wait_for(house.all_runs()[0]["id"])
    time.sleep(3 * TICK)
    assert [(run["state"], run["trigger"]) for run in house.all_runs()] == [(RunState.COMPLETED, "Catch-up")]
    assert house.steps(1) == ALL_STEPS
    assert len({pid for _, pid, _ in house.told()}) == 1


def test_a_run_whose_job_redis_lost_is_asked_for_again(house: House, redis_server: RedisServer) -> None:
    run_id = house.ask().run_id
    redis_server.lose()
    redis_server.start()
    house.tick()
    house.worker()
    row = house.wait_for(run_id)
    assert row["attempts"] == 2
    assert house.steps(run_id) == ALL_STEPS


def test_redis_lost_under_a_running_run_changes_nothing(house: House, redis_server: RedisServer) -> None:
    house.worker()
    house.tick()
    run_id = house.ask_and_hold()
    redis_server.lose()
    redis_server.start()
    house.let_go()
    house.wait_for(run_id)
    assert house.steps(run_id) == ALL_STEPS


def test_a_killed_horse_is_followed_within_the_lease_and_a_tick(house: House) -> None:
    worker = house.worker()
    house.tick()
    run_id = house.ask_and_hold()
    (horse,) = worker.horses()
    horse.kill()
    killed = time.monotonic()
    wait_until("another horse", lambda: len({pid for _, pid, _ in house.told()}) == 2)
    assert time.monotonic() - killed < LEASE + TICK + SLACK
    house.let_go()
    row = house.wait_for(run_id)
    assert row["interruptions"] == 1
    assert house.steps(run_id) == ALL_STEPS


def test_a_worker_killed_with_its_horse_is_followed_by_another(house: House) -> None:
    worker = house.worker()
    house.tick()
    run_id = house.ask_and_hold()
    worker.kill()
    house.let_go()
    house.worker("worker-two")
    house.wait_for(run_id)
    assert house.steps(run_id) == ALL_STEPS


def test_a_horse_that_outlives_its_worker_finishes_alone(house: House) -> None:
    worker = house.worker()
    house.tick()
    run_id = house.ask_and_hold()
    worker.signal(signal.SIGKILL)
    house.worker("worker-two")
    time.sleep(LEASE + TICK)
    house.let_go()
    house.wait_for(run_id)
    assert house.steps(run_id) == ALL_STEPS
    assert len({pid for _, pid, _ in house.told()}) == 1


def test_a_holder_that_sleeps_too_long_wakes_up_to_nothing(house: House) -> None:
    sleeper = house.worker("sleeper")
    run_id = house.ask_and_hold()
    (horse,) = sleeper.horses()
    for process in sleeper.family():
        process.suspend()
    house.let_go()
    house.worker("other")
    house.tick()
    house.wait_for(run_id)
    before = (house.row(run_id), house.told())
    for process in sleeper.family():
        process.resume()
    wait_until("the sleeper to give up", lambda: "run.left_to_resume" in sleeper.log.read_text())
    assert '"LeaseLost"' in sleeper.log.read_text()
    assert (house.row(run_id), house.told()) == before
    assert sorted(house.steps(run_id)) == ALL_STEPS
    assert {pid for _, pid, _ in house.told()} > {horse.pid}


def test_sigterm_leaves_a_run_that_another_worker_resumes_at_once(house: House) -> None:
    first = house.worker("first")
    run_id = house.ask_and_hold()
    started = time.monotonic()
    first.stop()
    assert time.monotonic() - started < SLACK
    assert first.popen.returncode == 0
    assert house.row(run_id)["state"] == RunState.RUNNING
    house.let_go()
    house.tick()
    house.worker("second")
    house.wait_for(run_id)
    assert house.steps(run_id) == ALL_STEPS


def test_a_running_run_stops_when_a_person_asks(house: House) -> None:
    house.worker()
    run_id = house.ask_and_hold()
    with house.database.write() as connection:
        assert claims.request_cancel(connection, run_id)
    house.let_go()
    row = house.wait_for(run_id, RunState.CANCELLED)
    assert row["ended_at"] is not None
    assert max(house.steps(run_id)) < 20


def test_the_next_night_follows_from_the_clock_not_from_the_missed_one(house: House) -> None:
    with house.database.write() as connection:
        schedule.plan(connection, house.org, enabled=True, local_time="02:00", zone="UTC")
        connection.exec_driver_sql("UPDATE nights SET next_run_at = 1")
    house.tick()
    wait_until("a run", lambda: bool(house.all_runs()))
    with house.database.read() as connection:
        night = schedule.night(connection, house.org)
    assert night is not None
    assert night.next_run_at is not None
    assert clock.now() < night.next_run_at <= clock.now() + timedelta(days=1)
