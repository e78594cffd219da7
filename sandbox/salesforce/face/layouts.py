"""What each page shows: columns, highlights, details and related lists, as field paths; reads nothing."""

from dataclasses import dataclass

ACTIVITY = "Real_Magnet_Activity__c"
TABS = ("Contact", "Lead", "Campaign")


@dataclass(frozen=True)
class Shown:
    """One value to show: the path to it, a heading of its own if the field's label will not do, and where it leads."""

    path: str
    heading: str = ""
    record: str = ""  # the path to the id of the record it links to
    web: str = ""  # the path to the web address it links to


@dataclass(frozen=True)
class RelatedList:
    """Rows of another object that look up to the record. ``slug`` is its place in the address."""

    slug: str
    object: str
    label: str
    lookup: str
    columns: tuple[Shown, ...]
    order: str
    counted: str = ""  # the field whose values are counted under the heading


@dataclass(frozen=True)
class Layout:
    columns: tuple[Shown, ...]
    highlights: tuple[Shown, ...]
    details: tuple[Shown, ...]
    related: tuple[RelatedList, ...]
    searched: tuple[str, ...]
    order: str
    action: str = "Real Magnet"  # the button in the header that leads to the application
    framed: bool = False  # whether an admin put the application beside the details, too


def _shown(*paths: str) -> tuple[Shown, ...]:
    return tuple(Shown(path) for path in paths)


_NAME = Shown("Name", record="Id")
_OWNED = (Shown("Owner.Name", "Owner"), *_shown("CreatedDate", "LastModifiedDate"))
_REACHED = _shown("Email", "Phone", "MobilePhone", "Fax")
_CONSENT = _shown(
    "HasOptedOutOfEmail", "HasOptedOutOfFax", "DoNotCall", "EmailBouncedReason", "EmailBouncedDate", "LeadSource"
)
_CAMPAIGN = Shown("Campaign.Name", "Campaign", record="CampaignId")
_ACTIVITY_COLUMNS = (
    Shown("Activity_Date__c", record="Id"),
    *_shown("Activity_Group__c", "Activity__c", "Message_Name__c"),
    Shown("Link_Label__c", "Link", web="Link_URL__c"),
)


def _of_person(lookup: str, member_lookup: str) -> tuple[RelatedList, ...]:
    newest = "Activity_Date__c DESC NULLS LAST, Name DESC"
    activities = RelatedList("Real_Magnet_Activities__r", ACTIVITY, "", lookup, _ACTIVITY_COLUMNS, newest)
    columns = (_CAMPAIGN, *_shown("Status", "CreatedDate"))
    campaigns = RelatedList("CampaignMembers", "CampaignMember", "Campaign History", member_lookup, columns, "Id")
    return activities, campaigns


LAYOUTS: dict[str, Layout] = {
    "Contact": Layout(
        columns=(_NAME, Shown("Account.Name", "Account"), *_shown("Title", "Email", "Phone")),
        highlights=(*_shown("Title"), Shown("Account.Name", "Account"), *_shown("Phone", "Email")),
        details=(
            *_shown("Name", "Title"),
            Shown("Account.Name", "Account"),
            *_REACHED,
            *_CONSENT,
            *_shown("MailingCity", "MailingState", "MailingCountry"),
            *_OWNED,
        ),
        related=_of_person("Contact__c", "ContactId"),
        searched=("Name", "Email"),
        order="LastName, FirstName, Id",
    ),
    "Lead": Layout(
        columns=(_NAME, *_shown("Company", "Email", "Phone", "Status")),
        highlights=_shown("Company", "Title", "Phone", "Email"),
        details=(
            *_shown("Name", "Company", "Title", "Status"),
            *_REACHED,
            *_CONSENT,
            *_shown("City", "State", "Country", "IsConverted", "ConvertedDate"),
            Shown("ConvertedContact.Name", "Converted to", record="ConvertedContactId"),
            *_OWNED,
        ),
        related=_of_person("Lead__c", "LeadId"),
        searched=("Name", "Email", "Company"),
        order="LastName, FirstName, Id",
    ),
    "Campaign": Layout(
        columns=(_NAME, *_shown("Type", "Status", "StartDate", "NumberOfContacts", "NumberOfLeads")),
        highlights=_shown("Type", "Status", "StartDate", "NumberOfContacts", "NumberOfLeads"),
        details=(*_shown("Name", "IsActive", "Type", "Status", "StartDate", "EndDate", "Description"), *_OWNED),
        related=(
            RelatedList(
                "CampaignMembers",
                "CampaignMember",
                "Campaign Members",
                "CampaignId",
                (Shown("Name", record="LeadOrContactId"), *_shown("Type", "Email", "CompanyOrAccount", "Status")),
                "Id",
                counted="Status",
            ),
        ),
        searched=("Name",),
        order="Name, Id",
        action="Upload to Real Magnet",
        framed=True,
    ),
    ACTIVITY: Layout(
        columns=(Shown("Name", record="Id"), *_ACTIVITY_COLUMNS[1:]),
        highlights=_shown("Activity_Date__c", "Activity_Group__c", "Activity__c", "Message_Name__c"),
        details=(
            *_shown("Activity_Date__c", "Activity_Group__c", "Activity__c", "Channel__c", "Detail__c"),
            Shown("Contact__r.Name", "Contact", record="Contact__c"),
            Shown("Lead__r.Name", "Lead", record="Lead__c"),
            *_shown("Message_Name__c", "Message_Id__c", "Link_Label__c", "Link_Text__c"),
            Shown("Link_URL__c", web="Link_URL__c"),
            *_shown("External_Key__c", "Run_Id__c", "CreatedDate", "LastModifiedDate"),
        ),
        related=(),
        searched=("Name",),
        order="Id",
    ),
}
