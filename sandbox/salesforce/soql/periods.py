"""Date literals of SOQL (TODAY, LAST_N_DAYS:7, THIS_MONTH ...) as half-open ranges of days; knows no fields."""

from datetime import date, timedelta

_DAY = timedelta(days=1)


def _month(day: date, step: int) -> date:
    index = day.year * 12 + day.month - 1 + step
    return date(index // 12, index % 12 + 1, 1)


def _week(day: date) -> date:
    return day - timedelta(days=(day.weekday() + 1) % 7)  # weeks begin on Sunday, as for an en_US user


def _quarter(day: date, step: int) -> date:
    return _month(date(day.year, (day.month - 1) // 3 * 3 + 1, 1), 3 * step)


def _named(name: str, today: date) -> tuple[date, date] | None:
    week = _week(today)
    ranges = {
        "TODAY": (today, today + _DAY),
        "YESTERDAY": (today - _DAY, today),
        "TOMORROW": (today + _DAY, today + 2 * _DAY),
        "THIS_WEEK": (week, week + 7 * _DAY),
        "LAST_WEEK": (week - 7 * _DAY, week),
        "NEXT_WEEK": (week + 7 * _DAY, week + 14 * _DAY),
        "THIS_MONTH": (_month(today, 0), _month(today, 1)),
        "LAST_MONTH": (_month(today, -1), _month(today, 0)),
        "NEXT_MONTH": (_month(today, 1), _month(today, 2)),
        "THIS_QUARTER": (_quarter(today, 0), _quarter(today, 1)),
        "LAST_QUARTER": (_quarter(today, -1), _quarter(today, 0)),
        "THIS_YEAR": (date(today.year, 1, 1), date(today.year + 1, 1, 1)),
        "LAST_YEAR": (date(today.year - 1, 1, 1), date(today.year, 1, 1)),
        "LAST_90_DAYS": (today - 90 * _DAY, today + _DAY),
        "NEXT_90_DAYS": (today + _DAY, today + 91 * _DAY),
    }
    return ranges.get(name)


def _counted(name: str, count: int, today: date) -> tuple[date, date] | None:
    week = _week(today)
    ranges = {
        "LAST_N_DAYS": (today - count * _DAY, today + _DAY),  # today is part of it
        "NEXT_N_DAYS": (today + _DAY, today + (count + 1) * _DAY),
        "N_DAYS_AGO": (today - count * _DAY, today - (count - 1) * _DAY),
        "LAST_N_WEEKS": (week - 7 * count * _DAY, week),
        "LAST_N_MONTHS": (_month(today, -count), _month(today, 0)),
        "NEXT_N_MONTHS": (_month(today, 1), _month(today, count + 1)),
    }
    return ranges.get(name)


def period(text: str, today: date) -> tuple[date, date] | None:
    """First day and the day after the last one; None if it is no date literal."""
    name, _, count = text.partition(":")
    return _counted(name, int(count), today) if count else _named(name, today)
