"""The first step: searches Salesforce for sources, and checks that the chosen one is still there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connector.errors import CredentialsRefused, LimitReached, NotFound, Refused
from connector.model.audience import Found, SourceKind
from connector.salesforce.gateway import Salesforce
from connector.salesforce.query_text import counting, limit_of
from connector.store import upload_jobs
from webapp.sessions import visitor
from webapp.wiring import wiring
from webapp.wizard import vendors
from webapp.wizard.drafts import Draft
from webapp.wizard.forms import source as form
from webapp.wizard.forms.reading import Entries
from webapp.wizard.screens import Checked
from webapp.wizard.steps import Step

PLURALS = {
    SourceKind.CAMPAIGN: "Campaigns",
    SourceKind.REPORT: "reports",
    SourceKind.LIST_VIEW: "list views",
}
MEANINGS = {
    SourceKind.CAMPAIGN: "Its members, of all or some statuses.",
    SourceKind.REPORT: "The Contacts and Leads in its rows.",
    SourceKind.LIST_VIEW: "The Contacts or Leads that it shows.",
    SourceKind.QUERY: "For experts: a SOQL query of Contacts, Leads or Campaign members.",
}


@dataclass(frozen=True)
class Offer:
    """One line of the list of sources."""

    found: Found
    recent: bool

    @property
    def value(self) -> str:
        """What its radio button says."""
        return f"{self.found.object_name}:{self.found.id}"


def check(draft: Draft) -> Checked:
    """Whether people can be read from what is chosen; asks Salesforce."""
    entries = draft.step(Step.SOURCE)
    read = form.source(entries)
    if read.value is None:
        return Checked(read.problems)
    if read.value.kind is SourceKind.QUERY:
        return check_query(read.value.soql)
    chosen = read.value
    answer = vendors.salesforce(lambda asked: asked.source(chosen.kind, chosen.id, chosen.object_name), None)
    if isinstance(answer.error, NotFound):
        return Checked({"choice": f"{gone(chosen.kind, chosen.name)} Choose another."})
    if answer.value is None:
        return Checked({"": answer.trouble})
    if answer.value.refusal:
        return Checked({"choice": f"“{answer.value.name}” cannot be used. {answer.value.refusal}"})
    return Checked(learned=_learned(draft, answer.value))


def check_query(soql: str) -> Checked:
    """Whether Salesforce takes a query, and how many rows it has. Raises nothing."""
    answer = vendors.salesforce(lambda asked: asked.count(counting(soql)), 0)
    if isinstance(answer.error, Refused) and not isinstance(answer.error, LimitReached | CredentialsRefused):
        return Checked({"soql": f"Salesforce says: {answer.error}"})
    if answer.error:
        return Checked({"": answer.trouble})
    most = limit_of(soql)
    return Checked(learned={"count": answer.value if most is None else min(answer.value, most)})


def values(draft: Draft) -> dict[str, Any]:
    """What the whole step shows; a chosen source that is gone or has another name says so."""
    entries = draft.step(Step.SOURCE)
    chosen, kind = form.chosen(entries), form.kind_of(str(entries.get("kind", "")))
    known = bool(chosen.get("id")) and kind is not SourceKind.QUERY
    news, trouble = "", ""
    if known and not form.is_whole(chosen, kind):
        news, known = form.not_chosen(kind), False
    if known:
        answer = vendors.salesforce(
            lambda asked: asked.source(kind, str(chosen["id"]), str(chosen.get("object_name", ""))), None
        )
        name = str(chosen.get("name", ""))
        if isinstance(answer.error, NotFound):
            news = gone(kind, name)
        elif answer.value is not None:
            chosen = {**chosen, "name": answer.value.name, "detail": answer.value.detail}
            news = f"“{name}” is now called “{answer.value.name}”." if name not in {"", answer.value.name} else ""
        trouble = "" if news else answer.trouble
    parts = {**results(draft, trouble), **({} if trouble or not known else statuses(draft))}
    return {**parts, **_chosen(entries, chosen, kind), "news": news}


def results(draft: Draft, trouble: str = "") -> dict[str, Any]:
    """The sources found for what is searched, recently used ones first."""
    entries = draft.step(Step.SOURCE)
    kind, text = form.kind_of(str(entries.get("kind", ""))), form.searched(entries)
    common = _chosen(entries, form.chosen(entries), kind)
    if kind is SourceKind.QUERY or trouble:
        return {**common, "offers": [], "trouble_words": trouble, "text": text}
    answer = vendors.salesforce(lambda asked: _search(asked, kind, text), list[Found]())
    return {**common, "offers": _offers(answer.value, kind, text), "trouble_words": answer.trouble, "text": text}


def statuses(draft: Draft) -> dict[str, Any]:
    """The member statuses of the chosen Campaign; nothing for other kinds."""
    entries = draft.step(Step.SOURCE)
    kind, chosen = form.kind_of(str(entries.get("kind", ""))), form.chosen(entries)
    if kind is not SourceKind.CAMPAIGN or not chosen.get("id"):
        return {**_chosen(entries, chosen, kind), "offered": [], "statuses_trouble": ""}
    answer = vendors.salesforce(lambda asked: _statuses(asked, chosen), (str(chosen.get("name", "")), list[str]()))
    name, offered = answer.value
    trouble = "" if isinstance(answer.error, NotFound) else answer.trouble
    return {**_chosen(entries, {**chosen, "name": name}, kind), "offered": offered, "statuses_trouble": trouble}


def _statuses(asked: Salesforce, chosen: Entries) -> tuple[str, list[str]]:
    """The Campaign's name, asked for only while nobody knows it, and its statuses."""
    campaign = str(chosen["id"])
    name = str(chosen.get("name", "")) or asked.source(SourceKind.CAMPAIGN, campaign).name
    return name, asked.campaign_statuses(campaign)


