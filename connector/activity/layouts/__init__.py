"""The layouts of every object in Salesforce that activity stands in, and which of them an org's choices ask for."""

from collections.abc import Mapping

from connector.activity.layouts.aggregates import LINKS, MESSAGES
from connector.activity.layouts.history import HISTORY
from connector.activity.layouts.layout import KEY_FIELD, Layout, instant, lookups
from connector.activity.layouts.tracking import EMAIL_TRACKING, FAX_TRACKING, LINK_TRACKING, UNSUBSCRIBES
from connector.model.activity import IN_HISTORY, IN_SUMMARY, ActivityGroup
from connector.model.lists import LIST_OF

__all__ = ["HISTORY", "KEY_FIELD", "LAYOUTS", "Layout", "asked_for", "instant", "lookups"]

LAYOUTS: tuple[Layout, ...] = (
    MESSAGES,
    LINKS,
    HISTORY,
    EMAIL_TRACKING,
    LINK_TRACKING,
    FAX_TRACKING,
    UNSUBSCRIBES,
)
"""Every object that placements stand in, in the order of writing: what is pointed to comes first."""


def asked_for(choices: Mapping[str, tuple[bool, str]]) -> tuple[Layout, ...]:
    """The layouts that choices (activity group → selected, mode) fill. A kind without a list in Summary is History."""
    chosen = {ActivityGroup(group): mode for group, (selected, mode) in choices.items() if selected}
    summed = {LIST_OF[group] for group, mode in chosen.items() if mode in IN_SUMMARY and group in LIST_OF}
    labels = {str(label) for label in summed}
    if labels:
        labels |= {MESSAGES.label, LINKS.label}
    if any(mode in IN_HISTORY or (mode in IN_SUMMARY and group not in LIST_OF) for group, mode in chosen.items()):
        labels.add(HISTORY.label)
    return tuple(layout for layout in LAYOUTS if layout.label in labels)
