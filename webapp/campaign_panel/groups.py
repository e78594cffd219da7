"""The groups of the Real Magnet account as the panel lists them, with how many people the chosen one has."""

from dataclasses import dataclass, field

from connector.errors import NotFound
from connector.model.groups import Group, GroupSize
from connector.realmagnet.gateway import RealMagnet
from webapp.wizard import vendors

SHOWN = 200
SEARCHED = 8
"""From so many groups on there is a search above the list."""


@dataclass(frozen=True)
class Groups:
    """Those that match what is typed, by name; `more` of them are not listed, `every` counts all of the account."""

    listed: list[Group] = field(default_factory=list[Group])
    more: int = 0
    every: int = 0
    chosen: Group | None = None
    size: GroupSize | None = None
    trouble: str = ""

    @property
    def searched(self) -> bool:
        """Whether there are enough to search among."""
        return self.every >= SEARCHED


def look(text: str, chosen: int) -> Groups:
    """The groups that hold a text in their name, and the chosen one whatever it is called."""
    answer = vendors.realmagnet(lambda asked: _look(asked, text.strip().casefold(), chosen), Groups())
    return Groups(trouble=answer.trouble) if answer.error else answer.value


def _look(asked: RealMagnet, text: str, chosen: int) -> Groups:
    every = sorted(asked.groups(), key=lambda one: (one.name.casefold(), one.id))
    matching = [one for one in every if text in one.name.casefold() or one.id == chosen]
    found = next((one for one in every if one.id == chosen), None)
    listed = matching[:SHOWN]
    if found is not None and found not in listed:
        listed = [found, *listed[:-1]]
    size = _size(asked, found)
    return Groups(listed, len(matching) - len(listed), len(every), found, size)


def _size(asked: RealMagnet, group: Group | None) -> GroupSize | None:
    if group is None:
        return None
    try:
        return asked.group_size(group.id)
    except NotFound:
        return None
