"""The last 24 hours of our calls: a line for each purpose, and the same as rows of a table. No markup."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connector.model.budgets import PURPOSES
from connector.store.budgets import DAY_HOURS, HOUR

WIDTH, HEIGHT, MARGIN = 600, 160, 6
MOST_LINES = 5


@dataclass(frozen=True)
class Line:
    """A line through its points. `style` tells lines apart, also without colours."""

    label: str
    points: str
    style: int
    total: int


@dataclass(frozen=True)
class Curve:
    """The lines, the highest hour, and rows: the hour's first instant, calls of each line, and all of its calls."""

    lines: Sequence[Line] = field(repr=False)
    highest: int
    rows: Sequence[tuple[int, Sequence[int], int]] = field(repr=False)
    first: int
    last: int
    total: int


def of(calls: Mapping[tuple[int, str], int], now: int) -> Curve | None:
    """The curve of (hour, purpose) → calls, up to an instant; None when there were none."""
    totals = Counter[str]()
    for (_hour, purpose), count in calls.items():
        totals[purpose] += count
    if not totals.total():
        return None
    hours = [now // HOUR - back for back in range(DAY_HOURS - 1, -1, -1)]
    largest = [purpose for purpose, _ in totals.most_common(MOST_LINES)]
    series = [[calls.get((hour, purpose), 0) for hour in hours] for purpose in largest]
    highest = max(count for numbers in series for count in numbers)
    lines = [
        Line(PURPOSES.get(purpose, PURPOSES["other"]), points(numbers, highest), style, totals[purpose])
        for style, (purpose, numbers) in enumerate(zip(largest, series, strict=True))
    ]
    by_hour = Counter[int]()
    for (hour, _purpose), count in calls.items():
        by_hour[hour] += count
    rows = [(hour * HOUR, [one[place] for one in series], by_hour[hour]) for place, hour in enumerate(hours)]
    return Curve(lines, highest, rows, hours[0] * HOUR, (hours[-1] + 1) * HOUR, totals.total())


def points(numbers: Sequence[int], highest: int) -> str:
    """The points of a polyline."""
    step, tall = (WIDTH - 2 * MARGIN) / (len(numbers) - 1), HEIGHT - 2 * MARGIN
    return " ".join(
        f"{round(MARGIN + place * step, 1):g},{round(HEIGHT - MARGIN - tall * number / (highest or 1), 1):g}"
        for place, number in enumerate(numbers)
    )
