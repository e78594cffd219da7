"""A horse that sleeps past its lease: another takes over and ends the run, and the sleeper wakes up to nothing."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.faults.scene import Fault, Scene

pytestmark = pytest.mark.faults

Survived = Callable[[Mapping[str, Any]], None]

BULK_JOBS = {
    "message collected": ["JobComplete"],
    "row set committed": ["JobComplete", "Aborted"],
    "bulk job created": ["Aborted", "JobComplete"],
    "bulk job committed": ["Aborted", "JobComplete"],
    "uploaded": ["Aborted", "JobComplete"],
    "upload complete": ["JobComplete"],
    "successes settled": ["JobComplete"],
    "reconciled": ["JobComplete"],
}
"""What becomes of the bulk jobs, in the order in which they were made, after a sleep at each of these points. One that
the sleeper makes when it wakes up comes last."""


@pytest.mark.parametrize("point", BULK_JOBS)
def test_a_sleeper_changes_nothing_when_it_wakes_up(scene: Scene, survived: Survived, point: str) -> None:
    scene.worker(Fault(point, "sleep"))
    run_id = scene.house.ask()
    sleeper = scene.wait_for_strike()
    scene.worker()
    survived(scene.see_through(run_id))
    store, rows = _still(scene.store()), scene.rows()
    scene.wake([sleeper])
    assert _still(scene.store()) == store
    assert scene.rows() == rows
    assert scene.bulk_jobs() == BULK_JOBS[point]
    assert "run.left_to_resume" in scene.workers[0].log.read_text()


def _still(store: list[str]) -> list[str]:
    """Without what goes on meanwhile: the tick's heartbeat, and the calls that a sleeper makes when it wakes up."""
    beside = tuple(f'INSERT INTO "{table}"' for table in ("allowances", "call_counts", "heartbeats"))
    return [line for line in store if not line.startswith(beside)]
