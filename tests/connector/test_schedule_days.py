"""Repeating upload jobs: the next three runs, on chosen weekdays, through every change of the clocks."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.errors import Misconfigured
from connector.model import schedule
from connector.model.uploads import Timetable, When
from connector.store import upload_schedule

ZONES = ("America/New_York", "Europe/London", "Australia/Sydney", "Australia/Lord_Howe")
CHANGES = {
    "America/New_York": ("2027-03-14", "2027-11-07"),
    "Europe/London": ("2027-03-28", "2027-10-31"),
    "Australia/Sydney": ("2027-04-04", "2027-10-03"),
    "Australia/Lord_Howe": ("2027-04-04", "2027-10-03"),
}
"""The days of 2027 on which these zones' clocks change; all are Sundays."""


def by_minutes(local_time: str, zone: str, after: datetime, count: int, days: Collection[int]) -> list[datetime]:
    """The slow oracle: walks through every minute of UTC and looks at the clock on the wall.

    A wanted wall time that the clocks skip is due as long after the jump as it lies behind its start; one that comes
    twice is due the first time.
    """
    wanted, rules, minute = schedule.parse_time(local_time), ZoneInfo(zone), timedelta(minutes=1)
    moment = after - timedelta(days=1)  # what comes twice may have come the first time before `after`
    seen: set[datetime] = set()
    found: list[datetime] = []
    while len(found) < count:
        last, moment = _wall(moment, rules), moment + minute
        here = _wall(moment, rules)
        shown = {here: moment} if here not in seen else {}
        gap = (here - last) // minute - 1
        skipped = {last + minute * step: moment + minute * (step - 1) for step in range(1, gap + 1)}
        for wall, at in (shown | skipped).items():
            if wall.time() == wanted and wall.weekday() in days and at > after:
                found.append(at)
        seen.add(here)
    return found


def _wall(moment: datetime, rules: ZoneInfo) -> datetime:
    return moment.astimezone(rules).replace(tzinfo=None, fold=0)


@settings(max_examples=40, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    minutes=st.integers(0, 24 * 60 - 1),
    change=st.integers(0, 1),
    hours_before=st.integers(0, 60),
    days=st.sets(st.integers(0, 6), min_size=1),
)
def test_the_next_three_runs_are_what_the_clock_on_the_wall_says(
    zone: str, minutes: int, change: int, hours_before: int, days: set[int]
):
    local_time = f"{minutes // 60:02}:{minutes % 60:02}"
    day = datetime.fromisoformat(CHANGES[zone][change]).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    after = day - timedelta(hours=hours_before)
    assert schedule.upcoming(local_time, zone, after, 3, days) == by_minutes(local_time, zone, after, 3, days)


@pytest.mark.parametrize(
    ("zone", "local_time", "after", "expected"),
    [
        # 02:30 does not exist on 14 March in New York: it runs at 03:30
        (
            "America/New_York",
            "02:30",
            "2027-03-13T12:00Z",
            ("2027-03-14T07:30Z", "2027-03-15T06:30Z", "2027-03-16T06:30Z"),
        ),
        # 01:30 comes twice on 7 November: it runs the first time
        (
            "America/New_York",
            "01:30",
            "2027-11-06T12:00Z",
            ("2027-11-07T05:30Z", "2027-11-08T06:30Z", "2027-11-09T06:30Z"),
        ),
        (
            "Europe/London",
            "01:30",
            "2027-03-27T12:00Z",
            ("2027-03-28T01:30Z", "2027-03-29T00:30Z", "2027-03-30T00:30Z"),
        ),
        (
            "Europe/London",
            "01:30",
            "2027-10-30T12:00Z",
            ("2027-10-31T00:30Z", "2027-11-01T01:30Z", "2027-11-02T01:30Z"),
        ),
        (
            "Australia/Sydney",
            "02:30",
            "2027-10-02T12:00Z",
            ("2027-10-02T16:30Z", "2027-10-03T15:30Z", "2027-10-04T15:30Z"),
        ),
        (
            "Australia/Sydney",
            "02:30",
            "2027-04-03T12:00Z",
            ("2027-04-03T15:30Z", "2027-04-04T16:30Z", "2027-04-05T16:30Z"),
        ),
        # Lord Howe moves by half an hour only
        (
            "Australia/Lord_Howe",
            "02:15",
            "2027-10-02T12:00Z",
            ("2027-10-02T15:45Z", "2027-10-03T15:15Z", "2027-10-04T15:15Z"),
        ),
        (
            "Australia/Lord_Howe",
            "01:45",
            "2027-04-03T12:00Z",
            ("2027-04-03T14:45Z", "2027-04-04T15:15Z", "2027-04-05T15:15Z"),
        ),
    ],
)
def test_three_runs_across_a_change_of_the_clocks(zone: str, local_time: str, after: str, expected: tuple[str, ...]):
    timetable = Timetable(When.REPEATING, tuple(range(7)), local_time=local_time, zone=zone)
    found = upload_schedule.upcoming(timetable, datetime.fromisoformat(after))
    assert found == [datetime.fromisoformat(moment) for moment in expected]


def test_only_chosen_days_run():
    timetable = Timetable(When.REPEATING, (0, 3), local_time="06:00", zone="Europe/London")
    found = upload_schedule.upcoming(timetable, datetime(2026, 11, 23, 12, tzinfo=UTC))  # a Monday
    assert [moment.strftime("%a %d") for moment in found] == ["Thu 26", "Mon 30", "Thu 03"]


def test_once_is_once():
    timetable = Timetable(When.ONCE, date="2027-03-14", local_time="02:30", zone="America/New_York")
    assert upload_schedule.upcoming(timetable, datetime(2027, 3, 1, tzinfo=UTC)) == [
        datetime(2027, 3, 14, 7, 30, tzinfo=UTC)
    ]
    assert upload_schedule.upcoming(timetable, datetime(2027, 3, 15, tzinfo=UTC)) == []


def test_by_hand_never_runs_by_itself():
    assert upload_schedule.next_run(Timetable(), datetime(2027, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    "timetable",
    [
        Timetable(When.REPEATING, (), local_time="06:00", zone="UTC"),
        Timetable(When.REPEATING, (7,), local_time="06:00", zone="UTC"),
        Timetable(When.REPEATING, (0,), local_time="25:00", zone="UTC"),
        Timetable(When.REPEATING, (0,), local_time="06:00", zone="Nowhere/Else"),
        Timetable(When.ONCE, date="14.3.2027", local_time="06:00", zone="UTC"),
    ],
)
def test_what_is_no_time_is_refused(timetable: Timetable):
    with pytest.raises(Misconfigured):
        upload_schedule.upcoming(timetable, datetime(2027, 1, 1, tzinfo=UTC))
