"""What the list of messages was asked, read from its address: which ones, of when, in which order. Knows no row."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from connector import clock
from connector.model.activity import Channel
from connector.store.message_figures import SORTS, Wanted
from webapp.moments import zone_of

DAYS = {"7": "Last 7 days", "30": "Last 30 days", "90": "Last 90 days"}
PERIODS = {"all": "All", **DAYS, "year": "This year"}
MOST_LETTERS = 100
EARLIEST, LATEST = date(1990, 1, 1), date(2199, 12, 31)
FIRST_UP = frozenset({"name", "channels"})
"""What is sorted from its beginning when nothing else is said; figures and dates begin with the largest."""


@dataclass(frozen=True)
class Question:
    """What was asked, as far as it makes sense; `problem` says what does not."""

    search: str = ""
    channel: str = ""
    period: str = "all"
    first: str = ""
    last: str = ""
    sort: str = "last_sent"
    descending: bool = True
    problem: str = ""

    @property
    def query(self) -> str:
        """The same as the query of an address, without what goes without saying."""
        order = "" if self.descending == (self.sort not in FIRST_UP) else "down" if self.descending else "up"
        parts = {
            "q": self.search,
            "channel": self.channel,
            "period": "" if self.period == "all" else self.period,
            "from": self.first,
            "to": self.last,
            "sort": "" if self.sort == "last_sent" and not order else self.sort,
            "order": order,
        }
        return urlencode({name: value for name, value in parts.items() if value})

    @property
    def narrowed(self) -> bool:
        """Whether more than a period keeps messages out."""
        return bool(self.search or self.channel)

    @property
    def dated(self) -> bool:
        """Whether only the messages of some time were asked for."""
        return bool(self.period != "all" or self.first or self.last)

    def sorted_by(self, sort: str) -> "Question":
        """The same by this column; the other way round when it is that column already."""
        down = not self.descending if sort == self.sort else sort not in FIRST_UP
        return replace(self, sort=sort, descending=down)

    def of_period(self, period: str) -> "Question":
        """The same of another period."""
        return replace(self, period=period, first="", last="", problem="")

    def wanted(self, org_id: int, zone: str) -> Wanted:
        """What to ask the store for; days begin at midnight in this zone."""
        first, last = self._days(zone)
        return Wanted(
            org_id,
            self.search,
            self.channel,
            _midnight(first, zone),
            _midnight(last + timedelta(days=1) if last else None, zone),
            self.sort,
            self.descending,
        )

    def _days(self, zone: str) -> tuple[date | None, date | None]:
        if self.problem:
            return None, None
        if self.first or self.last:
            return _date(self.first), _date(self.last)
        today = clock.now().astimezone(zone_of(zone)).date()
        if self.period in DAYS:
            return today - timedelta(days=int(self.period) - 1), None
        return (today.replace(month=1, day=1) if self.period == "year" else None), None


def read(given: Mapping[str, str]) -> Question:
    """The question of an address; words that nobody offers count as not said."""
    sort, order = given.get("sort", ""), given.get("order", "")
    sort = sort if sort in SORTS else "last_sent"
    period, channel = given.get("period", ""), given.get("channel", "")
    first, last = given.get("from", "").strip()[:MOST_LETTERS], given.get("to", "").strip()[:MOST_LETTERS]
    return Question(
        search=" ".join(given.get("q", "").replace("\0", "").split())[:MOST_LETTERS],
        channel=next((str(one) for one in Channel if one == channel), ""),
        period=period if period in PERIODS and not (first or last) else "all",
        first=first,
        last=last,
        sort=sort,
        descending=order == "down" if order in {"up", "down"} else sort not in FIRST_UP,
        problem=_problem(first, last),
    )


def _problem(first: str, last: str) -> str:
    for entered in (first, last):
        if entered and _date(entered) is None:
            return f"“{entered}” is not a day that can be looked for. All messages are shown."
    if first and last and first > last:
        return "The first day is after the last one. All messages are shown."
    return ""


def _date(entered: str) -> date | None:
    try:
        found = datetime.strptime(entered, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None
    return found if EARLIEST <= found <= LATEST else None


def _midnight(day: date | None, zone: str) -> int | None:
    return None if day is None else clock.milliseconds(datetime.combine(day, time(), zone_of(zone)))
