"""What an audience can be made from in Salesforce: Campaigns, Reports and list views by name; it reads no people."""

from collections.abc import Iterator, Mapping
from typing import Any

from connector.errors import NotFound, Refused, UnexpectedAnswer
from connector.model.audience import Found, SourceKind
from connector.model.people import id18
from connector.salesforce import translate
from connector.salesforce.query_text import tail_of
from connector.salesforce.records import Records
from connector.salesforce.session import OrgSession
from connector.salesforce.soql import containing, quoted

MOST = 20
"""Sources shown for a search: who sees this many types another letter."""

JOINED = "MULTIBLOCK"
JOINED_REFUSAL = (
    "This is a joined report: several lists side by side, which Salesforce gives to nobody as one. "
    "Make a tabular, summary or matrix report of the people."
)
VIEW_REFUSAL = (
    "Salesforce itself cannot say this list view as a query, for instance because it shows what was viewed recently. "
    "Make a list view with a filter of its own."
)
_OBJECTS = {"Contact": "Contacts", "Lead": "Leads"}
_SCOPES = {
    "mine": "My {} of the integration user",
    "team": "My team's {} of the integration user",
    "queue": "{} of a queue",
    "delegated": "{} delegated to the integration user",
    "my_territory": "My territory's {} of the integration user",
    "my_team_territory": "My team's territory's {} of the integration user",
    "mine_and_my_groups": "My and my groups' {} of the integration user",
    "everything": "",
}
"""Whose they are: Salesforce takes “my” for whoever asks, and that is the connected user, not who chooses the view."""
_NO_ID = {"INVALIDQUERYFILTEROPERATOR", "MALFORMEDID"}
"""What a query answers to a text that is no id: nobody has it."""

_CAMPAIGN = ("Type", "Status", "NumberOfContacts", "NumberOfLeads")
_REPORT = ("Format", "FolderName")


class Sources:
    """The sources of one org, as far as the connected user may see them."""

    def __init__(self, session: OrgSession, records: Records) -> None:
        self._session = session
        self._records = records

    def campaigns(self, text: str) -> list[Found]:
        """Campaigns with this text in their name, newest first."""
        rows = self._rows("Campaign", _CAMPAIGN, f"Name LIKE {containing(text)} ORDER BY CreatedDate DESC LIMIT {MOST}")
        return [_campaign(row) for row in rows]

    def reports(self, text: str) -> list[Found]:
        """Reports with this text in their name, newest first."""
        rows = self._rows("Report", _REPORT, f"Name LIKE {containing(text)} ORDER BY CreatedDate DESC LIMIT {MOST}")
        return [_report(row) for row in rows]

    def list_views(self, text: str) -> list[Found]:
        """List views of Contacts and Leads with this text in their name, by name: Salesforce does not tell their age.

        An object that is hidden from this user has none.
        """
        found: list[Found] = []
        for object_name in _OBJECTS:
            try:
                found += [_view(object_name, view) for view in self._views(object_name)]
            except NotFound:
                continue
        wanted = text.strip().casefold()
        found = [view for view in found if wanted in view.name.casefold()]
        return sorted(found, key=lambda view: (view.name.casefold(), view.object_name))[:MOST]

    def campaign_statuses(self, campaign_id: str) -> list[str]:
        """The member statuses that a Campaign knows, in its own order."""
        where = f"CampaignId = {quoted(campaign_id)} ORDER BY SortOrder"
        return [str(row["Label"]) for row in self._asked("CampaignMemberStatus", ("Label",), where)]

    def source(self, kind: SourceKind, source_id: str, object_name: str = "") -> Found:
        """One source as it is now. Raises `NotFound` when it is deleted or hidden from this user."""
        if kind is SourceKind.LIST_VIEW:
            view = self._view(object_name, source_id)
            scope = "" if _refusal(view) else str(self._described(object_name, view).get("scope") or "")
            return _view(object_name, view, scope)
        if kind is SourceKind.CAMPAIGN:
            object_name, more, made = "Campaign", _CAMPAIGN, _campaign
        elif kind is SourceKind.REPORT:
            object_name, more, made = "Report", _REPORT, _report
        else:
            raise ValueError("a query stands in the job itself, not in Salesforce")
        row = self._row(object_name, more, source_id)
        if row is None:
            raise _gone(kind)
        return made(row)

    def list_view_tail(self, object_name: str, view_id: str) -> str:
        """Everything from FROM on of a list view's query, its scope included, ready for a SELECT list in front.

        Raises `Refused` for a view that is no query, `NotFound` for one that is gone.
        """
        view = self._view(object_name, view_id)
        described = {} if _refusal(view) else self._described(object_name, view)
        query = str(described.get("query") or "")
        if not query:
            raise Refused(VIEW_REFUSAL)
        try:
            _, tail = tail_of(query)
        except Refused as error:
            raise Refused(f"The query of this list view cannot be used: {error}") from None
        scope = str(described.get("scope") or "")
        bare, rest = f"FROM {object_name}", tail.removeprefix(f"FROM {object_name}")
        if _scope_word(scope) in {"", "everything"} or rest.lstrip().upper().startswith("USING"):
            return tail
        return f"{bare} USING SCOPE {scope}{rest}"

    def _row(self, object_name: str, more: tuple[str, ...], source_id: str) -> dict[str, Any] | None:
        try:
            return next(self._rows(object_name, more, f"Id = {quoted(source_id)}"), None)
        except Refused as error:
            if translate.plain_code(error.code) in _NO_ID:
                return None
            raise

    def _rows(self, object_name: str, more: tuple[str, ...], where: str) -> Iterator[dict[str, Any]]:
        """Id, name and what tells namesakes apart; the latter may be hidden from this user by field-level security."""
        try:
            yield from self._asked(object_name, ("Id", "Name", *more), where)
        except Refused as error:
            if translate.plain_code(error.code) != "INVALIDFIELD":
                raise
            visible = self._records.fields(object_name)
            yield from self._asked(object_name, ("Id", "Name", *(name for name in more if name in visible)), where)

    def _asked(self, object_name: str, names: tuple[str, ...], where: str) -> Iterator[dict[str, Any]]:
        soql = f"SELECT {', '.join(names)} FROM {object_name} WHERE {where}"  # noqa: S608 - every text in it is quoted
        for row in self._records.query(soql):
            yield dict(zip(names, row, strict=True))

    def _views(self, object_name: str) -> Iterator[Mapping[str, Any]]:
        path: str | None = f"sobjects/{object_name}/listviews"
        while path:
            page = _json(self._session.request("GET", path).content)
            yield from page.get("listviews") or ()
            path = None if page.get("done", True) else page.get("nextRecordsUrl")

    def _view(self, object_name: str, view_id: str) -> Mapping[str, Any]:
        if object_name not in _OBJECTS:
            raise ValueError("a list view belongs to Contact or Lead")
        for view in self._views(object_name):
            if id18(str(view.get("id"))) == id18(view_id):
                return view
        raise _gone(SourceKind.LIST_VIEW)

    def _described(self, object_name: str, view: Mapping[str, Any]) -> Mapping[str, Any]:
        return _json(self._session.request("GET", f"sobjects/{object_name}/listviews/{view['id']}/describe").content)


