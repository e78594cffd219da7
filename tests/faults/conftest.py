"""Each test has the small world for itself: its own stand-ins, Redis, workers and tick, on its own ports."""

import os
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import pytest

from connector.model.runs import RunState
from tests.faults.scene import Scene, World, open_scene, prepare
from tests.forking import Forker


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, forker: Forker) -> World:
    own = tmp_path_factory.getbasetemp()
    return prepare(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own, forker)


@pytest.fixture
def scene(world: World, tmp_path: Path, forker: Forker) -> Generator[Scene]:
    with open_scene(world.data, tmp_path, forker) as opened:
        yield opened


@pytest.fixture
def survived(world: World, scene: Scene):
    """Holds a run to the undisturbed one: Completed, the books closed, the same rows and none twice."""

    def check(row: Mapping[str, Any]) -> None:
        assert (row["state"], row["closes"], row["reason"]) == (RunState.COMPLETED, 1, "")
        assert scene.rows() == world.rows
        assert set(scene.bulk_jobs()) <= {"JobComplete", "Aborted", "Failed"}
        assert not list((scene.house.plan.data / "work").iterdir())

    return check
