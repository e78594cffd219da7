"""When a night falls due: an org's local time in its zone, as instants. It knows no clock and no store."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
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


def next_run(local_time: str, zone: str, after: datetime) -> datetime:
    """The first instant strictly after `after` (aware) at which the night is due, in UTC.

    Every local day has one: a time that the clocks skip runs as long after the jump as it lies behind its start, and
    a time that comes twice runs the first time only.
    """
    return next(_instants(local_time, zone, after))


def upcoming(local_time: str, zone: str, after: datetime, count: int) -> list[datetime]:
    """The next `count` instants after `after`, in UTC."""
    return list(islice(_instants(local_time, zone, after), count))


def is_late(due: datetime, now: datetime) -> bool:
    """Whether a night that starts now, though it was due then, was missed."""
    return now - due > LATE


def _instants(local_time: str, zone: str, after: datetime) -> Iterator[datetime]:
    at, rules = parse_time(local_time), parse_zone(zone)
    day = after.astimezone(rules).date() - timedelta(days=1)
    last = after.astimezone(UTC)
    while True:
        # fold=0 means the first of two equal times, and the offset before the jump for a time that does not exist.
        moment = datetime.combine(day, at, tzinfo=rules).astimezone(UTC)
        if moment > last:
            yield moment
            last = moment
        day += timedelta(days=1)
