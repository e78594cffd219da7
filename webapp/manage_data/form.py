"""Reads what was entered in Manage Data: every mistake in words beside its field, nothing that was entered lost."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from zoneinfo import available_timezones

from connector.model.activity import ACTIVITIES, COLLECTED, IN_SUMMARY, Activity, ActivityGroup, Mode
from connector.model.storage import PRESETS, modes_of

_TIME = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?\s*([ap])?\.?(?:m\.?)?", re.IGNORECASE)
_NOON, _LAST_HOUR, _LAST_MINUTE = 12, 23, 59
_OUTDATED = ("Etc/", "SystemV/", "US/", "posix/", "right/")
_CONTINENTS = (
    "Africa/",
    "America/",
    "Antarctica/",
    "Arctic/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
)

TIME_WORDS = "Enter a time of day such as 02:00 or 2:00 AM."
NO_ZONE_WORDS = "Choose a time zone."
ZONE_WORDS = "There is no time zone of this name. Choose one from the list, such as America/New_York or Europe/Berlin."
CODE_WORDS = "Keep at least one of its activities, or switch the whole kind off."
KIND_WORDS = "Choose at least one kind of activity, or switch the nightly run off."

MEANINGS: dict[ActivityGroup, str] = {
    ActivityGroup.SENT: "What was sent to a person, and whether it arrived, bounced or is still on its way.",
    ActivityGroup.OPENED: "A person opened a message; each opening counts.",
    ActivityGroup.CLICKED: "A person clicked a link in a message, with the link.",
    ActivityGroup.UNSUBSCRIBED: "A person asked for no more messages.",
    ActivityGroup.SUBSCRIBED: "A person signed up for groups.",
    ActivityGroup.SUPPRESSED: "A person was put on the do-not-send list, and why.",
    ActivityGroup.FAX_SENT: "A fax to a person, and whether it was received.",
    ActivityGroup.SMS_SENT: "A text message to a person, and what the carrier said of it.",
    ActivityGroup.EVENT_SIGNUP: "A person signed up for an event.",
    ActivityGroup.SURVEY_SUBMISSION: "A person answered a survey.",
}
"""One plain sentence a kind; the activities under it have their own in the model."""


@dataclass(frozen=True)
class Choices:
    """What an admin chose, or entered and has to mend: texts as they were typed, and what is wrong with which.

    `modes` has every kind that can be chosen, whether it is on or not; `off` has single activities that are not wanted.
    """

    enabled: bool
    local_time: str
    zone: str
    kinds: frozenset[str]
    modes: Mapping[str, str]
    off: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    problems: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def on(self) -> Mapping[str, str]:
        """The modes of the kinds that are on."""
        return {group: mode for group, mode in self.modes.items() if group in self.kinds}

    @property
    def summed(self) -> bool:
        """Whether anything is kept in Version 1's lists."""
        return any(mode in IN_SUMMARY for mode in self.on.values())

    def filled(self, preset: str) -> "Choices":
        """The same, with every kind on and kept as a ready-made choice says."""
        modes = {str(group): str(mode) for group, mode in PRESETS[preset].items()}
        problems = {name: words for name, words in self.problems.items() if name != "kinds"}
        return replace(self, kinds=frozenset(modes), modes=modes, off={}, problems=problems)


@dataclass(frozen=True)
class Ticked:
    """The boxes that were ticked: of kinds, and of single activities; None where the form has none of those."""

    kinds: Collection[str]
    codes: Collection[str] | None = None


@dataclass(frozen=True)
class Kind:
    """One line of the list of kinds."""

    group: ActivityGroup
    meaning: str
    activities: Sequence[Activity]
    modes: Sequence[Mode]

    @property
    def field(self) -> str:
        """The name of the field for its mode."""
        return f"mode {self.group}"


def code(activity: Activity) -> str:
    """What the form calls a single activity."""
    return f"{activity.group}: {activity.label}"


def read(values: Mapping[str, str], ticked: Ticked, before: Choices) -> Choices:
    """The choices in a submitted form. An understood time comes back as HH:MM, a zone in its own spelling; a kind that
    the form says no mode of, or none that it can have, keeps the mode of before."""
    problems: dict[str, str] = {}
    entered_time, entered_zone = values.get("local_time", "").strip(), values.get("zone", "").strip()
    local_time, zones_meant = time_of(entered_time), zones_named(entered_zone)
    zone = zones_meant[0] if len(zones_meant) == 1 else None
    if local_time is None:
        problems["local_time"] = TIME_WORDS
    if zone is None:
        problems["zone"] = _zone_problem(entered_zone, zones_meant)
    enabled = values.get("enabled") == "on"
    chosen = frozenset(ticked.kinds) & frozenset(map(str, COLLECTED))
    if enabled and not chosen:
        problems["kinds"] = KIND_WORDS
    entered = {kind.group: values.get(kind.field, "") for kind in offered()}
    kept = {str(g): entered[g] if entered[g] in modes_of(g) else before.modes[g] for g in COLLECTED}
    off = before.off if ticked.codes is None else _off(ticked.codes)
    problems |= {f"codes {group}": CODE_WORDS for group in chosen if len(off.get(group, ())) == len(_of(group))}
    return Choices(enabled, local_time or entered_time, zone or entered_zone, chosen, kept, off, problems)


def _of(group: str) -> list[Activity]:
    return [activity for activity in ACTIVITIES if activity.group == group]


def _off(codes: Collection[str]) -> dict[str, frozenset[str]]:
    found = {str(g): frozenset(a.label for a in _of(g) if len(_of(g)) > 1 and code(a) not in codes) for g in COLLECTED}
    return {group: labels for group, labels in found.items() if labels}


def time_of(entered: str) -> str | None:
    """A time of day as HH:MM from `2:00`, `02.00`, `2 am`, `14h30`; None if it is none."""
    found = _TIME.fullmatch(entered) if entered.isascii() else None
    if found is None or not (found[2] or found[3]):
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half:
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    return f"{hour:02}:{minute:02}" if hour <= _LAST_HOUR and minute <= _LAST_MINUTE else None


def _zone_problem(entered: str, meant: Sequence[str]) -> str:
    if meant:
        return f"Several time zones have this name: {', '.join(meant)}. Enter one of them."
    return ZONE_WORDS if entered else NO_ZONE_WORDS


def zones_named(entered: str) -> Sequence[str]:
    """The IANA zones of this name in any case, spaces for underscores; else those of a city of this name."""
    name = entered.replace(" ", "_").casefold()
    whole = _zones().get(name)
    return (whole,) if whole else _cities().get(name, ())


@cache
def _cities() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for zone in zones():
        city = zone.rpartition("/")[2].casefold()
        found[city] = (*found.get(city, ()), zone)
    return found


@cache
def zones() -> tuple[str, ...]:
    """The zones offered: those named for a place, and UTC."""
    return (*sorted(name for name in available_timezones() if name.startswith(_CONTINENTS)), "UTC")


@cache
def _zones() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones() if not name.startswith(_OUTDATED)}


@cache
def offered() -> tuple[Kind, ...]:
    """The kinds that can be chosen, in order, each with its meaning."""
    return tuple(Kind(group, MEANINGS[group], tuple(_of(group)), modes_of(group)) for group in COLLECTED)
