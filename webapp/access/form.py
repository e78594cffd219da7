"""What whoever gives rights entered, as levels; nothing of it is trusted."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connector.model.rights import Area, Holder, Level

LONGEST_NAME = 120


@dataclass(frozen=True)
class Entered:
    """A default as it was entered, to be shown again when it was wrong."""

    holder: str = Holder.PERMISSION_SET
    name: str = ""
    levels: Mapping[Area, Level] = field(default_factory=dict[Area, Level])


def own_levels(given: Mapping[str, str]) -> dict[Area, Level | None]:
    """Area → level, or None for *as the usual rights say*; an area that was not sent, or nonsense, stays out."""
    found: dict[Area, Level | None] = {}
    for area in Area:
        value = given.get(area)
        if value == "":
            found[area] = None
        elif value in set(Level):
            found[area] = Level(value)
    return found


def default(given: Mapping[str, str]) -> Entered:
    """A default as entered; missing levels are None."""
    levels = {area: Level(given[area]) if given.get(area) in set(Level) else Level.NONE for area in Area}
    holder = given.get("holder", "")
    name = "" if holder == Holder.EVERYBODY else " ".join(given.get("name", "").split())
    return Entered(holder, name[: LONGEST_NAME + 1], levels)


def problem(entered: Entered) -> str:
    """What is wrong with a default, in words."""
    if entered.holder not in set(Holder):
        return "Choose whether the levels come with a profile or with a permission set."
    if entered.holder != Holder.EVERYBODY and not entered.name:
        return f"Enter the name of the {entered.holder}, as Salesforce Setup shows it."
    if len(entered.name) > LONGEST_NAME or not entered.name.isprintable():
        return f"A name has at most {LONGEST_NAME} characters."
    return ""
