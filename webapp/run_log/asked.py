"""Which runs somebody wants as a file: read from a form, and carried by the ticket. It knows no store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from connector import clock
from webapp.moments import zone_of

FORMATS = ("csv", "json")
DAY_WORDS = "Enter a day such as 2026-11-24, or nothing."
ORDER_WORDS = "The last day is before the first one."
_YEARS = range(2000, 2101)


@dataclass(frozen=True)
class Asked:
    """The kind ('' for all), the first and the last day as they were entered, and what is wrong with which."""

    kind: str = ""
    first: str = ""
    last: str = ""
    form: str = "csv"
    problems: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def query(self) -> str:
        """All of it as a query."""
        return urlencode({"kind": self.kind, "first": self.first, "last": self.last, "as": self.form})

    def from_at(self, zone: str) -> int | None:
        """The first instant of the first day, in milliseconds."""
        return _begin(_day(self.first), zone)

    def before_at(self, zone: str) -> int | None:
        """The first instant after the last day."""
        last = _day(self.last)
        return _begin(last + timedelta(days=1) if last else None, zone)


def read(values: Mapping[str, str]) -> Asked:
    """What was asked for, with its faults in words."""
    first, last = (values.get(name, "").strip()[:20] for name in ("first", "last"))
    problems = {
        name: DAY_WORDS for name, entered in (("first", first), ("last", last)) if entered and not _day(entered)
    }
    one, other = _day(first), _day(last)
    if one and other and other < one:
        problems["last"] = ORDER_WORDS
    form = values.get("as", "")
    return Asked(values.get("kind", "")[:20], first, last, form if form in FORMATS else FORMATS[0], problems)


def _day(entered: str) -> date | None:
    try:
        found = datetime.strptime(entered, "%Y-%m-%d").date()  # noqa: DTZ007  # a day of no zone
    except ValueError:
        return None
    return found if found.year in _YEARS else None


def _begin(day: date | None, zone: str) -> int | None:
    if day is None:
        return None
    return clock.milliseconds(datetime(day.year, day.month, day.day, tzinfo=zone_of(zone)))
