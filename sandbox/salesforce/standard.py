"""The vendor's own objects, as far as an e-mail connector meets them, in a small notation.

One line a field: ``Name type(arguments) words``. A reference names its target, then ``rel=`` (the way up) and
``child=`` (the way down). ``=`` starts a formula: SQL over ``{Path}``, for values the vendor derives.
"""

import functools
import re

from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.standard_setup import SETUP_OBJECTS, SETUP_READ_ONLY

_SYSTEM = """
Id id
IsDeleted boolean readonly
"""
_STAMPS = """
CreatedDate datetime readonly
CreatedById reference(User) rel=CreatedBy readonly
LastModifiedDate datetime readonly
LastModifiedById reference(User) rel=LastModifiedBy readonly
SystemModstamp datetime readonly
"""
_OWNER = "OwnerId reference(User) rel=Owner\n"
_MASTER = "MasterRecordId reference({me}) rel=MasterRecord readonly\n"
_PERSON = """
LastName string(80) required
FirstName string(40)
Salutation picklist(40)
Name string(121) readonly =trim(coalesce({FirstName} || ' ', '') || {LastName})
Title string(128) fls
Email email(80) idlookup fls
Phone phone(40) fls
MobilePhone phone(40) fls
Fax phone(40) fls
LeadSource picklist(255) fls
Description textarea(32000) fls
HasOptedOutOfEmail boolean guarded
HasOptedOutOfFax boolean guarded
DoNotCall boolean guarded
EmailBouncedReason string(255) {bounce}
EmailBouncedDate datetime {bounce}
IndividualId id_text(18) fls
"""
_ADDRESS = """
{p}Street textarea(255) fls
{p}City string(40) fls
{p}State string(80) fls
{p}PostalCode string(20) fls
{p}Country string(80) fls
"""
_OF_CONTACT = "coalesce({Contact.%s}, {Lead.%s})"


def _copied(*names: str) -> str:
    """Campaign members show their person's values: read-through copies, the contact's before the lead's."""
    kinds = {
        "HasOptedOutOfEmail": "boolean",
        "HasOptedOutOfFax": "boolean",
        "DoNotCall": "boolean",
        "Email": "email(80)",
    }
    lines = [f"{name} {kinds.get(name, 'string(255)')} readonly ={_OF_CONTACT % (name, name)}" for name in names]
    return "\n".join(lines) + "\n"


