"""Why a user may do what he may: each area's level with the place it comes from, in words."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping

from connector.model.rights import Area, Default, Holder, Level, Rights, effective

MEANINGS = {
    Area.UPLOADS: "Upload jobs and the Campaign panel",
    Area.TRACKING: "Activity, runs and the panels of Contacts and Leads",
    Area.MESSAGING: "Sending messages",
    Area.DELETION: "Deleting activity in Salesforce",
    Area.SETTINGS: "Manage Data, Connection, Access and keys",
}


@dataclass(frozen=True)
class Explained:
    """One area of one user. `usual` is the level that holds without one of his own."""

    area: Area
    level: Level
    source: str
    usual: Level


@dataclass(frozen=True)
class Held:
    """What comes with one holder."""

    holder: Holder
    name: str
    levels: Rights

    @property
    def words(self) -> str:
        """The holder as a screen names it."""
        return "Everybody" if self.holder is Holder.EVERYBODY else f"{self.holder.capitalize()} {self.name}"


def by_holder(defaults: Iterable[Default]) -> list[Held]:
    """The defaults, everybody's first, then by holder."""
    found: dict[tuple[Holder, str], dict[Area, Level]] = {(Holder.EVERYBODY, ""): {}}
    for default in defaults:
        found.setdefault((default.holder, default.name), {})[default.area] = default.level
    return [Held(holder, name, levels) for (holder, name), levels in found.items()]


def explained(user: RowMapping, own: Rights, defaults: Sequence[Default]) -> list[Explained]:
    """Every area of a user, in order."""
    fitting = [default for default in defaults if _fits(default, user)]
    usual = effective({}, fitting)
    return [Explained(area, own.get(area, usual[area]), _source(area, own, fitting), usual[area]) for area in Area]


def in_short(rights: Rights) -> str:
    """Rights in as few words as a table has room for."""
    levels = {rights.get(area, Level.NONE) for area in Area}
    if len(levels) == 1:
        return {Level.NONE: "Nothing", Level.READ: "Everything: Read", Level.FULL: "Everything"}[levels.pop()]
    return ", ".join(f"{area}: {rights[area]}" for area in Area if rights.get(area, Level.NONE) is not Level.NONE)


def _fits(default: Default, user: RowMapping) -> bool:
    if default.holder is Holder.PROFILE:
        return default.name == user["profile"]
    if default.holder is Holder.PERMISSION_SET:
        return default.name in json.loads(user["permission_sets"])
    return True


def _source(area: Area, own: Rights, fitting: Sequence[Default]) -> str:
    if area in own:
        return "given to this user"
    wanted = effective({}, fitting)[area]
    found = next((one for one in fitting if one.area is area and one.level is wanted), None)
    if found is None or found.holder is Holder.EVERYBODY:
        return "as everybody"
    return f"from the {found.holder} {found.name}"
