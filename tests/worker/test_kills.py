"""A real night on real protocols, killed and disturbed: it ends with the same rows as one that nobody disturbed."""

import json
import random
import sqlite3
import time
import urllib.request
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from connector.model.runs import RunState
from tools import independent
from tools.house import House, open_house, plan_on_free_ports
from tools.processes import Process, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

POINTS = (
    "people indexed",
    "message collected",
    "matched",
    "decided",
    "row set committed",
    "bulk job created",
    "bulk job committed",
    "uploaded",
    "upload complete",
    "successes settled",
    "bulk job settled",
    "reconciled",
)


@dataclass
class Scene:
    house: House
    orders: Path
    workers: int = 0

    def worker(self) -> Process:
        self.workers += 1
        environ = {**self.house.environ, "KILL_FOLDER": str(self.orders)}
        return self.house.processes.start(f"killed-{self.workers}", "tests.worker.killed_worker", environ=environ)

    def bad_day(self, kind: str, **options: object) -> None:
        body = json.dumps({"kind": kind, **options}).encode()
        request = urllib.request.Request(self.switches, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status in {200, 201}

    def bad_days_left(self) -> list[str]:
        with urllib.request.urlopen(self.switches, timeout=10) as answer:
            return [switch["kind"] for switch in json.load(answer)["switches"]]

    @property
    def switches(self) -> str:
        return f"{self.house.plan.salesforce_url}/_sandbox/switches"

    def bulk_jobs(self) -> list[str]:
        """The states of the bulk jobs at Salesforce, oldest first."""
        path = self.house.plan.data / "salesforce" / "org.db"
        statement = "SELECT state FROM sandbox_bulk_job WHERE job_type = 'V2Ingest' ORDER BY number"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as org:
            return [state for (state,) in org.execute(statement)]

    def see_through(self, run_id: int, disturb: Callable[[Process], None] | None = None) -> Mapping[str, object]:
        """Wait for the run to be over, with a new worker whenever one died."""
        worker = self.worker()
        deadline = time.monotonic() + 200
        while not RunState((row := self.house.row(run_id))["state"]).over:
            assert time.monotonic() < deadline, (dict(row), worker.last_words())
            if not worker.alive:
                self.house.processes.running.remove(worker)
                worker = self.worker()
            if disturb is not None:
                disturb(worker)
            time.sleep(0.05)
        return row

    def told(self) -> dict[str, list[tuple[object, ...]]]:
        """Everything in our store but how often vendors were called: those calls were made, so they count."""
        with closing(sqlite3.connect(self.house.plan.data / "real-magnet.db")) as store:
            store.execute("UPDATE runs SET salesforce_calls = 0, realmagnet_calls = 0")
            names = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {name: sorted(store.execute(f"SELECT * FROM {name}"), key=repr) for name in names}  # noqa: S608  # our own tables

    def holds_what_it_should(self, row: Mapping[str, object]) -> None:
        data = self.house.plan.data
        expected = independent.take(data / "realmagnet", data / "salesforce").by_person()
        assert (row["state"], row["closes"], row["reason"]) == (RunState.COMPLETED, 1, "")
        assert independent.standing(data / "salesforce") == expected
        assert expected.total() > 1_000


@pytest.fixture
def scene(tmp_path: Path) -> Generator[Scene]:
    orders = tmp_path / "orders"
    orders.mkdir()
    plan = plan_on_free_ports(
        tmp_path / "house",
        web=False,
        workers=0,
        environ={"LEASE_SECONDS": "1.5", "TICK_SECONDS": "0.3", "POLL_SECONDS": "0.2"},
        realmagnet_arguments=("--bench", "3000", "--recipients", "300", "--messages", "4"),
        salesforce_arguments=("--contacts", "300", "--leads", "64"),
    )
    with open_house(plan, lambda _words: None) as house:
        yield Scene(house, orders)


def test_killed_at_every_named_point(scene: Scene) -> None:
    for number, point in enumerate(POINTS):
        (scene.orders / point).write_text("worker" if number % 3 == 2 else "horse")
    row = scene.see_through(scene.house.ask())
    assert list(scene.orders.iterdir()) == []
    assert row["interruptions"] == len(POINTS)
    scene.holds_what_it_should(row)


def test_killed_at_random_moments(scene: Scene) -> None:
    dice, kills, due = random.Random(20261123), 0, 0.0

    def disturb(worker: Process) -> None:
        nonlocal kills, due
        if kills == 6 or time.monotonic() < due:
            return
        if due and (victims := worker.horses()):
            victims[0].kill()
            kills += 1
        due = time.monotonic() + dice.uniform(0.2, 1.5)

    row = scene.see_through(scene.house.ask(), disturb)
    assert kills
    scene.holds_what_it_should(row)


def test_cut_connections_an_expired_token_and_a_lost_redis(scene: Scene) -> None:
    scene.bad_day("cut_request", method="PUT", path="/jobs/ingest/", after_bytes=20_000)
    scene.bad_day("cut_response", method="GET", path="/(successfulResults|results)", after_bytes=5_000)
    scene.bad_day("unauthorized", method="GET", path="/jobs/ingest/")
    scene.bad_day("unavailable", method="PATCH", path="/jobs/ingest/")
    lost = False

    def disturb(_worker: Process) -> None:
        nonlocal lost
        if not lost and scene.house.row(1)["phase"].startswith("Writing"):
            scene.house.redis.lose()
            scene.house.redis.start()
            scene.bad_day("expire_tokens")
            lost = True

    row = scene.see_through(scene.house.ask(), disturb)
    assert lost
    scene.holds_what_it_should(row)


def test_a_sleeper_wakes_up_when_another_has_done_its_work(scene: Scene) -> None:
    scene.bad_day("slow", method="PATCH", path="/jobs/ingest/", seconds=8)
    run_id = scene.house.ask()
    sleeper = scene.worker()
    wait_until("the end of its upload", lambda: not scene.bad_days_left(), sleeper)
    for process in sleeper.family():
        process.suspend()
    row = scene.see_through(run_id)
    scene.holds_what_it_should(row)
    assert scene.bulk_jobs() == ["Aborted", "JobComplete"]
    before = scene.told()
    for process in sleeper.family():
        process.resume()
    wait_until("the sleeper to give up", lambda: "run.left_to_resume" in sleeper.last_words(), timeout=30)
    assert scene.told() == before
    assert scene.bulk_jobs() == ["Aborted", "JobComplete"]
    scene.holds_what_it_should(row)