def _gone(kind: SourceKind) -> NotFound:
    return NotFound(f"This {kind.value} is deleted in Salesforce, or hidden.", advice=translate.RIGHTS)


def _json(content: bytes) -> dict[str, Any]:
    body = translate.parsed(content)
    if not isinstance(body, dict):
        raise UnexpectedAnswer("Salesforce's answer about list views could not be read.")
    return body


def _campaign(row: Mapping[str, Any]) -> Found:
    parts = [str(row[name]) for name in ("Type", "Status") if row.get(name)]
    if "NumberOfContacts" in row and "NumberOfLeads" in row:
        members = int(row["NumberOfContacts"] or 0) + int(row["NumberOfLeads"] or 0)
        parts.append(f"{members:,} member{'' if members == 1 else 's'}")
    return Found(SourceKind.CAMPAIGN, id18(row["Id"]), str(row["Name"]), ", ".join(parts))


def _report(row: Mapping[str, Any]) -> Found:
    form, folder = str(row.get("Format") or ""), str(row.get("FolderName") or "")
    joined = translate.plain_code(form) == JOINED
    words = f"{'Joined' if joined else form.capitalize()} report".strip().capitalize()
    detail = f"{words} in {folder}" if folder else words
    return Found(SourceKind.REPORT, id18(row["Id"]), str(row["Name"]), detail, refusal=JOINED_REFUSAL if joined else "")


def _view(object_name: str, view: Mapping[str, Any], scope: str = "") -> Found:
    plural = _OBJECTS[object_name]
    only = _SCOPES.get(_scope_word(scope), f"scope {scope}").format(plural)
    detail = f"{plural}, {only}" if only and scope else plural
    name = str(view.get("label") or view.get("developerName") or "")
    return Found(SourceKind.LIST_VIEW, id18(str(view["id"])), name, detail, object_name, _refusal(view))


def _refusal(view: Mapping[str, Any]) -> str:
    return "" if view.get("soqlCompatible", True) else VIEW_REFUSAL


def _scope_word(scope: str) -> str:
    return scope.strip().lower()
