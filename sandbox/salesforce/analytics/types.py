"""The report types of the org and their columns: API name, label, and the SOQL path behind it; runs nothing.

assumed: the column names that no public page shows, those of campaign members above all, and which ids are short.
"""

from dataclasses import dataclass, field

from sandbox.salesforce.access import Access
from sandbox.salesforce.schema import Field, Schema

_CREATED = """
CREATED_DATE | Created Date | CreatedDate
LAST_UPDATE | Last Modified Date | LastModifiedDate
OWNER_FULL_NAME | Owner | Owner.Name | lookup=Owner.Id
"""
_NAMES = """
SALUTATION | Salutation | Salutation
FIRST_NAME | First Name | FirstName
LAST_NAME | Last Name | LastName
FULL_NAME | Full Name | Name | lookup=Id
TITLE | Title | Title
"""
_NOTATION = {
    ("ContactList", "Contacts & Accounts", "Contact"): """
# Contact: General
CONTACT_ID | Contact ID | Id | short
""" + _NAMES + """
EMAIL | Email | Email
PHONE1 | Phone | Phone
PHONE3 | Mobile | MobilePhone
FAX | Fax | Fax
LEAD_SOURCE | Lead Source | LeadSource
DEPARTMENT | Department | Department
EMAIL_OPT_OUT | Email Opt Out | HasOptedOutOfEmail
FAX_OPT_OUT | Fax Opt Out | HasOptedOutOfFax
""" + _CREATED + """
# Contact: Address
ADDRESS2_STREET | Mailing Street | MailingStreet
ADDRESS2_CITY | Mailing City | MailingCity
ADDRESS2_STATE | Mailing State/Province | MailingState
ADDRESS2_ZIP | Mailing Zip/Postal Code | MailingPostalCode
ADDRESS2_COUNTRY | Mailing Country | MailingCountry
# Account: General
ACCOUNT.NAME | Account Name | Account.Name | lookup=Account.Id
ACCOUNT_ID | Account ID | Account.Id | short
""",
    ("LeadList", "Leads", "Lead"): """
# Lead Information
LEAD_ID | Lead ID | Id | short
""" + _NAMES + """
COMPANY | Company / Account | Company
EMAIL | Email | Email
PHONE | Phone | Phone
MOBILE_PHONE | Mobile | MobilePhone
FAX | Fax | Fax
LEAD_SOURCE | Lead Source | LeadSource
STATUS | Lead Status | Status
RATING | Rating | Rating
CONVERTED | Converted | IsConverted
EMAIL_OPT_OUT | Email Opt Out | HasOptedOutOfEmail
STREET | Street | Street
CITY | City | City
COUNTRY | Country | Country
""" + _CREATED,
    ("CampaignWithCampaignMembers", "Campaigns with Campaign Members", "CampaignMember"): """
# Campaign
CAMPAIGN_ID | Campaign ID | CampaignId | short
CAMPAIGN_NAME | Campaign Name | Campaign.Name | lookup=CampaignId
# Campaign Member
CAMPAIGN_MEMBER_ID | Campaign Member ID | Id | short
MEMBER_STATUS | Member Status | Status
MEMBER_TYPE | Member Type | Type
MEMBER_NAME | Member Name | Name | lookup=LeadOrContactId
RELATED_RECORD_ID | Related Record ID | LeadOrContactId | short
CONTACT_ID | Contact ID | ContactId | short
LEAD_ID | Lead ID | LeadId | short
FIRST_NAME | First Name | FirstName
LAST_NAME | Last Name | LastName
EMAIL | Email | Email
RESPONDED | Responded | HasResponded
CREATED_DATE | Member Created Date | CreatedDate
""",
    ("CampaignList", "Campaigns", "Campaign"): """
# Campaign
CAMPAIGN_ID | Campaign ID | Id | short
CAMPAIGN_NAME | Campaign Name | Name | lookup=Id
ACTIVE | Active | IsActive
NUM_CONTACTS | Total Contacts | NumberOfContacts
NUM_LEADS | Total Leads | NumberOfLeads
""" + _CREATED,
    ("AccountList", "Accounts", "Account"): """
# Account: General
ACCOUNT_ID | Account ID | Id | short
ACCOUNT.NAME | Account Name | Name | lookup=Id
PHONE1 | Phone | Phone
ADDRESS1_CITY | Billing City | BillingCity
ADDRESS1_COUNTRY | Billing Country | BillingCountry
""" + _CREATED,
    ("Members_and_Accounts__c", "Members and Accounts", "Contact"): """
# Contacts
Contact$Id | Contact ID | Id
Contact$Name | Full Name | Name | lookup=Id
Contact$FirstName | First Name | FirstName
Contact$LastName | Last Name | LastName
Contact$Email | Email | Email
Contact$MobilePhone | Mobile Phone | MobilePhone
Contact$CreatedDate | Created Date | CreatedDate
Contact.Account$Name | Account Name | Account.Name | lookup=Account.Id
""",
}  # fmt: skip
_DATA_TYPES = {"reference": "id", "text": "string"}


@dataclass(frozen=True)
class Column:
    """One column of a report type. ``lookup`` is the path of the id that its cells carry as value."""

    name: str
    label: str
    section: str
    path: str
    field: Field
    data_type: str
    lookup: str | None = None
    short: bool = False

    @property
    def is_date(self) -> bool:
        return self.data_type in ("date", "datetime")

    @property
    def entity_name(self) -> str:
        return self.path


@dataclass(frozen=True)
class ReportType:
    name: str
    label: str
    sobject: str
    columns: dict[str, Column] = field(default_factory=dict[str, Column])


def _end(schema: Schema, sobject: str, path: str) -> Field:
    """The field at the end of a path. Raises KeyError."""
    owner = schema.get(sobject)
    *above, name = path.split(".")
    for relationship in above:
        owner = schema.get(owner.by_relationship[relationship.lower()].reference_to[0])
    return owner.by_name[name.lower()]


def _columns(schema: Schema, sobject: str, notation: str) -> dict[str, Column]:
    found: dict[str, Column] = {}
    section = ""
    for line in filter(None, map(str.strip, notation.splitlines())):
        if line.startswith("#"):
            section = line.strip("# ")
            continue
        name, label, path, *words = (part.strip() for part in line.split("|"))
        end = _end(schema, sobject, path)
        lookup = next((word.removeprefix("lookup=") for word in words if word.startswith("lookup=")), None)
        data_type = _DATA_TYPES.get(end.type, end.type)
        found[name] = Column(name, label, section, path, end, data_type, lookup, "short" in words)
    return found


def report_types(schema: Schema) -> dict[str, ReportType]:
    """Every report type of an org by its API name."""
    return {
        name: ReportType(name, label, sobject, _columns(schema, sobject, notation))
        for (name, label, sobject), notation in _NOTATION.items()
    }


def visible(schema: Schema, access: Access, kind: ReportType, column: Column) -> bool:
    """Whether a user may see a column: every object and field on its path."""
    owner = schema.get(kind.sobject)
    *above, name = column.path.split(".")
    for relationship in above:
        lookup = owner.by_relationship[relationship.lower()]
        if not access.readable(owner, lookup):
            return False
        owner = schema.get(lookup.reference_to[0])
        if not access.object_rights(owner).read:
            return False
    return access.find(owner, name) is not None
