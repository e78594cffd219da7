"""Entries of all steps become one definition, or the first step that needs another look; it knows no vendor."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from connector.model.uploads import Definition, Timetable
from webapp.wizard.forms import fields, group, rules, source, when
from webapp.wizard.forms.fields import Known, Mapped
from webapp.wizard.forms.reading import Entries, Problems, parts
from webapp.wizard.forms.rules import Limits
from webapp.wizard.steps import Step

NOTHING_KNOWN = Known()


def of_definition(name: str, found: Definition) -> dict[str, Entries]:
    """What would have been entered for this definition: for a job that was not made by the wizard."""
    mapped = Mapped(found.contact, found.lead, found.identifier, found.channel, found.update)
    return {
        Step.SOURCE: source.entered(found.source),
        Step.GROUP: group.entered(found.target),
        Step.FIELDS: fields.entered(mapped),
        Step.PREVIEW: rules.entered(Limits(found.rules, found.most_change)),
        Step.WHEN: when.entered(name, found.timetable),
    }


def problems(entries: Mapping[str, Any], step: Step, now: datetime) -> Problems:
    """What is wrong with what was entered in a step, as far as it can be told without asking anybody."""
    found = parts(entries, step)
    if step is Step.SOURCE:
        return source.source(found).problems
    if step is Step.GROUP:
        return group.target(found).problems
    if step is Step.FIELDS:
        return fields.mapped(found, NOTHING_KNOWN, shown(entries)).problems
    if step is Step.PREVIEW:
        return rules.limits(found).problems
    return when.planned(found, now).problems


def shown(entries: Mapping[str, Any]) -> tuple[str, ...]:
    """The tables of the mapping that this source can need."""
    found = source.source(parts(entries, Step.SOURCE)).value
    return tuple(name.lower() for name in source.objects(found))


def definition(entries: Mapping[str, Any], now: datetime) -> Definition | None:
    """The definition, once all that the audience depends on is whole; without a timetable until that is."""
    found_source = source.source(parts(entries, Step.SOURCE)).value
    target = group.target(parts(entries, Step.GROUP)).value
    mapped = fields.mapped(parts(entries, Step.FIELDS), NOTHING_KNOWN, shown(entries)).value
    limits = rules.limits(parts(entries, Step.PREVIEW)).value
    planned = when.planned(parts(entries, Step.WHEN), now).value
    if found_source is None or target is None or mapped is None or limits is None:
        return None
    return Definition(
        source=found_source,
        target=target,
        contact=mapped.contact,
        lead=mapped.lead,
        identifier=mapped.identifier,
        channel=mapped.channel,
        rules=limits.rules,
        most_change=limits.most_change,
        update=mapped.update,
        timetable=planned.timetable if planned else Timetable(),
    )


def audience_of(found: Definition | None) -> str:
    """What stands for the audience of a definition; two with the same need one preview. Names may change under it."""
    if found is None:
        return ""
    nameless = replace(found, source=replace(found.source, name=""), most_change=0, update=True)
    return hashlib.sha256(nameless.audience_json().encode()).hexdigest()[:32]


def default_name(entries: Mapping[str, Any]) -> str:
    """What a job is called unless somebody names it: where its people come from and where they go."""
    from_step, to_step = parts(entries, Step.SOURCE), parts(entries, Step.GROUP)
    found = source.source(from_step).value
    target = group.target(to_step).value
    names = (found.name if found else "", target.name if target else "")
    return " → ".join(name for name in names if name)[: when.LONGEST_NAME].strip()


def name(entries: Mapping[str, Any]) -> str:
    """The job's name."""
    return str(parts(entries, Step.WHEN).get("name", "")).strip()[: when.LONGEST_NAME] or default_name(entries)
