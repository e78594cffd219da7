"""The Activity Report as a picture: bars by size, or lines over time. Knows no request and no markup."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from connector.model.report_questions import TIMES, Dimension
from webapp.activity_report.table import Table

WIDTH, HEIGHT, MARGIN = 600, 160, 6
MOST_BARS = 12
MOST_LINES = 5
FEWEST_POINTS = 2


@dataclass(frozen=True)
class Bar:
    """A bar; `share` is its length in per cent of the longest."""

    label: str
    number: int
    share: float


@dataclass(frozen=True)
class Line:
    """A line through its points. `style` tells lines apart, also without colours."""

    label: str
    points: str
    style: int


@dataclass(frozen=True)
class Chart:
    """Bars, or lines between a first and a last moment."""

    bars: Sequence[Bar] = ()
    lines: Sequence[Line] = field(default=(), repr=False)
    first: str = ""
    last: str = ""
    highest: int = 0


def chart(table: Table, dimensions: Sequence[Dimension]) -> Chart | None:
    """Lines where rows or columns are times, else bars of the rows; None where there is nothing to compare."""
    timed = next((place for place, dimension in enumerate(dimensions) if dimension in TIMES), None)
    if timed is not None:
        return _lines(table, timed)
    shown = [line.head for line in table.lines if line.head.key is not None][:MOST_BARS]
    longest = max((head.total for head in shown), default=0)
    bars = [Bar(head.label, head.total, round(100 * head.total / longest, 1)) for head in shown] if longest else []
    return Chart(bars=bars, highest=longest) if len(bars) > 1 else None


def _lines(table: Table, timed: int) -> Chart | None:
    across = [line.head for line in table.lines] if timed == 0 else table.columns
    places = [place for place, head in enumerate(across) if head.key is not None]
    if len(places) < FEWEST_POINTS:
        return None
    series = [(name, [numbers[place] for place in places]) for name, numbers in _series(table, timed)]
    highest = max((number for _name, numbers in series for number in numbers), default=0)
    lines = [Line(name, _points(numbers, highest), style) for style, (name, numbers) in enumerate(series)]
    return Chart(lines=lines, first=across[places[0]].label, last=across[places[-1]].label, highest=highest)


def _series(table: Table, timed: int) -> list[tuple[str, list[int]]]:
    """What is drawn as a line each: the other dimension's largest, or all of it where there is no other."""
    if not table.columns:
        return [("All", [line.head.total for line in table.lines])]
    if timed == 0:
        found = [
            (head, [line.cells[place] for line in table.lines])
            for place, head in enumerate(table.columns)
            if head.key is not None
        ]
    else:
        found = [(line.head, list(line.cells)) for line in table.lines if line.head.key is not None]
    largest = sorted(found, key=lambda one: -one[0].total)[:MOST_LINES]
    return [(head.label, numbers) for head, numbers in largest]


def _points(numbers: Sequence[int], highest: int) -> str:
    step = (WIDTH - 2 * MARGIN) / (len(numbers) - 1)
    tall = HEIGHT - 2 * MARGIN
    return " ".join(
        f"{round(MARGIN + place * step, 1):g},{round(HEIGHT - MARGIN - tall * number / (highest or 1), 1):g}"
        for place, number in enumerate(numbers)
    )