_COUNT = "(SELECT count(*) FROM CampaignMember m WHERE m.CampaignId = {Id} AND m.IsDeleted = 0 AND m."
_RESPONDED = (
    "EXISTS (SELECT 1 FROM CampaignMemberStatus s WHERE s.CampaignId = {CampaignId} AND s.Label = {Status}"
    " AND s.HasResponded = 1 AND s.IsDeleted = 0)"
)
_OBJECTS: dict[str, tuple[str, str, str, str]] = {
    "Account": ("001", "Account", "Accounts", _SYSTEM + _MASTER.format(me="Account") + """
Name string(255) required
Type picklist(255) fls
Phone phone(40) fls
Fax phone(40) fls
Website url(255) fls
Industry picklist(255) fls
Description textarea(32000) fls
""" + _ADDRESS.format(p="Billing") + _OWNER + _STAMPS),
    "Contact": ("003", "Contact", "Contacts", _SYSTEM + _MASTER.format(me="Contact") + """
AccountId reference(Account) rel=Account child=Contacts fls
""" + _PERSON.replace("{bounce}", "fls") + """
IsEmailBounced boolean readonly ={EmailBouncedReason} IS NOT NULL
IsPersonAccount boolean readonly
ReportsToId reference(Contact) rel=ReportsTo fls
Department string(80) fls
""" + _ADDRESS.format(p="Mailing") + _OWNER + _STAMPS),
    "Lead": ("00Q", "Lead", "Leads", _SYSTEM + _MASTER.format(me="Lead")
        + _PERSON.replace("{bounce}", "fls nocreate") + """
Company string(255) required
Status picklist(255) default=Open_-_Not_Contacted
Rating picklist(255) fls
Website url(255) fls
IsConverted boolean nocreate readonly
ConvertedDate date readonly
ConvertedAccountId reference(Account) rel=ConvertedAccount readonly
ConvertedContactId reference(Contact) rel=ConvertedContact readonly
ConvertedOpportunityId id_text(18) readonly
""" + _ADDRESS.format(p="") + _OWNER + _STAMPS),
    "Campaign": ("701", "Campaign", "Campaigns", _SYSTEM + """
Name string(80) required
ParentId reference(Campaign) rel=Parent child=ChildCampaigns fls
Type picklist(255) fls
Status picklist(255) fls
StartDate date fls
EndDate date fls
IsActive boolean
Description textarea(32000) fls
ExpectedRevenue currency(18,0) fls
BudgetedCost currency(18,0) fls
ActualCost currency(18,0) fls
NumberSent double(18,0) fls
CampaignMemberRecordTypeId id_text(18) fls
NumberOfContacts int(9,0) readonly =""" + _COUNT + """ContactId IS NOT NULL)
NumberOfLeads int(9,0) readonly =""" + _COUNT + """ContactId IS NULL AND m.LeadId IS NOT NULL)
""" + _OWNER + _STAMPS),
    "CampaignMember": ("00v", "Campaign Member", "Campaign Members", _SYSTEM + """
CampaignId reference(Campaign) rel=Campaign child=CampaignMembers required cascade noupdate
LeadId reference(Lead) rel=Lead child=CampaignMembers cascade noupdate
ContactId reference(Contact) rel=Contact child=CampaignMembers cascade noupdate
Status picklist(40)
HasResponded boolean readonly =""" + _RESPONDED + """
LeadOrContactId id_text(18) readonly =coalesce({ContactId}, {LeadId})
LeadOrContactOwnerId id_text(18) readonly =coalesce({Contact.OwnerId}, {Lead.OwnerId})
Type string(40) readonly =CASE WHEN {ContactId} IS NULL THEN 'Lead' ELSE 'Contact' END
CompanyOrAccount string(255) readonly =coalesce({Contact.Account.Name}, {Lead.Company})
FirstRespondedDate date readonly
""" + _copied("Name", "FirstName", "LastName", "Salutation", "Title", "Email", "Phone", "MobilePhone", "Fax")
        + _copied("LeadSource", "HasOptedOutOfEmail", "HasOptedOutOfFax", "DoNotCall") + _STAMPS),
    "CampaignMemberStatus": ("01Y", "Campaign Member Status", "Campaign Member Statuses", _SYSTEM + """
CampaignId reference(Campaign) rel=Campaign child=CampaignMemberStatuses required cascade noupdate
Label string(765) required
SortOrder int(9,0)
IsDefault boolean
HasResponded boolean
""" + _STAMPS),
    "Organization": ("00D", "Organization", "Organizations", """
Id id
Name string(80) readonly
InstanceName picklist(40) readonly
IsSandbox boolean readonly
OrganizationType picklist(40) readonly
LanguageLocaleKey picklist(40) readonly
TimeZoneSidKey picklist(40) readonly
NamespacePrefix string(15) readonly
""" + _STAMPS),
    "Report": ("00O", "Report", "Reports", _SYSTEM + """
Name string(40) readonly
DeveloperName string(80) readonly
FolderName string(256) readonly
Description textarea(255) readonly
Format picklist(40) readonly
LastRunDate datetime readonly
LastViewedDate datetime readonly
""" + _OWNER.replace("\n", " readonly\n") + _STAMPS),
    "ListView": ("00B", "List View", "List Views", _SYSTEM + """
Name string(80) readonly
DeveloperName string(80) readonly
NamespacePrefix string(15) readonly
SobjectType picklist(40) readonly
IsSoqlCompatible boolean readonly
LastViewedDate datetime readonly
""" + _STAMPS),
}  # fmt: skip
_READ_ONLY_OBJECTS = SETUP_READ_ONLY | {"Organization", "Report", "ListView"}


def label_of(name: str) -> str:
    """``HasOptedOutOfEmail`` as people read it."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)


def _parse(line: str) -> Field:
    head, _, formula = line.partition(" =")
    name, kind, *words = head.split()
    kind, _, arguments = kind.rstrip(")").partition("(")
    options = dict(word.split("=", 1) for word in words if "=" in word)
    flags = set(words)
    numbers = arguments.split(",") if arguments and kind != "reference" else []
    is_number = len(numbers) == 2
    readonly = kind == "id" or "readonly" in flags
    return Field(
        name=name,
        type="reference" if kind == "id_text" else kind,
        label=label_of(name),
        length=18 if kind in ("id", "reference") else int(numbers[0]) if numbers and not is_number else 0,
        precision=int(numbers[0]) if is_number else 0,
        scale=int(numbers[1]) if is_number else 0,
        required="required" in flags,
        createable=not readonly and "nocreate" not in flags,
        updateable=not readonly and "noupdate" not in flags,
        id_lookup=kind == "id" or "idlookup" in flags,
        reference_to=(arguments,) if kind == "reference" else (),
        relationship=options.get("rel"),
        child_relationship=options.get("child"),
        on_delete="Cascade" if "cascade" in flags else "SetNull",
        default=options["default"].replace("_", " ") if "default" in options else None,
        formula=formula or None,
        permissionable=bool(flags & {"fls", "guarded"}),
        guarded="guarded" in flags,
    )


@functools.cache
def standard_objects() -> tuple[SObject, ...]:
    """Every standard object, ready for the org's schema."""
    return tuple(
        SObject(
            name=name,
            prefix=prefix,
            label=label,
            plural=plural,
            fields=tuple(_parse(line) for line in notation.strip().splitlines() if line.strip()),
            writable=name not in _READ_ONLY_OBJECTS,
        )
        for name, (prefix, label, plural, notation) in (_OBJECTS | SETUP_OBJECTS).items()
    )
