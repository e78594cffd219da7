"""How the vendor writes and reads instants: /Date(ms-0400)/ out, zoneless US Eastern days in; knows no store."""

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import orjson

EASTERN = ZoneInfo("America/New_York")
NO_DATE = orjson.Fragment(rb'"\/Date(-62135578800000-0500)\/"')  # 0001-01-01 in the server's zone
_HOUR = 3_600_000
_SHAPES = (
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(T(?P<time>\d{2}:\d{2}:\d{2}))?"),
    re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})"),
)


@lru_cache(maxsize=65_536)
def _tail(hour: int) -> bytes:
    """The offset only tells that the server spoke local time; it never shifts the instant."""
    offset = datetime.fromtimestamp(hour * 3600, EASTERN).utcoffset() or timedelta()
    minutes = abs(int(offset.total_seconds())) // 60
    return b'-%02d%02d)\\/"' % divmod(minutes, 60)


def instant(at: int | None) -> orjson.Fragment:
    """Milliseconds since 1970 as the vendor prints them; None becomes the year-one sentinel."""
    return NO_DATE if at is None else orjson.Fragment(b'"\\/Date(%d%b' % (at, _tail(at // _HOUR)))


def eastern_day(at: int) -> date:
    return datetime.fromtimestamp(at / 1000, EASTERN).date()


def start_of_day(day: date) -> int:
    return int(datetime.combine(day, time(), EASTERN).timestamp() * 1000)


def read_local(text: str) -> datetime:
    """A request's date in one of the three known forms, as US Eastern local time (the zone is assumed).

    Raises ValueError for anything else.
    """
    for shape in _SHAPES:
        if found := shape.fullmatch(text.strip()):
            parts = found.groupdict()
            clock = time.fromisoformat(parts.get("time") or "00:00:00")
            day = date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
            return datetime.combine(day, clock, EASTERN)
    raise ValueError("not a date this service reads")


def read_instant(text: str) -> int:
    return int(read_local(text).timestamp() * 1000)


def read_window(start: str, end: str) -> tuple[int, int]:
    """Whole Eastern days, both ends included, as a half-open range; a blank end is open (assumed)."""
    low = start_of_day(read_local(start).date()) if start.strip() else -(1 << 62)
    high = start_of_day(read_local(end).date() + timedelta(days=1)) if end.strip() else 1 << 62
    return low, high
