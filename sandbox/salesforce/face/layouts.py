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


_MESSAGE = Shown("Message_Name__c", "Message", record="Message__c")
_TRACKING: dict[str, tuple[str, tuple[Shown, ...], str]] = {
    "MagnetMail_Email_Tracking__c": (
        "MagnetMail_Email_Tracking__r",
        (
            _MESSAGE,
            *_shown("Status__c", "First_Sent__c", "Last_Sent__c", "Delivered__c", "Opened_Count__c"),
            *_shown("First_Opened__c", "Last_Opened__c", "Bounce_Reason__c"),
        ),
        "Last_Sent__c",
    ),
    "MagnetMail_Unsubscribe__c": (
        "MagnetMail_Unsubscribes__r",
        (_MESSAGE, *_shown("Channel__c", "Scope__c", "First_Unsubscribed__c", "Last_Unsubscribed__c")),
        "Last_Unsubscribed__c",
    ),
    "MagnetMail_Fax_Tracking__c": (
        "MagnetMail_Fax_Tracking__r",
        (_MESSAGE, *_shown("Status__c", "Last_Sent__c", "Delivered__c", "Failed__c", "Failure_Reason__c")),
        "Last_Sent__c",
    ),
    "MagnetMail_Link_Tracking__c": (
        "MagnetMail_Link_Tracking__r",
        (
            Shown("Link_Name__c", "Link", record="Link__c"),
            _MESSAGE,
            *_shown("Clicks__c", "First_Clicked__c", "Last_Clicked__c", "Total_Clicks__c", "Total_People__c"),
        ),
        "Last_Clicked__c",
    ),
}
"""Version 1's lists by object: the place of each in the address, what it shows, and by what it is sorted."""


def _of_person(lookup: str, member_lookup: str) -> tuple[RelatedList, ...]:
    newest = "Activity_Date__c DESC NULLS LAST, Name DESC"
    activities = RelatedList("Real_Magnet_Activities__r", ACTIVITY, "", lookup, _ACTIVITY_COLUMNS, newest)
    columns = (_CAMPAIGN, *_shown("Status", "CreatedDate"))
    campaigns = RelatedList("CampaignMembers", "CampaignMember", "Campaign History", member_lookup, columns, "Id")
    lists = (
        RelatedList(slug, name, "", lookup, shown, f"{order} DESC NULLS LAST, Name DESC")
        for name, (slug, shown, order) in _TRACKING.items()
    )
    return activities, *lists, campaigns


_PERSON = (Shown("Contact__r.Name", "Contact", record="Contact__c"), Shown("Lead__r.Name", "Lead", record="Lead__c"))


def _below(lookup: str, slugs: dict[str, str]) -> tuple[RelatedList, ...]:
    """The lists of persons on the page of a message or link."""
    return tuple(
        RelatedList(
            slug, name, "", lookup, (*_PERSON, *_TRACKING[name][1][1:]), f"{_TRACKING[name][2]} DESC NULLS LAST"
        )
        for name, slug in slugs.items()
    )


_FIGURES = (
    *_shown("Channel__c", "Last_Sent__c", "Emails__c", "Sent__c", "Delivered__c", "Bounced__c", "Opened_People__c"),
    *_shown("Opened_Total__c", "Links_Clicked__c", "Clicked_People__c", "Unsubscribed__c"),
    *_shown("Fax_Sent__c", "Fax_Delivered__c", "Fax_Failed__c"),
)
_LINK_COLUMNS = (_NAME, *_shown("Link_URL__c", "Clicks__c", "People__c"))
_WRITTEN = _shown("External_Key__c", "Run_Id__c", "CreatedDate", "LastModifiedDate")
_OF_MESSAGES = {
    "MagnetMail_Message__c": Layout(
        columns=(_NAME, *_FIGURES[:8]),
        highlights=_FIGURES[:5],
        details=(*_shown("Message_Name__c", "Message_Id__c"), *_FIGURES, *_WRITTEN),
        related=(
            RelatedList("Links__r", "MagnetMail_Link__c", "", "Message__c", _LINK_COLUMNS, "Clicks__c DESC NULLS LAST"),
            *_below(
                "Message__c",
                {
                    "MagnetMail_Email_Tracking__c": "Email_Tracking__r",
                    "MagnetMail_Fax_Tracking__c": "Fax_Tracking__r",
                    "MagnetMail_Unsubscribe__c": "Unsubscribes__r",
                },
            ),
        ),
        searched=("Name",),
        order="Last_Sent__c DESC NULLS LAST, Id",
    ),
    "MagnetMail_Link__c": Layout(
        columns=(_NAME, Shown("Message__r.Name", "Message", record="Message__c"), *_LINK_COLUMNS[1:]),
        highlights=(Shown("Message__r.Name", "Message", record="Message__c"), *_shown("Clicks__c", "People__c")),
        details=(
            *_shown("Link_Name__c"),
            Shown("Link_URL__c", web="Link_URL__c"),
            Shown("Message__r.Name", "Message", record="Message__c"),
            *_shown("Clicks__c", "People__c"),
            *_WRITTEN,
        ),
        related=_below("Link__c", {"MagnetMail_Link_Tracking__c": "Link_Tracking__r"}),
        searched=("Name",),
        order="Clicks__c DESC NULLS LAST, Id",
    ),
}
"""What the aggregates show: a message with its links and its people, a link with its people."""

LAYOUTS: dict[str, Layout] = _OF_MESSAGES | {
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
