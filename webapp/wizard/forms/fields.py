"""Reads the third step: which Salesforce field fills which Real Magnet field, for Contacts and for Leads."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector.model.activity import Channel
from connector.model.groups import CUSTOM_MEMBER_ID, EMAIL
from connector.model.uploads import ADDRESS_FIELD, DEFAULT_CONTACT, DEFAULT_LEAD, Identifier, Pair
from webapp.wizard.forms.reading import Entries, Form, Read, line, read

TABLES = ("contact", "lead")
DEFAULTS = {"contact": DEFAULT_CONTACT, "lead": DEFAULT_LEAD}
CHANNELS = tuple(ADDRESS_FIELD)
LONGEST = 255
MOST_LINES = 100
BLANK_LINE = {"recipient": "", "person": "", "default": ""}
_NAMED = re.compile(r".*\(([A-Za-z]\w*(?:\.\w+)*)\)\s*", re.ASCII | re.DOTALL)
_PLAIN = re.compile(r"[A-Za-z]\w*(?:\.\w+)*", re.ASCII)

NO_RECIPIENT = "Choose a Real Magnet field, or remove this line."
NO_PERSON = "Choose a Salesforce field, or enter what everybody gets."
MOST_WORDS = f"There is room for {MOST_LINES} lines."


@dataclass(frozen=True)
class Known:
    """The fields there are, labels by name; empty where the vendor could not be asked, and then nothing is refused."""

    recipient: Mapping[str, str] = field(default_factory=dict[str, str])
    contact: Mapping[str, str] = field(default_factory=dict[str, str])
    lead: Mapping[str, str] = field(default_factory=dict[str, str])

    def of(self, table: str) -> Mapping[str, str]:
        """The Salesforce fields of a table."""
        return self.lead if table == "lead" else self.contact


@dataclass(frozen=True)
class Mapped:
    """Both mappings and how Real Magnet takes the rows."""

    contact: tuple[Pair, ...]
    lead: tuple[Pair, ...]
    identifier: Identifier
    channel: Channel
    update: bool


def typed(form: Form, before: Entries) -> dict[str, Any]:
    """What was entered, over what was entered before; a table that the form did not show stays as it was."""
    found = dict(before)
    for table in TABLES:
        if table in form.getlist("tables"):
            found[table] = _lines(form, table)
    if form.get("identifier") in set(Identifier):
        found["identifier"] = form.get("identifier")
    if form.get("channel") in CHANNELS:
        found["channel"] = form.get("channel")
    if "tables" in form:
        found["update"] = form.get("update") == "on"
    return found


def entered(mapped: Mapped) -> dict[str, Any]:
    """A saved job's mapping as it would have been entered."""
    tables = {"contact": of_pairs(mapped.contact), "lead": of_pairs(mapped.lead)}
    return {
        **tables,
        "identifier": str(mapped.identifier),
        "channel": str(mapped.channel),
        "update": mapped.update,
    }


def of_pairs(pairs: Sequence[Pair]) -> list[dict[str, str]]:
    """A mapping as lines of a table."""
    return [{"recipient": pair.recipient_field, "person": pair.person_field, "default": pair.default} for pair in pairs]


def lines_of(entries: Entries, table: str, known: Known) -> list[dict[str, str]]:
    """The lines of a table: those entered, else the usual ones as far as both sides have such fields."""
    if entries.get(table):
        return list(entries[table])
    there = [pair for pair in DEFAULTS[table] if _both_have(pair, table, known)]
    return of_pairs(there)


