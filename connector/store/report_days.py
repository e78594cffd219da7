"""Days, weeks and months in SQL: of what was counted by day already, and of instants in a zone. It reads nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from connector.model.report_questions import Dimension

DAY = 86_400_000
EPOCH = date(1970, 1, 1).toordinal()
NO_DAY = EPOCH
"""Activity without a moment stands at the beginning of time: this day and those before it are none."""
FIRST_YEAR = 2000
"""No activity is older: Real Magnet began later."""


@dataclass(frozen=True)
class Days:
    """A range of days (ordinals, both ends included; None for no end) in a zone."""

    zone: ZoneInfo
    first: int | None
    last: int | None

    @property
    def years(self) -> tuple[int, int]:
        """The first year and the last that it can touch."""
        first = date.fromordinal(self.first).year if self.first else FIRST_YEAR
        last = date.fromordinal(self.last).year if self.last else date.today().year + 1  # noqa: DTZ011  # a year is enough
        return first, last

    @property
    def instants(self) -> tuple[int | None, int | None]:
        """The first millisecond and the first one behind."""
        begin = midnight(self.first, self.zone) if self.first else None
        return begin, midnight(self.last + 1, self.zone) if self.last else None


def midnight(ordinal: int, zone: ZoneInfo) -> int:
    """When a day begins, in milliseconds."""
    return int(datetime.combine(date.fromordinal(ordinal), time(), zone).timestamp() * 1000)


def of_days(dimension: Dimension, days: Days) -> str:
    """The expression of a time for `s.day`, an ordinal: the ordinal of its first day."""
    if dimension is Dimension.MONTH:
        return _ladder("s.day", [(0, NO_DAY), *((month, month) for month in _months(*days.years))])
    return _whole("s.day", dimension)


def of_instants(dimension: Dimension, days: Days) -> str:
    """The same for `s.occurred_at`, an instant."""
    if dimension is Dimension.MONTH:
        steps = [(midnight(month, days.zone), month) for month in _months(*days.years)]
        return _ladder("s.occurred_at", [(0, NO_DAY), *steps])
    first, last = days.years
    shifts = _shifts(days.zone, first, last)
    shift = _ladder("s.occurred_at", shifts)
    return _whole(f"((s.occurred_at + {shift}) / {DAY} + {EPOCH})", dimension)


def _whole(day: str, dimension: Dimension) -> str:
    return day if dimension is Dimension.DAY else f"({day} - ({day} - 1) % 7)"  # ordinal 1 was a Monday


def _months(first: int, last: int) -> list[int]:
    return [date(year, month, 1).toordinal() for year in range(first, last + 1) for month in range(1, 13)]


@lru_cache(maxsize=64)
def _shifts(zone: ZoneInfo, first: int, last: int) -> list[tuple[int, int]]:
    """From which instant on the zone is how many milliseconds ahead."""
    day = datetime(first, 1, 1, tzinfo=zone) - timedelta(days=2)
    found = [(0, _ahead(day.timestamp(), zone))]
    while day.year <= last + 1:
        after = day + timedelta(days=1)
        if _ahead(after.timestamp(), zone) != found[-1][1]:
            moment = _change(int(day.timestamp()), int(after.timestamp()), zone)
            found.append((moment * 1000, _ahead(moment, zone)))
        day = after
    return found


def _ahead(moment: float, zone: ZoneInfo) -> int:
    shift = datetime.fromtimestamp(moment, zone).utcoffset()
    return int(shift.total_seconds() * 1000) if shift else 0


def _change(before: int, after: int, zone: ZoneInfo) -> int:
    """The second from which on the zone stands as it does at `after`."""
    while after - before > 1:
        middle = (before + after) // 2
        if _ahead(middle, zone) == _ahead(after, zone):
            after = middle
        else:
            before = middle
    return after


def _ladder(expression: str, steps: Sequence[tuple[int, int]]) -> str:
    """The value of the last step that the expression has reached, found by halving; the first is for all below, too."""
    if len(steps) == 1:
        return str(steps[0][1])
    half = len(steps) // 2
    low, high = _ladder(expression, steps[:half]), _ladder(expression, steps[half:])
    return f"CASE WHEN {expression} < {steps[half][0]} THEN {low} ELSE {high} END"
