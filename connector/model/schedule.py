"""When something falls due: local time in a zone, on some weekdays, as instants. It knows no clock and no store."""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connector.errors import Misconfigured

LATE = timedelta(minutes=15)
"""A night that starts this much after its time was missed and is being caught up."""


def parse_time(local_time: str) -> time:
    """A time of day written HH:MM. Raises `Misconfigured` for anything else."""
    try:
        hours, minutes = local_time.split(":")
        return time(int(hours), int(minutes))
    except ValueError as error:
        raise Misconfigured(f"A time of day is written HH:MM, not {local_time!r}.") from error


def parse_zone(zone: str) -> ZoneInfo:
    """An IANA time zone by its name. Raises `Misconfigured` for a name that nobody knows."""
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Misconfigured(f"There is no time zone {zone!r}.") from error


EVERY_DAY = frozenset(range(7))
"""Weekdays; Monday is 0."""


def next_run(local_time: str, zone: str, after: datetime, days: Collection[int] = EVERY_DAY) -> datetime:
    """The first instant strictly after `after` (aware) at which it is due on one of these local weekdays, in UTC.

    Every local day has one: a time that the clocks skip runs as long after the jump as it lies behind its start, and
    a time that comes twice runs the first time only.
    """
    return next(_instants(local_time, zone, after, days))


def upcoming(
    local_time: str, zone: str, after: datetime, count: int, days: Collection[int] = EVERY_DAY
) -> list[datetime]:
    """The next `count` instants after `after`, in UTC."""
    return list(islice(_instants(local_time, zone, after, days), count))


def once(day: str, local_time: str, zone: str) -> datetime:
    """The one instant of a local day (YYYY-MM-DD) and time, in UTC. Raises `Misconfigured` for what is none."""
    try:
        found = date.fromisoformat(day)
    except ValueError as error:
        raise Misconfigured(f"A day is written YYYY-MM-DD, not {day!r}.") from error
    return datetime.combine(found, parse_time(local_time), tzinfo=parse_zone(zone)).astimezone(UTC)


def is_late(due: datetime, now: datetime) -> bool:
    """Whether a night that starts now, though it was due then, was missed."""
    return now - due > LATE


def _instants(local_time: str, zone: str, after: datetime, days: Collection[int]) -> Iterator[datetime]:
    if not EVERY_DAY.intersection(days):
        raise Misconfigured("A schedule needs at least one day of the week.")
    at, rules = parse_time(local_time), parse_zone(zone)
    day = after.astimezone(rules).date() - timedelta(days=1)
    last = after.astimezone(UTC)
    while True:
        # fold=0 means the first of two equal times, and the offset before the jump for a time that does not exist.
        moment = datetime.combine(day, at, tzinfo=rules).astimezone(UTC)
        if moment > last:
            last = moment
            if day.weekday() in days:
                yield moment
        day += timedelta(days=1)