def mapped(entries: Entries, known: Known, shown: Sequence[str] = TABLES) -> Read[Mapped]:
    """The mappings, or what is wrong. Only the tables `shown` count: the source has nobody of the other object."""
    identifier = Identifier(entries.get("identifier") or Identifier.EMAIL)
    channel = Channel(entries.get("channel") or Channel.EMAIL)
    problems: dict[str, str] = {}
    pairs: dict[str, tuple[Pair, ...]] = {}
    for table in shown:
        pairs[table] = _pairs(lines_of(entries, table, known), table, known, problems)
        _missing(pairs[table], (table, channel, identifier), known, problems)
    update = bool(entries.get("update", True))
    return read(Mapped(pairs.get("contact", ()), pairs.get("lead", ()), identifier, channel, update), problems)


def person_field(text: str, fields: Mapping[str, str]) -> str:
    """The API name meant by `Mailing City (MailingCity)`, `mailingcity` or `Mailing City`; empty for none."""
    text = text.strip()
    named = _NAMED.fullmatch(text)
    name = named[1] if named else text
    if not fields:
        return name if _PLAIN.fullmatch(name) else ""
    by_name = {known.casefold(): known for known in fields}
    if name.casefold() in by_name:
        return by_name[name.casefold()]
    labelled = [known for known, label in fields.items() if label.casefold() == text.casefold()]
    return labelled[0] if len(labelled) == 1 else ""


def written(name: str, fields: Mapping[str, str]) -> str:
    """A Salesforce field as it stands in its box: label and API name."""
    return f"{fields[name]} ({name})" if name in fields else name


def _lines(form: Form, table: str) -> list[dict[str, str]]:
    columns = [form.getlist(f"{table}_{part}") for part in BLANK_LINE]
    return [
        dict(zip(BLANK_LINE, [line(value, LONGEST) for value in values], strict=True))
        for values in list(zip(*columns, strict=False))[:MOST_LINES]
    ]


def _pairs(lines: Sequence[Entries], table: str, known: Known, problems: dict[str, str]) -> tuple[Pair, ...]:
    found: list[Pair] = []
    for place, entered_line in enumerate(lines):
        recipient, text, default = (str(entered_line.get(part, "")).strip() for part in BLANK_LINE)
        if not (recipient or text or default):
            continue
        label = known.recipient.get(recipient, recipient)
        if not recipient:
            problems[f"{table}-{place}-recipient"] = NO_RECIPIENT
        elif known.recipient and recipient not in known.recipient:
            problems[f"{table}-{place}-recipient"] = f"Real Magnet has no field “{recipient}” any more. Choose another."
        elif recipient in {pair.recipient_field for pair in found}:
            problems[f"{table}-{place}-recipient"] = f"“{label}” is filled by two lines. Change or remove one of them."
        name = person_field(text, known.of(table))
        if text and not name:
            problems[f"{table}-{place}-person"] = (
                f"Salesforce has no field “{text}” here, or it is hidden from us. Choose one of the list."
            )
        elif not text and not default:
            problems[f"{table}-{place}-person"] = NO_PERSON
        found.append(Pair(recipient, name, default))
    return tuple(found)


def _missing(
    pairs: Sequence[Pair], wanted: tuple[str, Channel, Identifier], known: Known, problems: dict[str, str]
) -> None:
    """What every upload needs: the key by which activity finds its way back, and an address to write to."""
    table, channel, identifier = wanted
    needed = {CUSTOM_MEMBER_ID: "activity could not find its way back to Salesforce"}
    by_email = identifier is Identifier.EMAIL
    needed[EMAIL] = "your account tells recipients apart by it" if by_email else "Real Magnet takes nobody"
    needed.setdefault(ADDRESS_FIELD[channel], f"{channel} cannot reach anybody")
    filled = {pair.recipient_field for pair in pairs if pair.person_field}
    for name, why in needed.items():
        if name not in filled:
            label = known.recipient.get(name, name)
            problems[table] = f"A line that fills “{label}” from Salesforce is missing: without it {why}."
            return


def _both_have(pair: Pair, table: str, known: Known) -> bool:
    fields = known.of(table)
    there = not known.recipient or pair.recipient_field in known.recipient
    return there and (not fields or pair.person_field in fields)