def gone(kind: SourceKind, name: str) -> str:
    """That a source is not there any more, by its name."""
    named = f"“{name}”" if name else f"The chosen {kind if kind is SourceKind.CAMPAIGN else kind.lower()}"
    return f"{named} was deleted in Salesforce, or is hidden from the user we are connected as."


def _chosen(entries: Any, chosen: Any, kind: SourceKind) -> dict[str, Any]:
    return {
        "kind": kind,
        "kinds": list(SourceKind),
        "meanings": MEANINGS,
        "plural": PLURALS.get(kind, ""),
        "chosen": chosen,
        "soql": entries.get("soql", ""),
        "count": entries.get("count"),
    }


def _search(asked: Salesforce, kind: SourceKind, text: str) -> list[Found]:
    if kind is SourceKind.REPORT:
        return asked.reports(text)
    return asked.list_views(text) if kind is SourceKind.LIST_VIEW else asked.campaigns(text)


def _offers(found: Sequence[Found], kind: SourceKind, text: str) -> list[Offer]:
    with wiring().services.database.read() as connection:
        used = [s for s in upload_jobs.recent_sources(connection, visitor().org_id) if s.kind is kind]
    by_id = {one.id: one for one in found}
    recent = [by_id.get(s.id) or Found(kind, s.id, s.name, "", s.object_name) for s in used]
    recent = [one for one in recent if one.id in by_id or text.casefold() in one.name.casefold()]
    seen = {one.id for one in recent}
    return [
        *(Offer(one, recent=True) for one in recent),
        *(Offer(one, recent=False) for one in found if one.id not in seen),
    ]


def _learned(draft: Draft, found: Found) -> dict[str, Any]:
    entries = draft.step(Step.SOURCE)
    chosen = {**form.chosen(entries), "name": found.name, "detail": found.detail}
    return {"chosen": {**entries.get("chosen", {}), str(found.kind): chosen}}
