"""A night that dies after each write and each call in turn: whatever stands between two of them, nothing is lost."""

import signal
import time
from collections.abc import Callable

import pytest

from connector import bootstrap
from connector.model.runs import ACTIVITY, RunState, Trigger
from connector.store import attempts, claims
from connector.store.claims import Asked
from tests.faults.scene import LOCKED, Scene, World, send
from tests.faults.striking import DONE, FAILED, Attempt, Striker, fail, free, kill, told

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]


@pytest.mark.parametrize("strike", [kill, fail])
def test_struck_after_each_write_and_each_call_in_turn(world: World, scene: Scene, strike: Callable[[], None]) -> None:
    send(f"{scene.house.plan.salesforce_url}/_sandbox/settings", {"bulk_seconds": 0.02})
    scene.salesforce_has("lock_storm", times=LOCKED)
    for tick in scene.ticks:
        tick.stop()
    struck = scene.faults / "places"
    struck.touch()
    deadline, run_id = time.monotonic() + 200, _claim(scene)
    while (ended := _night(scene, run_id).ended(Striker(struck, strike, "activity"))) != DONE:
        assert time.monotonic() < deadline
        assert ended == (-signal.SIGKILL if strike is kill else FAILED), told(scene)
        free(scene)
        if strike is fail:
            _end(scene, run_id)
            run_id = _claim(scene)
    assert len(struck.read_text().splitlines()) > 40
    assert scene.rows() == world.rows
    assert set(scene.bulk_jobs()) <= {"JobComplete", "Aborted"}


def _night(scene: Scene, run_id: int) -> Attempt:
    return Attempt(scene, run_id, bootstrap.perform_night, ACTIVITY.lease)


def _claim(scene: Scene) -> int:
    with scene.house.database.write() as connection:
        return claims.claim(connection, scene.house.org_id, Asked(Trigger.HAND)).run_id


def _end(scene: Scene, run_id: int) -> None:
    with scene.house.database.write() as connection:
        attempts.end(connection, run_id, RunState.FAILED)
