"""The lists in Salesforce: the object of each, the label its users know, and which kinds of activity stand in it."""

from enum import StrEnum

from connector.model.activity import ActivityGroup

HISTORY_OBJECT = "Real_Magnet_Activity__c"
"""Version 2's one list, a row an activity; its placements carry the activity's own group."""


class SummaryList(StrEnum):
    """Version 1's lists by label. It is also the `activity_group` of their placements."""

    MESSAGES = "MagnetMail Messages"
    LINKS = "MagnetMail Links"
    EMAIL_TRACKING = "MagnetMail Email Tracking"
    LINK_TRACKING = "MagnetMail Link Tracking"
    FAX_TRACKING = "MagnetMail Fax Tracking"
    UNSUBSCRIBES = "MagnetMail Unsubscribes"


OBJECTS: dict[SummaryList, str] = {
    SummaryList.MESSAGES: "MagnetMail_Message__c",
    SummaryList.LINKS: "MagnetMail_Link__c",
    SummaryList.EMAIL_TRACKING: "MagnetMail_Email_Tracking__c",
    SummaryList.LINK_TRACKING: "MagnetMail_Link_Tracking__c",
    SummaryList.FAX_TRACKING: "MagnetMail_Fax_Tracking__c",
    SummaryList.UNSUBSCRIBES: "MagnetMail_Unsubscribe__c",
}

LIST_OF: dict[ActivityGroup, SummaryList] = {
    ActivityGroup.SENT: SummaryList.EMAIL_TRACKING,
    ActivityGroup.OPENED: SummaryList.EMAIL_TRACKING,
    ActivityGroup.CLICKED: SummaryList.LINK_TRACKING,
    ActivityGroup.FAX_SENT: SummaryList.FAX_TRACKING,
    ActivityGroup.UNSUBSCRIBED: SummaryList.UNSUBSCRIBES,
}
"""In which list a kind is summed up. A kind without one has no *Summary*: it stands in History or nowhere."""
