"""kill -9 at each point that the night names: the run goes on within the lease and ends as an undisturbed one does."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.faults.scene import LEASE, LOCKED, TICK, Fault, Scene, World, named_points

pytestmark = pytest.mark.faults

Survived = Callable[[Mapping[str, Any]], None]


def test_an_undisturbed_night_comes_to_every_point_that_is_named(world: World) -> None:
    assert world.points == named_points()
    assert len(world.rows) > 1_000


@pytest.mark.parametrize("point", named_points())
def test_the_horse_is_killed(
    scene: Scene, survived: Survived, point: str, record_property: Callable[[str, object], None]
) -> None:
    scene.salesforce_has("lock_storm", times=LOCKED)
    scene.worker(Fault(point, "kill horse"))
    row = scene.see_through(scene.house.ask())
    record_property("recovery", scene.recovery())
    assert row["interruptions"] == 1
    assert scene.recovery() < LEASE + TICK + 2
    survived(row)
