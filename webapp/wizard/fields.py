"""The third step: both vendors' fields, and the lines that join them."""

from collections.abc import Mapping
from typing import Any

from connector.errors import NotFound
from connector.model.groups import CUSTOM_MEMBER_ID, RecipientField
from connector.model.uploads import Identifier
from connector.salesforce.gateway import Salesforce
from webapp.wizard import vendors, whole
from webapp.wizard.drafts import Draft
from webapp.wizard.forms import fields as form
from webapp.wizard.forms.fields import Known
from webapp.wizard.screens import Checked
from webapp.wizard.steps import Step

_NO_TEXT = frozenset({"address", "location", "base64", "anyType", "complexvalue"})
"""Types of fields that are no single text: bulk queries refuse them."""

ACCOUNT_NAME = {"Account.Name": "Account Name"}
_OBJECTS = {"contact": "Contact", "lead": "Lead"}


def known_fields(tables: tuple[str, ...]) -> tuple[Known, str]:
    """The fields of both sides, and in words who could not be asked."""
    salesforce = vendors.salesforce(lambda asked: {t: _described(asked, t) for t in tables}, _nothing())
    realmagnet = vendors.realmagnet(lambda asked: asked.recipient_fields(), list[RecipientField]())
    recipient = {one.name: one.label for one in realmagnet.value}
    found = salesforce.value
    return (
        Known(recipient, found.get("contact", {}), found.get("lead", {})),
        " ".join(words for words in (salesforce.trouble, realmagnet.trouble) if words),
    )


def check(draft: Draft) -> Checked:
    """Whether both sides have the fields; what was understood is written as the lists have it."""
    tables = whole.shown(draft.entries)
    known, trouble = known_fields(tables)
    entries = draft.step(Step.FIELDS)
    problems = dict(form.mapped(entries, known, tables).problems)
    if trouble:
        problems[""] = trouble
    learned: dict[str, Any] = {"labels": known.recipient} if known.recipient else {}
    for table in tables:
        lines = form.lines_of(entries, table, known)
        learned[table] = (
            [one for one in _written(lines, known.of(table)) if any(one.values())] if not problems else lines
        )
    return Checked(problems, learned)


def values(draft: Draft) -> dict[str, Any]:
    """What the whole step shows."""
    tables = whole.shown(draft.entries)
    known, trouble = known_fields(tables)
    entries = draft.step(Step.FIELDS)
    return {
        "tables": {table: _table(draft, table, known) for table in tables},
        "known": known,
        "options": options(known, entries),
        "key": CUSTOM_MEMBER_ID,
        "identifiers": list(Identifier),
        "identifier": entries.get("identifier") or Identifier.EMAIL,
        "channels": form.CHANNELS,
        "channel": entries.get("channel") or form.CHANNELS[0],
        "update": entries.get("update", True),
        "trouble_words": trouble,
    }


def options(known: Known, entries: Mapping[str, Any]) -> dict[str, str]:
    """Real Magnet's fields by name with their labels; the usual ones while the account cannot be asked."""
    if known.recipient:
        return dict(known.recipient)
    usual = {pair.recipient_field: pair.recipient_field for pairs in form.DEFAULTS.values() for pair in pairs}
    return {**usual, **entries.get("labels", {})}


def table(draft: Draft, name: str, focus: str) -> dict[str, Any]:
    """One table again, after a line was added or removed; `focus` is where the person goes on."""
    known, _trouble = known_fields((name,))
    entries = draft.step(Step.FIELDS)
    found = _table(draft, name, known)
    return {"name": name, "lines": found, "options": options(known, entries), "key": CUSTOM_MEMBER_ID, "focus": focus}


def _table(draft: Draft, name: str, known: Known) -> list[dict[str, str]]:
    return _written(form.lines_of(draft.step(Step.FIELDS), name, known), known.of(name))


def _written(lines: list[dict[str, str]], fields: Mapping[str, str]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for one in lines:
        name = form.person_field(one["person"], fields)
        found.append({**one, "person": form.written(name, fields) if name else one["person"]})
    return found


def _described(asked: Salesforce, table_name: str) -> dict[str, str]:
    """API names and labels; nothing for an object that is hidden from the connected user."""
    try:
        found = asked.fields(_OBJECTS[table_name])
    except NotFound:
        return {}
    usable = {name: one.label for name, one in found.items() if one.type not in _NO_TEXT}
    ordered = dict(sorted(usable.items(), key=lambda item: (item[1].casefold(), item[0])))
    return ordered | ACCOUNT_NAME if table_name == "contact" else ordered


def _nothing() -> dict[str, dict[str, str]]:
    return {}
