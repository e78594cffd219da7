"""Times, durations and numbers as the user's locale and zone have them. Knows no request; UTC is never shown bare."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connector import clock

MONTH_FIRST = frozenset({"en_US", "en_PH"})
TWELVE_HOURS = frozenset({"en_US", "en_CA", "en_AU", "en_NZ", "en_PH", "en_IN", "en_SG"})
POINTS = frozenset({"de", "nl", "it", "es", "pt", "da", "id", "tr", "el"})
SPACES = frozenset({"fr", "sv", "nb", "no", "fi", "pl", "cs", "ru", "uk", "hu", "bg", "sk"})
NARROW_SPACE = "\u202f"
MINUTE, HOUR, DAY = 60, 3600, 86400


def zone_of(name: str) -> ZoneInfo:
    """A time zone by name; New York, where Real Magnet's own day is counted, for a name that nobody knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return clock.EASTERN


def moment(instant: datetime, zone: str, locale: str, *, weekday: bool = False) -> str:
    """An instant in a zone with the zone's own short name: `24 Nov 2026, 02:00 CET`."""
    local = instant.astimezone(zone_of(zone))
    prefix = f"{local:%a}, " if weekday else ""
    return f"{prefix}{day(local, locale)}, {_time(local, locale)} {_zone_name(local)}"


def day(on: date, locale: str) -> str:
    """A day of the calendar: `24 Nov 2026`."""
    return f"{on:%b} {on.day}, {on.year}" if locale in MONTH_FIRST else f"{on.day} {on:%b %Y}"


def time_of_day(instant: datetime, zone: str, locale: str) -> str:
    """The hour and minute of an instant in a zone, for a moment that is near."""
    return _time(instant.astimezone(zone_of(zone)), locale)


def machine(instant: datetime) -> str:
    """The same for `<time datetime>`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def duration(seconds: float) -> str:
    """How long: `under a second`, `42 s`, `3 min 5 s`, `2 h 10 min`."""
    whole = int(seconds)
    if whole < 1:
        return "under a second"
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE} min"


def number(value: int, locale: str) -> str:
    """A whole number with the locale's separator between thousands."""
    language = locale.partition("_")[0]
    separator = "." if language in POINTS else NARROW_SPACE if language in SPACES else ","
    return f"{value:,}".replace(",", separator)


def clock_time(text: str, locale: str) -> str:
    """A time of day kept as HH:MM, as the locale writes it."""
    return _time(datetime.strptime(text, "%H:%M").replace(tzinfo=UTC), locale)


def _time(local: datetime, locale: str) -> str:
    if locale in TWELVE_HOURS:
        return f"{local.hour % 12 or 12}:{local:%M} {'AM' if local.hour < 12 else 'PM'}"  # noqa: PLR2004  # noon
    return f"{local:%H:%M}"


def _zone_name(local: datetime) -> str:
    name = local.tzname() or ""
    if name.isalpha():
        return name
    offset = f"{local:%z}"
    return f"GMT{offset[:3]}:{offset[3:5]}"
