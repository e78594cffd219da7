"""Uploads under real workers that are killed, put to sleep or lose Redis: the group is the audience all the same."""

import signal
import time
from collections.abc import Generator

import pytest

from connector import bootstrap
from connector.model.runs import RunState
from tests.faults.fleet import ROWS, Fleet, assemble
from tests.faults.scene import LEASE, Scene, World, named_points, open_scene, send
from tests.faults.striking import DONE, Attempt, Striker, free, kill, told
from tests.forking import Forker

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]

POINTS = [point for point in named_points("uploads") if not point.startswith("send ")]
SLEEPS = ["upload asked", "upload handed over"]


@pytest.fixture(scope="module")
def fleet(world: World, tmp_path_factory: pytest.TempPathFactory, forker: Forker) -> Generator[Fleet]:
    """Three workers, and a run that nothing befell."""
    with open_scene(world.data, tmp_path_factory.mktemp("fleet"), forker) as scene:
        fleet = assemble(scene)
        fleet.start_workers(3)
        undisturbed = fleet.run()
        row = fleet.see_through(undisturbed)
        assert (row["state"], row["closes"], row["reason"]) == (RunState.COMPLETED, 1, "")
        assert fleet.points(undisturbed) == POINTS
        fleet.people = fleet.members(undisturbed)
        assert len(fleet.people) > 2 * ROWS
        yield fleet


def ending(fleet: Fleet, run_id: int) -> tuple[object, ...]:
    """How a run ended, and whether its group is the audience."""
    row = fleet.see_through(run_id)
    return row["state"], row["closes"], row["reason"], fleet.members(run_id) == fleet.people


WELL = (RunState.COMPLETED, 1, "", True)


def test_the_horse_is_killed_at_every_point(fleet: Fleet) -> None:
    """A run for each, all under way at once."""
    runs = {point: fleet.run(point, 2 if point == "upload taken" else 1, "kill horse") for point in POINTS}
    assert {point: ending(fleet, run_id) for point, run_id in runs.items()} == dict.fromkeys(POINTS, WELL)
    assert all(fleet.scene.house.row(run_id)["interruptions"] for run_id in runs.values())


def test_a_sleeper_sends_and_changes_nothing_when_it_wakes_up(fleet: Fleet) -> None:
    runs = [fleet.run(point, 1, "sleep") for point in SLEEPS]
    sleepers = [fleet.struck(run_id) for run_id in runs]
    assert [ending(fleet, run_id) for run_id in runs] == [WELL] * len(SLEEPS)
    uploads = [fleet.uploads(run_id) for run_id in runs]
    fleet.scene.wake(sleepers)
    assert [fleet.uploads(run_id) for run_id in runs] == uploads
    assert [ending(fleet, run_id) for run_id in runs] == [WELL] * len(SLEEPS)


def test_redis_dies_under_a_horse_at_work_and_comes_back_empty(fleet: Fleet) -> None:
    run_id = fleet.run("upload taken", 1, "hold")
    fleet.struck(run_id)
    fleet.scene.house.redis.lose()
    time.sleep(LEASE)
    fleet.scene.house.redis.start()
    fleet.scene.let_go()
    assert ending(fleet, run_id) == WELL


def test_killed_after_each_write_and_each_call_in_turn(
    world: World, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(f"{scene.house.plan.salesforce_url}/_sandbox/settings", {"bulk_seconds": 0.02})
    monkeypatch.setattr("connector.uploads.chunks.ROWS", ROWS)
    for tick in scene.ticks:
        tick.stop()
    fleet = assemble(scene)
    struck = scene.faults / "places"
    struck.touch()
    deadline, (run_id, _attempt) = time.monotonic() + 200, fleet.claim()
    attempt = _upload(fleet, run_id)
    while (ended := attempt.ended(Striker(struck, kill, "uploads"))) != DONE:
        assert time.monotonic() < deadline
        assert ended == -signal.SIGKILL, told(scene)
        free(scene)
    assert len(struck.read_text().splitlines()) > 20
    undisturbed, _attempt = fleet.claim()
    assert _upload(fleet, undisturbed).ended(Striker(struck, kill, "nowhere")) == DONE
    members = fleet.members(run_id)
    assert members == fleet.members(undisturbed)
    assert len(members) == len(set(members)) > 2 * ROWS


def _upload(fleet: Fleet, run_id: int) -> Attempt:
    return Attempt(fleet.scene, run_id, bootstrap.perform_upload, f"group {fleet.groups[run_id]}")
