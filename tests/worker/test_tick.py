"""The tick starts what is due and what was lost, once, however many ticks there are."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import text

from connector import clock, queues
from connector.errors import Misconfigured
from connector.model.audience import Source, SourceKind
from connector.model.lists import HISTORY_OBJECT
from connector.model.runs import RunState, Trigger, upload_of
from connector.model.uploads import Definition, How, Target
from connector.store import attempts, audiences, budget_retention, claims, leases, schedule, upload_terms
from connector.store.audiences import AudienceRow
from connector.store.claims import Asked
from connector.store.ledger import messages
from connector.store.placements import placements
from tests.worker.conftest import BACK_ENDS, House
from tools.redis_server import RedisServer
from worker.tick import Tick

pytestmark = pytest.mark.parametrize("back_end", BACK_ENDS, indirect=True)


@pytest.fixture
def tick(house: House) -> Tick:
    return Tick(house.settings, house.database, house.redis)


def jobs(house: House) -> list[str]:
    return queues.queue(house.redis, "nights").get_job_ids()


def due(house: House, ago: timedelta) -> None:
    with house.database.write() as connection:
        schedule.plan(connection, house.org, enabled=True, local_time="02:00", zone="Europe/Athens")
        at = clock.milliseconds(clock.now() - ago)
        connection.execute(text("UPDATE nights SET next_run_at = :at"), {"at": at})


def change(house: House, values: str) -> None:
    with house.database.write() as connection:
        connection.exec_driver_sql(f"UPDATE runs SET {values}")  # noqa: S608  # a test's own words


@pytest.mark.parametrize(
    ("ago", "trigger"), [(1, Trigger.SCHEDULE), (3 * 60, Trigger.CATCH_UP), (9999, Trigger.CATCH_UP)]
)
def test_a_night_that_is_due_begins_once(house: House, tick: Tick, ago: int, trigger: Trigger) -> None:
    due(house, timedelta(minutes=ago))
    tick()
    tick()
    (run,) = house.all_runs()
    assert (run["trigger"], run["state"], run["attempts"]) == (trigger, RunState.QUEUED, 1)
    assert jobs(house) == ["run-1-1"]


def test_many_ticks_at_once_begin_one_run(house: House) -> None:
    due(house, timedelta(minutes=1))
    ticks = [Tick(house.settings, house.database, house.redis) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(one) for one in ticks]:
            done.result()
    assert len(house.all_runs()) == 1
    assert jobs(house) == ["run-1-1"]


def test_a_new_org_waits_for_its_first_time(house: House, tick: Tick) -> None:
    tick()
    with house.database.read() as connection:
        night = schedule.night(connection, house.org)
    assert night is not None
    assert night.next_run_at is not None
    assert night.next_run_at > clock.now()
    assert house.all_runs() == []


def test_a_night_that_is_off_does_not_begin(house: House, tick: Tick) -> None:
    due(house, timedelta(minutes=1))
    with house.database.write() as connection:
        assert schedule.plan(connection, house.org, enabled=False, local_time="02:00", zone="UTC") is None
    tick()
    assert house.all_runs() == []


def test_a_zone_that_is_none_stops_nobody_else(house: House, tick: Tick) -> None:
    from connector.store import orgs

    with house.database.write() as connection:
        orgs.create(connection, "00D000000000002AAA", "Another", "sealed")
    due(house, timedelta(minutes=1))
    with house.database.write() as connection:
        connection.exec_driver_sql("UPDATE nights SET zone = 'Mars/Olympus' WHERE org_id = 1")
    tick()
    assert [run["org_id"] for run in house.all_runs()] == [2]


def test_a_night_is_never_planned_in_a_zone_that_is_none(house: House) -> None:
    with house.database.write() as connection, pytest.raises(Misconfigured):
        schedule.plan(connection, house.org, enabled=True, local_time="02:00", zone="Mars/Olympus")


def test_a_run_under_way_does_the_work_of_the_night_that_falls_due(house: House, tick: Tick) -> None:
    asked = house.ask()
    due(house, timedelta(minutes=1))
    tick()
    assert [run["id"] for run in house.all_runs()] == [asked.run_id]


def test_a_job_that_waits_in_its_queue_is_left_there(house: House, tick: Tick) -> None:
    house.ask()
    change(house, "enqueued_at = 0")
    tick()
    assert jobs(house) == ["run-1-1"]


def test_a_job_that_redis_forgot_is_enqueued_again(house: House, tick: Tick, redis_server: RedisServer) -> None:
    house.ask()
    redis_server.lose()
    redis_server.start()
    change(house, "enqueued_at = 0")
    tick()
    tick()
    assert jobs(house) == ["run-1-2"]


def test_a_job_just_enqueued_is_given_time_to_arrive(house: House, tick: Tick) -> None:
    with house.database.write() as connection:
        claims.claim(connection, house.org, Asked(Trigger.HAND))
    tick()
    assert jobs(house) == []


def test_a_running_run_is_revived_only_when_nobody_holds_its_org(house: House, tick: Tick) -> None:
    house.ask()
    house.redis.flushall()
    change(house, "state = 'Running'")
    lease = leases.acquire(house.database, house.org, "somebody", 30)
    assert lease is not None
    tick()
    assert jobs(house) == []
    leases.release(house.database, lease)
    tick()
    tick()
    assert jobs(house) == ["run-1-2"]
    assert (house.row(1)["state"], house.row(1)["interruptions"]) == (RunState.QUEUED, 1)


def test_one_of_two_ticks_revives_a_run(house: House) -> None:
    house.ask()
    change(house, "state = 'Running'")
    with house.database.read() as connection:
        (found,) = attempts.waiting(connection, timedelta(0))
    assert attempts.requeue(house.database, found) == 2
    assert attempts.requeue(house.database, found) is None


def test_a_run_put_off_goes_on_at_its_time(house: House, tick: Tick) -> None:
    house.ask()
    house.redis.flushall()
    later = clock.milliseconds(clock.now() + timedelta(minutes=5))
    change(house, f"retry_at = {later}, enqueued_at = 0")
    tick()
    assert jobs(house) == []
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        tick()
    assert jobs(house) == ["run-1-2"]


def test_a_paused_run_goes_on_at_its_time_or_when_a_person_says_so(house: House, tick: Tick) -> None:
    house.ask()
    house.redis.flushall()
    later = clock.milliseconds(clock.now() + timedelta(minutes=5))
    change(house, f"state = 'Paused', retry_at = {later}")
    tick()
    assert jobs(house) == []
    assert house.ask() == claims.Claim(1, 2, fresh=True)
    assert jobs(house) == ["run-1-2"]
    change(house, "state = 'Paused', retry_at = 1")
    tick()
    assert jobs(house) == ["run-1-2", "run-1-3"]


def test_a_run_that_kills_its_workers_again_and_again_fails(house: House, tick: Tick) -> None:
    house.ask()
    change(house, f"interruptions = {attempts.MOST_INTERRUPTIONS}")
    tick()
    row = house.row(1)
    assert row["state"] == RunState.FAILED
    assert row["advice"]


def test_while_redis_is_away_the_night_is_begun_and_enqueued_later(
    house: House, tick: Tick, redis_server: RedisServer
) -> None:
    due(house, timedelta(minutes=1))
    redis_server.stop()
    tick.begin_due_nights()
    assert len(house.all_runs()) == 1
    redis_server.start()
    change(house, "enqueued_at = 0")
    tick()
    assert jobs(house) == ["run-1-2"]


@pytest.mark.parametrize(("state", "left"), [(RunState.FAILED, 0), (RunState.CANCELLED, 0), (RunState.HELD, 2)])
def test_rows_as_they_travel_are_forgotten_once_their_run_is_over(
    house: House, tick: Tick, state: RunState, left: int
) -> None:
    definition = Definition(Source(SourceKind.CAMPAIGN), Target(7, "Members", How.ADD), (), ())
    with house.database.write() as connection:
        run_id = claims.claim(connection, house.org, Asked(Trigger.RUN_NOW), upload_of(1, 7)).run_id
        upload_terms.keep(connection, run_id, definition)
        upload_terms.note_read(connection, run_id)
        audiences.add(connection, run_id, [AudienceRow(place, "", "", "", "", "", "", "line") for place in (1, 2)])
    change(house, f"state = '{state}'")
    tick()
    with house.database.read() as connection:
        assert len(audiences.samples(connection, run_id)) == left
        assert connection.execute(text("SELECT has_lines FROM upload_terms")).scalar_one() == bool(left)


def test_runs_that_are_kept_no_longer_go_and_the_last_night_stays(house: House, tick: Tick) -> None:
    run_id = 0
    for _ in range(2):
        with house.database.write() as connection:
            run_id = claims.claim(connection, house.org, Asked(Trigger.HAND)).run_id
            upload_terms.keep(
                connection, run_id, Definition(Source(SourceKind.CAMPAIGN), Target(7, "", How.ADD), (), ())
            )
        change(house, "state = 'Completed', ended_at = 1")
    tick()
    assert [run["id"] for run in house.all_runs()] == [run_id]
    with house.database.read() as connection:
        assert list(connection.execute(text("SELECT run_id FROM upload_terms")).scalars()) == [run_id]


def test_what_is_kept_no_longer_is_deleted_once(house: House, tick: Tick) -> None:
    with house.database.write() as connection:
        budget_retention.choose(connection, house.org, {"Sent": 30})
        row = {"org_id": house.org, "object": HISTORY_OBJECT, "activity_group": "Sent", "run_id": 0, "state": "written"}
        for number, sent in ((7, 1), (8, clock.milliseconds(clock.now()))):
            connection.execute(messages.insert().values(org_id=house.org, id=number, name="x", last_sent=sent))
            values = {"external_key": f"{number}", "message_id": number, "person_id": "", "salesforce_id": f"a{number}"}
            connection.execute(placements.insert().values(**row, **values))
    tick()
    tick()
    (run,) = house.all_runs()
    assert (run["kind"], run["trigger"], run["state"]) == ("deletion", Trigger.RETENTION, RunState.QUEUED)
    assert jobs(house) == ["run-1-1"]
