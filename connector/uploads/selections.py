"""Reads people by a query of our own over Contacts, Leads or Campaign members, as bulk rows; it checks nobody."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from connector.model.audience import Reason, Source
from connector.salesforce.soql import quoted
from connector.uploads.entry import Entry
from connector.uploads.fields import Layout

Layouts = Mapping[str, Layout]
MEMBER = "CampaignMember"
_HIDDEN = "Salesforce does not show us this {}"
_NEITHER = "this member is neither a Contact nor a Lead"
_ITS_LEAD = "the Lead of this Contact opted out"


def campaign_tail(source: Source) -> str:
    """FROM and everything behind it for the members of a Campaign, those of some statuses if any are named."""
    tail = f"FROM {MEMBER} WHERE CampaignId = {quoted(source.id)}"
    if source.statuses:
        tail += f" AND Status IN ({', '.join(quoted(status) for status in source.statuses)})"
    return tail


def kinds_of(object_name: str) -> tuple[str, ...]:
    """What kinds of people the rows of an object are."""
    return ("Contact", "Lead") if object_name == MEMBER else (object_name,)


def selection(object_name: str, tail: str, layouts: Layouts) -> str:
    """The whole query."""
    if object_name != MEMBER:
        return f"SELECT {layouts[object_name].selected()} {tail}"
    people = ", ".join(layouts[kind].selected(kind) for kind in kinds_of(MEMBER))
    return f"SELECT ContactId, LeadId, {people} {tail}"


def entries(object_name: str, rows: Iterable[Sequence[str]], layouts: Layouts, opt_out: str) -> Iterator[Entry]:
    """The rows of a selection, each as the person it is. `opt_out` is the field that says who wants no mail, if any."""
    if object_name == MEMBER:
        return _members(rows, layouts, opt_out)
    return (Entry(object_name, row) for row in rows)


def _members(rows: Iterable[Sequence[str]], layouts: Layouts, opt_out: str) -> Iterator[Entry]:
    """A member who is both counts as the Contact that the Lead became, and wants no mail if either says so."""
    leads = 2 + len(layouts["Contact"].paths)
    leads_consent = layouts["Lead"].place(opt_out)
    for row in rows:
        if row[0]:
            kind, values = "Contact", row[2:leads]
        elif row[1]:
            kind, values = "Lead", row[leads:]
        else:
            yield Entry("", reason=Reason.NOBODY, detail=_NEITHER)
            continue
        if values[0]:
            out = kind == "Contact" and leads_consent is not None and row[leads + leads_consent] == "true"
            yield Entry(kind, values, opted_out=_ITS_LEAD if out else "")
        else:
            yield Entry(kind, (), Reason.NOBODY, _HIDDEN.format(kind), row[0] or row[1])
