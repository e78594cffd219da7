"""Reads the first step: which Campaign, report, list view or query the people come from."""

from typing import Any

from connector.errors import Refused
from connector.model.audience import Source, SourceKind
from connector.model.people import id18
from connector.salesforce.query_text import tail_of
from webapp.wizard.forms.reading import Entries, Form, Read, line, parts, read

LONGEST_SEARCH = 100
LONGEST_QUERY = 100_000
_ID = 18
OF_LIST_VIEWS = ("Contact", "Lead")

QUERY_NAMES = {"Contact": "Query of Contacts", "Lead": "Query of Leads", "CampaignMember": "Query of Campaign members"}
NO_QUERY = "Enter a query, such as SELECT Id FROM Contact WHERE MailingCity = 'Boston'."
NO_STATUS = "Choose at least one member status."


def typed(form: Form, before: Entries) -> dict[str, Any]:
    """What was entered, over what was entered before: each kind of source keeps its own choice.

    `panel` is the kind whose choices the form showed: the kind may just have been changed.
    """
    kind = kind_of(form.get("kind", str(before.get("kind", ""))))
    panel = kind_of(form.get("panel", kind))
    found = {**before, "kind": str(kind)}
    if "text" in form:
        found["texts"] = {**parts(before, "texts"), str(panel): line(form.get("text"), LONGEST_SEARCH)}
    if "soql" in form:
        found["soql"] = form.get("soql")[:LONGEST_QUERY]
    if "choice" in form and panel is not SourceKind.QUERY:
        found["chosen"] = {**parts(before, "chosen"), str(panel): _choice(form, parts(parts(before, "chosen"), panel))}
    return found


def kind_of(text: str) -> SourceKind:
    """The kind of this name; a Campaign for none."""
    return SourceKind(text) if text in set(SourceKind) else SourceKind.CAMPAIGN


def choice_of(kind: SourceKind, source_id: str, name: str, object_name: str = "") -> dict[str, Any]:
    """Entries that begin with this source."""
    chosen = {"id": id18(source_id), "name": name, "object_name": object_name, "statuses": None}
    return {"kind": str(kind), "chosen": {str(kind): chosen}}


def entered(source: Source) -> dict[str, Any]:
    """A saved job's source as it would have been entered."""
    if source.kind is SourceKind.QUERY:
        return {"kind": str(source.kind), "soql": source.soql}
    found = choice_of(source.kind, source.id, source.name, source.object_name)
    found["chosen"][str(source.kind)]["statuses"] = list(source.statuses) or None
    return found


def searched(entries: Entries) -> str:
    """What is searched for among the sources of the kind that is chosen."""
    return str(parts(entries, "texts").get(kind_of(str(entries.get("kind", ""))), "")).strip()


def chosen(entries: Entries) -> Entries:
    """What is chosen of the kind that is chosen; nothing for a query."""
    return parts(parts(entries, "chosen"), kind_of(str(entries.get("kind", ""))))


def is_whole(found: Entries, kind: SourceKind) -> bool:
    """Whether Salesforce can be asked for what is chosen."""
    named = kind is not SourceKind.LIST_VIEW or found.get("object_name") in OF_LIST_VIEWS
    return named and len(str(found.get("id", ""))) == _ID


def not_chosen(kind: SourceKind) -> str:
    """That nothing of a kind is chosen that could be read."""
    return f"Choose a {kind if kind is SourceKind.CAMPAIGN else kind.lower()}."


def source(entries: Entries) -> Read[Source]:
    """The source, or what is wrong."""
    kind = kind_of(str(entries.get("kind", "")))
    if kind is SourceKind.QUERY:
        return _query(str(entries.get("soql", "")))
    found = chosen(entries)
    source_id, object_name = str(found.get("id", "")), str(found.get("object_name", ""))
    problems = {} if is_whole(found, kind) else {"choice": not_chosen(kind)}
    statuses = found.get("statuses")
    if kind is SourceKind.CAMPAIGN and statuses == []:
        problems["statuses"] = NO_STATUS
    object_name = object_name if kind is SourceKind.LIST_VIEW else ""
    return read(Source(kind, source_id, str(found.get("name", "")), object_name, tuple(statuses or ())), problems)


def objects(found: Source | None) -> tuple[str, ...]:
    """Whom a source can hold: Contacts, Leads, or both."""
    name = found.object_name if found else ""
    if found and found.kind is SourceKind.QUERY:
        name = tail_of(found.soql)[0]
    return (name,) if name in OF_LIST_VIEWS else OF_LIST_VIEWS


def _query(soql: str) -> Read[Source]:
    try:
        object_name = tail_of(soql)[0]
    except Refused as error:
        return Read(None, {"soql": str(error) if soql.strip() else NO_QUERY})
    return Read(Source(SourceKind.QUERY, name=QUERY_NAMES[object_name], soql=soql.strip()))


def _choice(form: Form, before: Entries) -> dict[str, Any]:
    object_name, _, given = form.get("choice").partition(":")
    source_id = id18(given) if given.isalnum() else ""
    fresh: dict[str, Any] = {"id": source_id, "name": "", "statuses": None}
    found = dict(before) if before.get("id") == source_id else fresh
    found["object_name"] = object_name if object_name in OF_LIST_VIEWS else ""
    if form.get("statuses_of") == source_id:
        ticked = [line(status, 255) for status in form.getlist("statuses")]
        every = set(form.getlist("offered")) <= set(ticked)
        found["statuses"] = None if every else ticked
    return found
