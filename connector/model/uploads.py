"""An upload job: a saved Salesforce source, the group it fills, how, and when. It knows no store and no vendor."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from connector.model.activity import Channel
from connector.model.audience import Rule, Source, SourceKind
from connector.model.groups import CUSTOM_MEMBER_ID


class How(StrEnum):
    """What an upload does to the people in the group already."""

    ADD = "Add"
    REPLACE = "Replace"


class When(StrEnum):
    BY_HAND = "by hand"
    ONCE = "once"
    REPEATING = "repeating"


class JobState(StrEnum):
    """A draft is what the wizard has not finished; a paused job keeps its schedule and does not run by it."""

    DRAFT = "Draft"
    ACTIVE = "Active"
    PAUSED = "Paused"
    DELETED = "Deleted"


class Identifier(StrEnum):
    """By what a Real Magnet account tells its recipients apart."""

    EMAIL = "E-mail address"
    CUSTOM_ID = "Custom Member ID"


@dataclass(frozen=True)
class Target:
    """The group. An id of 0 is a group that is made when the wizard is finished."""

    group_id: int
    name: str
    how: How


@dataclass(frozen=True)
class Pair:
    """One line of the field mapping: what a person has goes into what a recipient has, or the default if it is blank.

    An empty `person_field` fills the default in for everybody.
    """

    recipient_field: str
    person_field: str
    default: str = ""


@dataclass(frozen=True)
class Timetable:
    """When a job runs. `days` are weekdays, Monday is 0; `date` (YYYY-MM-DD) belongs to *once*."""

    when: When = When.BY_HAND
    days: tuple[int, ...] = ()
    date: str = ""
    local_time: str = ""
    zone: str = ""


@dataclass(frozen=True)
class Definition:
    """Everything a run of the job goes by. `most_change` is in per cent of the last audience; 0 switches it off."""

    source: Source
    target: Target
    contact: tuple[Pair, ...]
    lead: tuple[Pair, ...]
    identifier: Identifier = Identifier.EMAIL
    channel: Channel = Channel.EMAIL
    rules: frozenset[Rule] = frozenset(Rule)
    most_change: int = 25
    update: bool = True
    timetable: Timetable = field(default_factory=Timetable)

    def mapping(self, kind: str) -> tuple[Pair, ...]:
        """The lines for Contacts or Leads."""
        return self.lead if kind == "Lead" else self.contact

    @property
    def columns(self) -> Sequence[str]:
        """The recipient fields that travel, each once, in the order of their first mention."""
        return list(dict.fromkeys(pair.recipient_field for pair in (*self.contact, *self.lead)))

    def audience_json(self) -> str:
        """What the audience depends on, as text: two definitions with the same have the same preview."""
        document = _document(self)
        for name in ("timetable", "target"):
            del document[name]
        return json.dumps(document, sort_keys=True)

    def to_json(self) -> str:
        """The definition as text for the store."""
        return json.dumps(_document(self), sort_keys=True)


def from_json(text: str) -> Definition:
    """The definition that `to_json` wrote."""
    found: Mapping[str, Any] = json.loads(text)
    target = found["target"]
    return Definition(
        source=_source(found["source"]),
        target=Target(int(target["group_id"]), target["name"], How(target["how"])),
        contact=tuple(Pair(**pair) for pair in found["contact"]),
        lead=tuple(Pair(**pair) for pair in found["lead"]),
        identifier=Identifier(found["identifier"]),
        channel=Channel(found["channel"]),
        rules=frozenset(Rule(rule) for rule in found["rules"]),
        most_change=int(found["most_change"]),
        update=bool(found["update"]),
        timetable=_timetable(found["timetable"]),
    )


def _source(found: Mapping[str, Any]) -> Source:
    kind, statuses = SourceKind(found["kind"]), tuple(found["statuses"])
    return Source(kind, found["id"], found["name"], found["object_name"], statuses, found["soql"])


def _timetable(found: Mapping[str, Any]) -> Timetable:
    return Timetable(When(found["when"]), tuple(found["days"]), found["date"], found["local_time"], found["zone"])


def _document(definition: Definition) -> dict[str, Any]:
    return {**asdict(definition), "rules": sorted(definition.rules)}


_COMMON = (
    Pair(CUSTOM_MEMBER_ID, "Id"),
    Pair("Email", "Email"),
    Pair("First_Name", "FirstName"),
    Pair("Last_Name", "LastName"),
    Pair("Phone", "Phone"),
    Pair("Fax", "Fax"),
)
DEFAULT_CONTACT = (
    *_COMMON,
    Pair("Address", "MailingStreet"),
    Pair("City", "MailingCity"),
    Pair("State", "MailingState"),
    Pair("Zip", "MailingPostalCode"),
    Pair("Company", "Account.Name"),
)
DEFAULT_LEAD = (
    *_COMMON,
    Pair("Address", "Street"),
    Pair("City", "City"),
    Pair("State", "State"),
    Pair("Zip", "PostalCode"),
    Pair("Company", "Company"),
)
"""The mapping a new job begins with: the Salesforce id is the Custom Member ID, so that activity finds its way back."""

ADDRESS_FIELD: Mapping[Channel, str] = {Channel.EMAIL: "Email", Channel.FAX: "Fax", Channel.SMS: "Phone"}
"""The recipient field that a channel writes to; Real Magnet has no other upload field for a mobile number (assumed)."""


def moved_too_far(before: int, joined: int, left: int, most_change: int) -> bool:
    """Whether an audience changed by more than `most_change` per cent of what it was. A first one never does."""
    return bool(most_change and before and (joined + left) * 100 > before * most_change)
