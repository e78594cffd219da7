"""A run that is stopped anywhere, by a crash, a person or a vendor's bad day: afterwards the group is the audience."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from connector import uploads
from connector.model.runs import RunState
from tests.connector.uploads.filling import Filling, crash_at, fill
from tests.connector.uploads.world import UploadWorld


@pytest.fixture(autouse=True)
def _small_uploads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.uploads.chunks.ROWS", 3)


def named_points() -> list[str]:
    """Every point that a run of an upload names, read from the source."""
    found = set[str]()
    for path in Path(uploads.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "reached":
                found |= {ast.literal_eval(name) for name in node.args}
    return sorted(found)


POINTS = [point for point in named_points() if "send" not in point]


def emptied(filling: Filling) -> Filling:
    """A group that held other people before, and lost rows on the way in so that every point is come to."""
    filling.put_in("before@example.org")
    filling.world.of.bad_day(lose_rows=[{"every": 2, "times": 1}])
    return filling


def cancel_at(filling: Filling, point: str) -> Callable[[str], None]:
    """A person stops the run when it comes to a point."""

    def hook(reached: str) -> None:
        if reached == point:
            filling.cancel(filling.claim())

    return hook


def all_in(filling: Filling, people: list[str]) -> bool:
    return filling.ids == sorted(people)


@pytest.mark.parametrize(
    ("point", "count"), [(point, count) for point in POINTS for count in (1, 2) if count == 1 or "upload" in point]
)
def test_a_crash_at_any_point_is_gone_over(world: UploadWorld, point: str, count: int) -> None:
    people = world.crowd(8)
    filling = emptied(fill(world, people))
    run_id = filling.claim()
    assert filling.attempt(run_id, crash_at(point, count))["state"] == RunState.RUNNING
    row = filling.attempt(run_id)
    assert (row["state"], row["closes"], row["reason"]) == (RunState.COMPLETED, 1, "")
    assert all_in(filling, people)


@pytest.mark.parametrize("point", POINTS)
def test_a_person_may_stop_it_at_any_point_and_run_it_again(world: UploadWorld, point: str) -> None:
    people = world.crowd(8)
    filling = emptied(fill(world, people))
    run_id = filling.claim()
    filling.attempt(run_id, cancel_at(filling, point))
    assert filling.run()["state"] == RunState.COMPLETED
    assert all_in(filling, people)
