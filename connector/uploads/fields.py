"""Which fields of Contacts and Leads an audience is read with, and that we may see every one; it reads no person."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from connector.errors import Misconfigured, NotFound
from connector.model.activity import Channel
from connector.model.audience import Rule
from connector.model.bulk import Field
from connector.model.uploads import Definition
from connector.salesforce.gateway import Salesforce

OPT_OUT: Mapping[Channel, str] = {
    Channel.EMAIL: "HasOptedOutOfEmail",
    Channel.FAX: "HasOptedOutOfFax",
    Channel.SMS: "DoNotCall",
}
"""Where Salesforce keeps that a person wants nothing by a channel; it has no opt-out of its own for text messages."""

COUNTRY: Mapping[str, Sequence[str]] = {
    "Contact": ("MailingCountryCode", "MailingCountry"),
    "Lead": ("CountryCode", "Country"),
}
"""Where a person's country stands, the surest first; an org without state and country lists has no codes."""

ID, DELETED, MASTER, CONVERTED, FIRST, LAST = (
    "Id",
    "IsDeleted",
    "MasterRecordId",
    "IsConverted",
    "FirstName",
    "LastName",
)

_PATH = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*){0,2}")
_LABELS = {"HasOptedOutOfEmail": "Email Opt Out", "HasOptedOutOfFax": "Fax Opt Out", "DoNotCall": "Do Not Call"}
_GRANT = "An administrator grants it to the integration user by the permission set Real_Magnet_Integration"
_NO_TEXT = {"address", "location", "base64"}


@dataclass(frozen=True)
class Layout:
    """The fields that are read of one kind of person, in their order."""

    kind: str
    paths: tuple[str, ...]

    def place(self, path: str) -> int | None:
        """Where a field stands among the values; None for one that is not read. Letter case tells nothing."""
        wanted = path.lower()
        return next((place for place, name in enumerate(self.paths) if name.lower() == wanted), None)

    def selected(self, parent: str = "") -> str:
        """The fields as a SELECT names them, seen from a record that has this person as its parent."""
        return ", ".join(f"{parent}.{path}" if parent else path for path in self.paths)


def layout(salesforce: Salesforce, definition: Definition, kind: str) -> Layout:
    """What is read of Contacts or Leads.

    Raises `Misconfigured` for a field that is missing, hidden from us or no text: a rule that cannot be looked up, or
    a column that would arrive empty, is never passed over in silence.
    """
    visible = _visible(salesforce, kind)
    for pair in definition.mapping(kind):
        _hold_to_mapping(visible, kind, pair.person_field)
    needed = [ID, DELETED, MASTER, FIRST, LAST, *([CONVERTED] if kind == "Lead" else [])]
    needed += _opt_out(visible, definition, kind)
    if definition.channel is not Channel.EMAIL:
        needed += [name for name in COUNTRY[kind] if name.lower() in visible][:1]
    needed += [pair.person_field for pair in definition.mapping(kind) if pair.person_field]
    return Layout(kind, tuple(_once(needed)))


def _visible(salesforce: Salesforce, kind: str) -> dict[str, Field]:
    try:
        return {name.lower(): field for name, field in salesforce.fields(kind).items()}
    except NotFound as error:
        raise Misconfigured(f"Salesforce does not show us any {kind}.", advice=f"{_GRANT}.") from error


def _opt_out(visible: Mapping[str, Field], definition: Definition, kind: str) -> list[str]:
    if Rule.OPTED_OUT not in definition.rules:
        return []
    name = OPT_OUT[definition.channel]
    if name.lower() not in visible:
        raise Misconfigured(
            f"Salesforce does not show us {_LABELS[name]} on {kind}, so nobody's consent can be checked.",
            advice=f"{_GRANT}, or somebody switches the rule about opted-out people off in the upload job.",
        )
    return [name]


def _hold_to_mapping(visible: Mapping[str, Field], kind: str, path: str) -> None:
    if not path:
        return
    if not _PATH.fullmatch(path):
        raise Misconfigured("The field mapping names something that is no field.", advice="Choose the field once more.")
    found = next((visible[name] for name in _roots(path) if name in visible), None)
    if found is None:
        raise Misconfigured(
            f"Salesforce does not show us the field {path} of {kind}.",
            advice=f"{_GRANT}, or somebody takes it out of the upload job's field mapping.",
        )
    if found.type in _NO_TEXT:
        raise Misconfigured(
            f"The field {path} of {kind} holds no single text, so it cannot be uploaded.",
            advice="Choose another field in the upload job's field mapping, or its parts, such as street and city.",
        )


def _roots(path: str) -> list[str]:
    """The names, in small letters, under which the object itself knows the beginning of a path."""
    root, dot, _ = path.lower().partition(".")
    if not dot:
        return [root]
    return [root.removesuffix("__r") + "__c"] if root.endswith("__r") else [f"{root}id"]


def _once(names: Iterable[str]) -> list[str]:
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(name.lower(), name)
    return list(found.values())
