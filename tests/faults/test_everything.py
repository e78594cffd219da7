"""Whole processes die or are told to stop, at named points and at random moments; two of each work side by side."""

import random
import signal
import time
from collections.abc import Callable, Mapping
from typing import Any

import psutil
import pytest

from connector.model.runs import RunState
from tests.faults.scene import LEASE, TICK, Fault, Scene, send
from tools.operating import command
from tools.processes import wait_until

pytestmark = pytest.mark.faults

Survived = Callable[[Mapping[str, Any]], None]

POINTS = ("message collected", "bulk job created", "upload complete")


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_with_its_horse_is_followed_by_another(
    scene: Scene, survived: Survived, point: str, record_property: Callable[[str, object], None]
) -> None:
    scene.worker(Fault(point, "kill both"))
    run_id = scene.house.ask()
    scene.wait_for_strike()
    scene.worker()
    row = scene.see_through(run_id)
    record_property("recovery", scene.recovery())
    assert row["interruptions"] == 1
    survived(row)


@pytest.mark.parametrize("point", ["message collected", "uploaded"])
def test_a_horse_that_outlives_its_worker_finishes_alone(scene: Scene, survived: Survived, point: str) -> None:
    scene.worker(Fault(point, "kill worker"))
    run_id = scene.house.ask()
    horse = scene.wait_for_strike()
    scene.worker()
    row = scene.see_through(run_id)
    assert row["interruptions"] == 0
    assert {pid for pid, _ in scene.told("begun")} == {horse}
    survived(row)


class Reaper:
    """Kills somebody after a random while at work, five times."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self.scene = scene
        self.dice = random.Random(seed)
        self.kills: list[str] = []
        self.due = 0.0

    def __call__(self) -> None:
        horses = self.scene.horses()
        if len(self.kills) == 5 or not horses:
            return
        if not self.due:
            self.due = time.monotonic() + self.dice.uniform(0.05, 0.9)
        if time.monotonic() < self.due:
            return
        self.due = 0.0
        self.kills.append(self.dice.choice(["horse", "horse", "worker", "both", "tick"]))
        self.kill(self.kills[-1], horses)

    def kill(self, victim: str, horses: list[psutil.Process]) -> None:
        if victim == "tick":
            for tick in self.scene.ticks:
                tick.kill()
            self.scene.tick()
        if victim in {"worker", "both"}:
            for worker in self.scene.workers:
                worker.signal(signal.SIGKILL)
                worker.popen.wait()
        if victim in {"horse", "both"}:
            horses[0].kill()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_at_random_moments(scene: Scene, survived: Survived, seed: int) -> None:
    send(f"{scene.house.plan.salesforce_url}/_sandbox/settings", {"bulk_seconds": 1.5})
    scene.salesforce_has("lock_storm", times=600)
    reaper = Reaper(scene, seed)
    row = scene.see_through(scene.house.ask(), reaper, timeout=90)
    assert len(reaper.kills) >= 3
    survived(row)


def test_everything_told_to_stop_in_mid_run_goes_on_after_a_restart(scene: Scene, survived: Survived) -> None:
    worker = scene.worker(Fault("message collected", "hold", count=2))
    run_id = scene.house.ask()
    scene.wait_for_strike()
    asked = time.monotonic()
    for process in (worker, *scene.ticks):
        process.signal(signal.SIGTERM)
    for process in (worker, *scene.house.processes.dead()):
        process.popen.wait(LEASE)
    wait_until("the ticks to end", lambda: not scene.ticks, timeout=LEASE)
    assert time.monotonic() - asked < LEASE
    assert worker.popen.returncode == 0
    assert scene.house.row(run_id)["state"] == RunState.RUNNING
    scene.tick()
    scene.worker()
    survived(scene.see_through(run_id))


def test_two_workers_and_two_ticks_do_each_night_once(scene: Scene, survived: Survived) -> None:
    scene.tick()
    for _ in range(2):
        scene.worker()
    for night in (1, 2, 3):
        _due(scene)
        wait_until("a run", lambda: len(scene.org_runs()) == night)  # noqa: B023  # used at once
        assert scene.house.ask() == night
        survived(scene.see_through(night))
    time.sleep(3 * TICK)
    assert scene.org_runs() == [(scene.house.org_id, RunState.COMPLETED)] * 3
    assert len(scene.told("begun")) == 3


def test_two_workers_and_two_ticks_give_each_of_three_orgs_one_run(scene: Scene) -> None:
    for number in (2, 3):
        _another_org(scene, number)
    scene.tick()
    for _ in range(2):
        scene.worker()
    _due(scene)
    wait_until("three runs", lambda: len(scene.org_runs()) == 3)
    for run_id in (1, 2, 3):
        scene.see_through(run_id)
    time.sleep(3 * TICK)
    assert [org for org, _ in scene.org_runs()] == [1, 2, 3]
    assert len(scene.told("begun")) == 3


def _due(scene: Scene) -> None:
    """The night of every org, at this moment."""
    with scene.house.database.write() as connection:
        connection.exec_driver_sql("UPDATE nights SET enabled = 1, local_time = '02:00', zone = 'UTC', next_run_at = 1")


def _another_org(scene: Scene, number: int) -> None:
    secret = scene.faults / "secret"
    secret.write_text("4815162342108SANDBOX")
    password = scene.faults / "password"
    password.write_text("demo")
    command(
        scene.house.processes,
        scene.house.environ,
        *("org", "create", "--salesforce-id", f"00D00000000000{number}", "--name", f"Association {number}"),
        *("--consumer-secret-file", str(secret), "--instance-url", scene.house.plan.salesforce_url),
        *("--kind", "client_credentials", "--client-id", "3MVG9sandboxConsumerKey"),
        *("--client-secret-file", str(secret)),
        *("--realmagnet-username", "demo", "--realmagnet-password-file", str(password)),
    )
