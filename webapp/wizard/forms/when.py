"""Reads the last step: the job's name and when it runs."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from connector.model import schedule
from connector.model.uploads import Timetable, When
from webapp.manage_data.form import NO_ZONE_WORDS, TIME_WORDS, ZONE_WORDS, time_of, zones_named
from webapp.wizard.forms.reading import Entries, Form, Read, line, read

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WORKDAYS = (0, 1, 2, 3, 4)
LONGEST_NAME = 200
_YEARS = 10

NO_DAY = "Choose at least one day of the week."
DATE_WORDS = "Enter a date such as 2026-12-24."
OVER_WORDS = "This time is over already. Choose a later one."
FAR_WORDS = f"Choose a date within the next {_YEARS} years."
LONG_NAME = f"A name has at most {LONGEST_NAME} characters."


@dataclass(frozen=True)
class Planned:
    """The job's name (empty: it takes its name from source and group) and its timetable."""

    name: str
    timetable: Timetable


def typed(form: Form, before: Entries) -> dict[str, Any]:
    """What was entered; what the form did not show stays."""
    found = dict(before)
    if form.get("when") in set(When):
        found["when"] = form.get("when")
    if "days_shown" in form:
        found["days"] = sorted({int(day) for day in form.getlist("days") if day in set("0123456")})
    for name in ("date", "local_time", "zone"):
        if name in form:
            found[name] = line(form.get(name), 64)
    if "name" in form:
        found["name"] = line(form.get("name"), 2 * LONGEST_NAME)
    return found


def entered(name: str, timetable: Timetable) -> dict[str, Any]:
    """A saved job's name and timetable as they would have been entered."""
    if timetable.when is When.BY_HAND:
        return {"name": name}
    days = list(timetable.days) or list(WORKDAYS)
    times = {"date": timetable.date, "local_time": timetable.local_time, "zone": timetable.zone}
    return {"name": name, "when": str(timetable.when), "days": days, **times}


def planned(entries: Entries, now: datetime) -> Read[Planned]:
    """Name and timetable, or what is wrong. What does not belong to the chosen way counts for nothing."""
    when = When(entries.get("when") or When.BY_HAND)
    name = str(entries.get("name", "")).strip()
    problems = {"name": LONG_NAME} if len(name) > LONGEST_NAME else {}
    if when is When.BY_HAND:
        return read(Planned(name, Timetable()), problems)
    found = _times(entries, problems)
    if when is When.ONCE:
        found = Timetable(when, (), _day(entries, now, problems), found.local_time, found.zone)
        if not problems and schedule.once(found.date, found.local_time, found.zone) <= now:
            problems["date"] = OVER_WORDS
        return read(Planned(name, found), problems)
    days = tuple(entries.get("days") or ())
    if not days:
        problems["days"] = NO_DAY
    return read(Planned(name, Timetable(when, days, "", found.local_time, found.zone)), problems)


def _times(entries: Entries, problems: dict[str, str]) -> Timetable:
    local_time, zone = time_of(str(entries.get("local_time", "")).strip()), str(entries.get("zone", "")).strip()
    if local_time is None:
        problems["local_time"] = TIME_WORDS
    meant = zones_named(zone)
    if len(meant) > 1:
        problems["zone"] = f"Several time zones have this name: {', '.join(meant)}. Enter one of them."
    elif not meant:
        problems["zone"] = ZONE_WORDS if zone else NO_ZONE_WORDS
    return Timetable(local_time=local_time or "", zone=meant[0] if len(meant) == 1 else "")


def _day(entries: Entries, now: datetime, problems: dict[str, str]) -> str:
    try:
        found = date.fromisoformat(str(entries.get("date", "")).strip())
    except ValueError:
        problems["date"] = DATE_WORDS
        return ""
    today = now.astimezone(UTC).date()
    if not (found - today).days >= -1:
        problems["date"] = OVER_WORDS
    elif found.year > today.year + _YEARS:
        problems["date"] = FAR_WORDS
    return found.isoformat()
