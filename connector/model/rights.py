"""Who may do what: five areas of work with a level each, and how a user's own levels and the defaults meet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Area(StrEnum):
    """What rights are given for."""

    UPLOADS = "Uploads"
    TRACKING = "Tracking"
    MESSAGING = "Messaging"
    DELETION = "Deletion"
    SETTINGS = "Settings"


class Level(StrEnum):
    """How much of an area somebody may do: nothing, look at it, or change it too."""

    NONE = "None"
    READ = "Read"
    FULL = "Full"


class Holder(StrEnum):
    """To whom a default belongs."""

    EVERYBODY = "everybody"
    PROFILE = "profile"
    PERMISSION_SET = "permission set"


_ORDER = (Level.NONE, Level.READ, Level.FULL)

Rights = Mapping[Area, Level]

ALL: Rights = dict.fromkeys(Area, Level.FULL)
"""What the first administrator has, and everybody in an organization that an operator made."""

USUAL: Rights = {
    Area.UPLOADS: Level.FULL,
    Area.TRACKING: Level.READ,
    Area.MESSAGING: Level.FULL,
    Area.DELETION: Level.NONE,
    Area.SETTINGS: Level.NONE,
}
"""What everybody else has in an organization that an administrator set up, until somebody says otherwise."""


@dataclass(frozen=True)
class Default:
    """A level that comes with a Salesforce profile or permission set, by its name, or with being here at all."""

    holder: Holder
    name: str
    area: Area
    level: Level


def allows(rights: Rights, area: Area, level: Level) -> bool:
    """Whether somebody with these rights may do what needs `level` in `area`."""
    return _ORDER.index(rights.get(area, Level.NONE)) >= _ORDER.index(level)


def effective(own: Rights, defaults: Iterable[Default]) -> dict[Area, Level]:
    """The rights that hold: a user's own level where there is one, else the highest of the defaults that fit him."""
    found = dict.fromkeys(Area, Level.NONE)
    for default in defaults:
        found[default.area] = max(found[default.area], default.level, key=_ORDER.index)
    return {**found, **own}
