"""An upload job in one sentence: when, who, and what becomes of the group. Knows no request and no store."""

from collections.abc import Sequence
from datetime import date

from connector.model.audience import Source, SourceKind
from connector.model.uploads import Definition, How, Timetable, When
from webapp import moments

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def whole(definition: Definition, locale: str) -> str:
    """What the job does, as one sentence."""
    target = definition.target
    does = "replace the members of" if target.how is How.REPLACE else "are added to"
    sentence = f"{times(definition.timetable, locale)}, {people(definition.source)} {does} the group “{target.name}”."
    return sentence[:1].upper() + sentence[1:]


def people(source: Source) -> str:
    """Who the audience is: `the people of the Campaign “Spring” with status Invited`."""
    if source.kind is SourceKind.CAMPAIGN:
        statuses = f" with status {listed(source.statuses, 'or')}" if source.statuses else ""
        return f"the people of the Campaign “{source.name}”{statuses}"
    if source.kind is SourceKind.REPORT:
        return f"the people in the report “{source.name}”"
    if source.kind is SourceKind.LIST_VIEW:
        return f"the {source.object_name}s in the list view “{source.name}”"
    return "the people that a query finds"


def times(timetable: Timetable, locale: str) -> str:
    """When it runs, in the words and the zone it was set in."""
    if timetable.when is When.BY_HAND:
        return "when somebody chooses Run now"
    at = f"at {moments.clock_time(timetable.local_time, locale)} ({place(timetable.zone)})"
    if timetable.when is When.ONCE:
        return f"once, on {_day(timetable.date, locale)} {at}"
    days = sorted(set(timetable.days))
    return f"every {'day' if len(days) == len(DAYS) else listed([DAYS[day] for day in days])} {at}"


def place(zone: str) -> str:
    """The city that a time zone is named for."""
    return zone.rpartition("/")[2].replace("_", " ")


def listed(words: Sequence[str], last: str = "and") -> str:
    """Words one after the other: `a`, `a and b`, `a, b and c`."""
    return f" {last} ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def _day(text: str, locale: str) -> str:
    day = date.fromisoformat(text)
    return f"{day:%b} {day.day}, {day.year}" if locale in moments.MONTH_FIRST else f"{day.day} {day:%b %Y}"
