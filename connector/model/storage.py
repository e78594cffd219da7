"""Where a kind of activity is kept in Salesforce: what each way means and costs, and the ready-made choices."""

from collections.abc import Mapping

from connector.model.activity import COLLECTED, IN_HISTORY, IN_SUMMARY, ActivityGroup, Mode
from connector.model.lists import HISTORY_OBJECT, LIST_OF, OBJECTS, SummaryList

ROWS_A_MEGABYTE = 512
"""Salesforce counts 2 KB for a row of a custom object, whatever is in it."""

MEANINGS: Mapping[Mode, str] = {
    Mode.LIVE: "Nothing is stored in Salesforce. The Real Magnet panel on a Contact or Lead still shows it.",
    Mode.SUMMARY: "One row a person and message in the MagnetMail lists, kept up to date: first, last, how often.",
    Mode.HISTORY: "One row each time it happens, in Real Magnet Activity History.",
    Mode.BOTH: "Both: the summed-up row, and a row each time.",
}
"""One plain sentence a way."""

AGGREGATES = (SummaryList.MESSAGES, SummaryList.LINKS)
"""The lists of messages and links: they come with the first kind that is summed up."""

PER_PERSON = tuple(dict.fromkeys(LIST_OF.values()))
"""The lists that stand on a Contact or Lead, in the order of their kinds."""


def modes_of(group: str) -> tuple[Mode, ...]:
    """The ways in which a kind can be kept. One that no list of Version 1 sums up has no summary."""
    return tuple(Mode) if group in LIST_OF else (Mode.LIVE, Mode.HISTORY)


def everything() -> dict[ActivityGroup, Mode]:
    """Version 1's bulk and Version 2's list at once."""
    return {group: modes_of(group)[-1] for group in COLLECTED}


def recommended() -> dict[ActivityGroup, Mode]:
    """Summed up what is frequent, each time what is rarer."""
    frequent = (ActivityGroup.SENT, ActivityGroup.OPENED)
    return {group: Mode.SUMMARY if group in frequent else Mode.HISTORY for group in COLLECTED}


def history() -> dict[ActivityGroup, Mode]:
    """Version 2's list alone."""
    return dict.fromkeys(COLLECTED, Mode.HISTORY)


PRESETS: Mapping[str, Mapping[ActivityGroup, Mode]] = {
    "recommended": recommended(),
    "everything": everything(),
    "history": history(),
}
"""The ready-made choices by their short names."""


def megabytes(rows: float) -> float:
    """The data storage that so many rows take."""
    return rows / ROWS_A_MEGABYTE


def kept_up(modes: Mapping[str, str]) -> dict[str, str]:
    """What is kept up under these modes of the selected kinds: a row's kind (a group of activities in History, or the
    label of a list) → the object it stands in."""
    kept: dict[str, str] = {str(group): HISTORY_OBJECT for group, mode in modes.items() if mode in IN_HISTORY}
    summed = {LIST_OF[ActivityGroup(group)] for group, mode in modes.items() if mode in IN_SUMMARY and group in LIST_OF}
    lists = (*summed, *AGGREGATES) if summed else ()
    return kept | {str(one): OBJECTS[one] for one in lists}


def object_of(kind: str) -> str:
    """The object in which rows of a kind stand."""
    return OBJECTS[SummaryList(kind)] if kind in OBJECTS else HISTORY_OBJECT
