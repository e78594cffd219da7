"""A night comes once a local day, whatever the clocks do."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import Misconfigured
from connector.model.schedule import is_late, next_run, parse_time, upcoming

ZONES = sorted(
    zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix", "right"))
)
MOMENTS = st.datetimes(datetime(1995, 1, 2), datetime(2035, 1, 1), timezones=st.just(UTC))
TIMES = st.times().map(lambda t: t.strftime("%H:%M"))


def test_a_missing_hour_runs_after_it() -> None:
    due = next_run("02:30", "America/New_York", datetime(2026, 3, 8, 5, tzinfo=UTC))
    assert due.astimezone(ZoneInfo("America/New_York")).isoformat() == "2026-03-08T03:30:00-04:00"


def test_a_doubled_hour_runs_the_first_time_only() -> None:
    first, second = upcoming("01:30", "America/New_York", datetime(2026, 11, 1, 4, tzinfo=UTC), 2)
    assert first == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert second == datetime(2026, 11, 2, 6, 30, tzinfo=UTC)


def test_between_the_two_halves_of_a_doubled_hour_the_next_is_tomorrow() -> None:
    assert next_run("01:30", "America/New_York", datetime(2026, 11, 1, 5, 45, tzinfo=UTC)).day == 2


def test_a_day_that_a_zone_left_out_has_no_night_of_its_own() -> None:
    apia = ZoneInfo("Pacific/Apia")
    days = [
        d.astimezone(apia).day for d in upcoming("02:00", "Pacific/Apia", datetime(2011, 12, 29, 0, tzinfo=apia), 3)
    ]
    assert days == [29, 31, 1]


@given(zone=st.sampled_from(ZONES), at=TIMES, after=MOMENTS)
def test_it_is_strictly_later_and_within_two_days(zone: str, at: str, after: datetime) -> None:
    due = next_run(at, zone, after)
    assert after < due <= after + timedelta(hours=49)
    assert due.tzinfo is UTC


@given(zone=st.sampled_from(ZONES), at=TIMES, after=MOMENTS)
def test_asking_again_at_each_night_gives_the_same_nights(zone: str, at: str, after: datetime) -> None:
    listed = upcoming(at, zone, after, 5)
    moment, asked = after, []
    for _ in listed:
        moment = next_run(at, zone, moment)
        asked.append(moment)
    assert asked == listed


@given(zone=st.sampled_from(ZONES), at=TIMES, after=MOMENTS)
def test_nights_are_about_a_day_apart(zone: str, at: str, after: datetime) -> None:
    """At most one belongs to a local day: only a change of the clocks moves them nearer or further."""
    listed = upcoming(at, zone, after, 6)
    gaps = [later - earlier for earlier, later in pairwise(listed)]
    assert all(timedelta(hours=22) <= gap <= timedelta(hours=26) for gap in gaps if gap != timedelta(hours=48))


@given(zone=st.sampled_from(ZONES), at=TIMES, after=MOMENTS)
def test_it_stands_at_its_local_time_unless_that_is_missing(zone: str, at: str, after: datetime) -> None:
    rules = ZoneInfo(zone)
    due = next_run(at, zone, after).astimezone(rules)
    if due.strftime("%H:%M") != at:
        wanted = datetime.combine(due.date(), parse_time(at), tzinfo=rules)
        days = [wanted, wanted - timedelta(days=1)]  # a jump at midnight moves it into the next day
        assert any(
            day.astimezone(UTC).astimezone(rules).replace(tzinfo=None) != day.replace(tzinfo=None) for day in days
        )


@pytest.mark.parametrize("wrong", ["", "2", "24:00", "02:60", "two", "02:00:00"])
def test_a_time_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(Misconfigured):
        next_run(wrong, "UTC", datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("wrong", ["", "Mars/Olympus", "../etc/passwd", "America"])
def test_a_zone_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(Misconfigured):
        next_run("02:00", wrong, datetime(2026, 1, 1, tzinfo=UTC))


def test_a_night_started_long_after_its_time_was_missed() -> None:
    due = datetime(2026, 1, 1, 2, tzinfo=UTC)
    assert not is_late(due, due + timedelta(minutes=1))
    assert is_late(due, due + timedelta(hours=3))
