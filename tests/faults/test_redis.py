"""Redis dies and comes back empty: runs go on from the database, and nobody waits for RQ to clean up."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.faults.scene import LEASE, TICK, Fault, Scene
from tools.processes import wait_until

pytestmark = pytest.mark.faults

Survived = Callable[[Mapping[str, Any]], None]


def test_lost_while_a_run_is_queued(scene: Scene, survived: Survived) -> None:
    run_id = scene.house.ask()
    _lose(scene)
    wait_until("another attempt", lambda: scene.house.row(run_id)["attempts"] == 2, timeout=10)
    scene.worker()
    row = scene.see_through(run_id)
    assert (row["attempts"], row["interruptions"]) == (2, 0)
    survived(row)


def test_lost_under_a_horse_at_work(scene: Scene, survived: Survived) -> None:
    scene.worker(Fault("message collected", "hold", count=2))
    run_id = scene.house.ask()
    scene.wait_for_strike()
    _lose(scene, away=2 * LEASE)
    scene.let_go()
    row = scene.see_through(run_id)
    assert (row["attempts"], row["interruptions"]) == (1, 0)
    survived(row)
    assert _writes_nothing(scene)


@pytest.mark.parametrize("point", ["message collected", "uploaded"])
def test_lost_together_with_the_worker_and_its_horse(
    scene: Scene, survived: Survived, point: str, record_property: Callable[[str, object], None]
) -> None:
    scene.worker(Fault(point, "kill both"))
    run_id = scene.house.ask()
    scene.wait_for_strike()
    _lose(scene)
    scene.worker()
    row = scene.see_through(run_id)
    record_property("recovery", scene.recovery())
    survived(row)


def test_killed_with_its_data_kept_while_horse_and_worker_die(scene: Scene, survived: Survived) -> None:
    """What a dead worker left in Redis, its name and the job it had begun, is in nobody's way."""
    scene.worker(Fault("row set committed", "kill both"))
    run_id = scene.house.ask()
    scene.wait_for_strike()
    scene.house.redis.stop()
    scene.house.redis.start()
    scene.worker()
    row = scene.see_through(run_id)
    assert scene.recovery() < LEASE + TICK + 4
    survived(row)


def _lose(scene: Scene, away: float = 0.0) -> None:
    scene.house.redis.lose()
    time.sleep(away)
    scene.house.redis.start()


def _writes_nothing(scene: Scene) -> bool:
    """A second night after the first one."""
    again = scene.house.ask()
    scene.see_through(again)
    return not any(counts.get("Written") for counts in scene.house.counts(again).values())
