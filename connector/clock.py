"""The time of day, in one place so that a test can hold it still."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
"""Real Magnet's servers and request dates live in US Eastern time; request dates carry no zone."""


def now() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC)


def milliseconds(moment: datetime) -> int:
    """An aware instant as whole milliseconds since the epoch, the form in which facts keep time."""
    return round(moment.timestamp() * 1000)


def from_milliseconds(value: int) -> datetime:
    """The aware UTC instant of milliseconds since the epoch."""
    return datetime.fromtimestamp(value / 1000, UTC)
