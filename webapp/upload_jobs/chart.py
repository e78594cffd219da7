"""Audience sizes over time as a line: where its points lie in a small picture. Knows no request and no markup."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, MARGIN = 120, 32, 4


@dataclass(frozen=True)
class Chart:
    """A line of sizes. `path` is for SVG; the sizes are (run id, when it ended, how many), oldest first."""

    sizes: Sequence[tuple[int, int, int]]
    path: str
    end: tuple[float, float]
    low: int
    high: int

    @property
    def first(self) -> tuple[int, int, int]:
        """The oldest size shown."""
        return self.sizes[0]

    @property
    def last(self) -> tuple[int, int, int]:
        """The newest one."""
        return self.sizes[-1]


def of(sizes: Sequence[tuple[int, int, int]]) -> Chart | None:
    """The chart of some sizes; None when there are none. Its height spans from the lowest to the highest."""
    if not sizes:
        return None
    numbers = [number for _run, _ended, number in sizes]
    low, high = min(numbers), max(numbers)
    points = [(_across(place, len(numbers)), _up(number, low, high)) for place, number in enumerate(numbers)]
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
    return Chart(sizes, path, points[-1], low, high)


def _across(place: int, count: int) -> float:
    return round(MARGIN + (WIDTH - 2 * MARGIN) * (place / (count - 1) if count > 1 else 1), 1)


def _up(number: int, low: int, high: int) -> float:
    share = (number - low) / (high - low) if high > low else 0.5
    return round(HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * share, 1)
