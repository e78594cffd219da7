"""What the Activity Report calls its rows, columns and choices. Knows no store and no request."""

from collections.abc import Mapping
from datetime import date

from connector.model.report_questions import Dimension, Key, Measure
from connector.store.report_days import NO_DAY
from webapp.moments import MONTH_FIRST

NAMES: Mapping[Dimension, str] = {
    Dimension.GROUP: "Activity group",
    Dimension.ACTIVITY: "Activity",
    Dimension.MESSAGE: "Message",
    Dimension.CHANNEL: "Channel",
    Dimension.LINK: "Link",
    Dimension.MONTH: "Month",
    Dimension.WEEK: "Week",
    Dimension.DAY: "Day",
    Dimension.KIND: "Contact or Lead",
    Dimension.OWNER: "Owner",
    Dimension.CAMPAIGN: "Campaign",
}
MEASURES: Mapping[Measure, str] = {Measure.ACTIVITIES: "Activities", Measure.PEOPLE: "People"}


def label(dimension: Dimension, key: Key | None, named: Mapping[Key, str], locale: str) -> str:
    """A key in words."""
    if key is None:
        return "Other"
    if key in named:
        return named[key]
    if isinstance(key, int):
        return _time(dimension, key, locale)
    if dimension is Dimension.ACTIVITY:
        return activity(key)
    return key or "Not in Salesforce"


def activity(key: str) -> str:
    """An activity with its group, where that says more."""
    group, _, name = key.partition("/")
    return name if group == name else f"{group}: {name}"


def day(ordinal: int, locale: str) -> str:
    """A day as the locale writes it."""
    found = date.fromordinal(ordinal)
    return f"{found:%b} {found.day}, {found.year}" if locale in MONTH_FIRST else f"{found.day} {found:%b %Y}"


def _time(dimension: Dimension, key: int, locale: str) -> str:
    if key <= NO_DAY:
        return "No date"
    if dimension is Dimension.MONTH:
        return f"{date.fromordinal(key):%b %Y}"
    return f"Week of {day(key, locale)}" if dimension is Dimension.WEEK else day(key, locale)
