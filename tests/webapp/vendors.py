"""A Salesforce and a Real Magnet that answer the wizard from memory, refuse what they are told to, and count."""

from dataclasses import dataclass, field, replace
from typing import Any, cast

from connector.errors import ConnectorError, NotFound, Refused
from connector.model.audience import Found, SourceKind
from connector.model.bulk import Field
from connector.model.groups import Group, GroupSize, RecipientField
from connector.model.people import id18
from tests.webapp.conftest import House
from webapp.wiring import EXTENSION, Wiring

GALA = Found(SourceKind.CAMPAIGN, id18("701000000000001"), "Spring Gala", "Event, 1,204 members")
DINNER = Found(SourceKind.CAMPAIGN, id18("701000000000002"), "Winter Dinner", "Event, 12 members")
DONORS = Found(SourceKind.REPORT, id18("00O000000000001"), "Donors by state", "Summary report in Fundraising")
JOINED = Found(SourceKind.REPORT, id18("00O000000000002"), "Donors and events", refusal="This is a joined report.")
BOSTON = Found(SourceKind.LIST_VIEW, id18("00B000000000001"), "People in Boston", "Contacts", "Contact")

COMMON = {"Id": "Contact ID", "Email": "Email", "FirstName": "First Name", "LastName": "Last Name", "Phone": "Phone"}
CONTACT = {**COMMON, "Fax": "Business Fax", "MailingCity": "Mailing City", "Member_Level__c": "Member Level"}
LEAD = {**COMMON, "Fax": "Fax", "City": "City", "Company": "Company"}
RECIPIENT = {
    "Custom_Member_Id": "Custom Member ID",
    "Email": "E-mail",
    "First_Name": "First name",
    "Last_Name": "Last name",
    "Phone": "Phone",
    "Fax": "Fax",
    "City": "City",
    "Company": "Company",
}


@dataclass
class FakeSalesforce:
    """What the wizard asks an org."""

    sources: list[Found] = field(default_factory=lambda: [GALA, DINNER, DONORS, JOINED, BOSTON])
    statuses: list[str] = field(default_factory=lambda: ["Sent", "Responded"])
    rows: int = 1204
    error: ConnectorError | None = None
    query_error: ConnectorError | None = None
    asked: list[str] = field(default_factory=list)

    def _found(self, kind: SourceKind, text: str) -> list[Found]:
        self._answer(f"{kind} {text}")
        return [one for one in self.sources if one.kind is kind and text.casefold() in one.name.casefold()]

    def campaigns(self, text: str) -> list[Found]:
        return self._found(SourceKind.CAMPAIGN, text)

    def reports(self, text: str) -> list[Found]:
        return self._found(SourceKind.REPORT, text)

    def list_views(self, text: str) -> list[Found]:
        return self._found(SourceKind.LIST_VIEW, text)

    def source(self, kind: SourceKind, source_id: str, object_name: str = "") -> Found:
        self._answer(f"source {source_id}")
        for one in self.sources:
            if (one.kind, one.id, one.object_name) == (kind, source_id, object_name):
                return one
        raise NotFound("It is deleted in Salesforce, or hidden.")

    def campaign_statuses(self, campaign_id: str) -> list[str]:
        self._answer(f"statuses {campaign_id}")
        return self.statuses

    def count(self, soql: str) -> int:
        self._answer(soql)
        if self.query_error:
            raise self.query_error
        return self.rows

    def fields(self, object_name: str) -> dict[str, Field]:
        self._answer(f"fields {object_name}")
        labels = LEAD if object_name == "Lead" else CONTACT
        found = {name: described(name, label) for name, label in labels.items()}
        return {**found, "MailingAddress": replace(described("MailingAddress", "Mailing Address"), type="address")}

    def close(self) -> None:
        self.asked.append("closed")

    def _answer(self, what: str) -> None:
        self.asked.append(what)
        if self.error:
            raise self.error


@dataclass
class FakeRealMagnet:
    """What the wizard asks an account."""

    found: dict[int, str] = field(default_factory=lambda: {11: "Newsletter", 12: "Members", 13: "Board"})
    members: dict[int, int] = field(default_factory=lambda: {11: 1204, 12: 1, 13: 7})
    error: ConnectorError | None = None
    create_error: ConnectorError | None = None
    then_away: ConnectorError | None = None
    created: list[str] = field(default_factory=list)

    def groups(self) -> list[Group]:
        self._answer()
        return [Group(number, name) for number, name in self.found.items()]

    def groups_named(self, name: str) -> list[Group]:
        self._answer()
        return [one for one in self.groups() if one.name.casefold() == name.strip().casefold()]

    def group_size(self, group_id: int) -> GroupSize:
        self._answer()
        if group_id not in self.found:
            raise NotFound("There is no such group.")
        return GroupSize(self.members.get(group_id, 0), 0, 0, None)

    def create_group(self, name: str) -> int:
        self._answer()
        if isinstance(self.create_error, Refused):
            raise self.create_error
        number = max(self.found) + 1
        self.found[number] = name
        self.created.append(name)
        self.error = self.then_away
        if self.create_error:
            raise self.create_error
        return number

    def recipient_fields(self) -> list[RecipientField]:
        self._answer()
        return [RecipientField(name, label) for name, label in RECIPIENT.items()]

    def close(self) -> None:
        """Nothing is open."""

    def _answer(self) -> None:
        if self.error:
            raise self.error


def described(name: str, label: str) -> Field:
    """A field as Salesforce describes it."""
    return Field(name, label, "string", 255, createable=True, updateable=True, external_id=False, unique=False)


def connect(house: House, salesforce: FakeSalesforce, realmagnet: FakeRealMagnet) -> None:
    """Let the app of a house ask these two."""
    wired = cast("Wiring", house.app.extensions[EXTENSION])
    gateways: dict[str, Any] = {"salesforce": lambda _org: salesforce, "realmagnet": lambda _org: realmagnet}
    house.app.extensions[EXTENSION] = replace(wired, services=replace(wired.services, **gateways))
