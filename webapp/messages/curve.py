"""Hours after a send: how many opens and clicks each brought, as lines of a picture and rows of a table. No markup."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connector.model.activity import ActivityGroup

WIDTH, HEIGHT, MARGIN = 720, 160, 4
HOURS = 72
"""How many hours the picture shows; what came later is told in words and in the table."""
TICKS = (0, 12, 24, 36, 48, 60, 72)

SPANS = ((0, 1), (1, 3), (3, 6), (6, 12), (12, 24), (24, 48), (48, 72), (72, None))
"""The rows of the table, in hours: from, and up to."""


@dataclass(frozen=True)
class Row:
    """How many in a span of hours after the send."""

    words: str
    opened: int
    clicked: int


@dataclass(frozen=True)
class Curve:
    """Paths for SVG, the highest hour, the same as rows, and what came later than the picture shows."""

    opened: str
    clicked: str
    most: int
    rows: Sequence[Row]
    later: int
    ticks: Sequence[tuple[float, int]]


def of(hours: Mapping[str, Mapping[int, int]]) -> Curve | None:
    """The curve of (Opened and Clicked → hour → how many); None when there is neither."""
    opened, clicked = hours.get(ActivityGroup.OPENED, {}), hours.get(ActivityGroup.CLICKED, {})
    if not opened and not clicked:
        return None
    most = max((n for found in (opened, clicked) for hour, n in found.items() if hour < HOURS), default=0)
    return Curve(
        _path(opened, most),
        _path(clicked, most),
        most,
        [Row(_words(*span), _within(opened, *span), _within(clicked, *span)) for span in SPANS],
        _within(opened, HOURS, None) + _within(clicked, HOURS, None),
        [(_across(hour), hour) for hour in TICKS],
    )


def _path(found: Mapping[int, int], most: int) -> str:
    if not most or not found:
        return ""
    points = [(_across(hour + 0.5), _up(found.get(hour, 0), most)) for hour in range(HOURS)]
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)


def _across(hour: float) -> float:
    return round(MARGIN + (WIDTH - 2 * MARGIN) * hour / HOURS, 1)


def _up(count: int, most: int) -> float:
    return round(HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * count / most, 1)


def _within(found: Mapping[int, int], first: int, end: int | None) -> int:
    return sum(count for hour, count in found.items() if hour >= first and (end is None or hour < end))


def _words(first: int, end: int | None) -> str:
    if end is None:
        return f"later than {first} hours"
    return "in the first hour" if end == 1 else f"{first} to {end} hours"
