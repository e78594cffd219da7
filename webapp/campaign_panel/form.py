"""Reads what was chosen in the panel into the wizard's own entries, so that the wizard can go on with them."""

from collections.abc import Mapping
from typing import Any

from connector.model.audience import SourceKind
from connector.model.uploads import How
from webapp.wizard.forms import group, source
from webapp.wizard.forms.reading import Form, Problems, parts
from webapp.wizard.steps import Step

Everything = Mapping[str, Any]
"""The entries of all steps."""


def typed(given: Form, campaign_id: str, before: Everything) -> dict[str, Any]:
    """What was entered, over what was entered before; the source is always this Campaign."""
    kind = str(SourceKind.CAMPAIGN)
    of_source = Form({**given.values, "kind": [kind], "panel": [kind], "choice": [f":{campaign_id}"], "text": [""]})
    of_group = Form({**given.values, "panel": [given.get("which", group.EXISTING)]})
    chosen = dict(parts(before, Step.GROUP))
    if "group" in given and not given.get("group"):
        chosen.pop("group_id", None)
    return {
        **before,
        Step.SOURCE: source.typed(of_source, parts(before, Step.SOURCE)),
        Step.GROUP: group.typed(of_group, chosen),
    }


def begin(campaign_id: str, name: str) -> dict[str, Any]:
    """What an untouched panel stands for: everybody in the Campaign, added to a group that is not chosen yet."""
    how = {which: str(How.ADD) for which in (group.EXISTING, group.NEW)}
    return {
        Step.SOURCE: source.choice_of(SourceKind.CAMPAIGN, campaign_id, name),
        Step.GROUP: {"which": group.EXISTING, "text": "", "how": how},
    }


def problems(entries: Everything) -> Problems:
    """What is wrong, as far as it can be told without asking anybody, by the name of its field."""
    return {
        **source.source(parts(entries, Step.SOURCE)).problems,
        **group.target(parts(entries, Step.GROUP)).problems,
    }


def is_of(entries: Everything, wanted: str) -> bool:
    """Whether a draft takes its people from this Campaign."""
    found = parts(entries, Step.SOURCE)
    return (
        source.kind_of(str(found.get("kind", ""))) is SourceKind.CAMPAIGN and source.chosen(found).get("id") == wanted
    )


def campaign_id(entries: Everything) -> str:
    """The Campaign's id."""
    return str(source.chosen(parts(entries, Step.SOURCE)).get("id", ""))


def campaign_name(entries: Everything) -> str:
    """The Campaign's name as far as it was told."""
    return str(source.chosen(parts(entries, Step.SOURCE)).get("name", ""))


def group_name(entries: Everything) -> str:
    """The name of the group that was chosen or entered."""
    found = parts(entries, Step.GROUP)
    return str(found.get("new_name" if found.get("which") == group.NEW else "group_name", ""))
