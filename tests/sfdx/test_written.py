"""What is shipped to Salesforce has every field and every word that our code writes, and the right to write it."""

import pytest

from connector.activity.layouts import KEY_FIELD, LAYOUTS, Layout
from connector.model.activity import ACTIVITIES, BOUNCES, ActivityGroup, Channel
from tests.sfdx.project import ACTIVITY, every, fields_of, of_kind, said, values_of

LOOKUPS = {"Contact__c": "Contact", "Lead__c": "Lead"}

# What our code puts into each column: its type, and the longest text that may come (None: no text).
WRITTEN = {
    KEY_FIELD: ("Text", 32 + 1 + 18),
    "Contact__c": ("Lookup", None),
    "Lead__c": ("Lookup", None),
    "Activity_Group__c": ("Picklist", None),
    "Activity__c": ("Picklist", None),
    "Channel__c": ("Picklist", None),
    "Activity_Date__c": ("DateTime", None),
    "Message_Name__c": ("Text", 255),
    "Message_Id__c": ("Text", 19),
    "Link_URL__c": ("LongTextArea", 2000),
    "Link_Label__c": ("Text", 255),
    "Link_Text__c": ("Text", 255),
    "Detail__c": ("Text", 255),
    "Run_Id__c": ("Text", 10),
    "Message__c": ("Lookup", None),
    "Link__c": ("Lookup", None),
    "Link_Name__c": ("Text", 255),
    "Status__c": ("Picklist", None),
    "Scope__c": ("Text", 255),
    "Bounce_Reason__c": ("Text", 255),
    "Failure_Reason__c": ("Text", 255),
    **dict.fromkeys(
        (
            "Sent_Count__c",
            "Opened_Count__c",
            "Unsubscribed_Count__c",
            "Clicks__c",
            "People__c",
            "Emails__c",
            "Sent__c",
            "Opened_Total__c",
            "Opened_People__c",
            "Links_Clicked__c",
            "Clicked_People__c",
            "Unsubscribed__c",
            "Fax_Sent__c",
            "Fax_Delivered__c",
            "Fax_Failed__c",
        ),
        ("Number", None),
    ),
    **dict.fromkeys(
        (
            "First_Sent__c",
            "Last_Sent__c",
            "First_Opened__c",
            "Last_Opened__c",
            "First_Clicked__c",
            "Last_Clicked__c",
            "First_Unsubscribed__c",
            "Last_Unsubscribed__c",
            "Failed__c",
        ),
        ("DateTime", None),
    ),
}
# One name, an instant of a person and a number of a message.
BOTH_WAYS = ("Delivered__c", "Bounced__c")


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.object_name)
def test_every_column_that_we_write_is_a_field_of_its_type(layout: Layout):
    columns = [column for column in layout.header if column != "Name"]
    fields = fields_of(layout.object_name)
    assert [column for column in columns if column not in fields] == []
    for column in columns:
        known = ("Number" if layout.aggregate else "DateTime", None)
        kind, longest = known if column in BOTH_WAYS else WRITTEN[column]
        assert said(fields[column], "type") == kind, column
        if longest is not None:
            assert int(said(fields[column], "length")) >= longest, column


def test_picklists_know_every_word_that_we_write():
    fields = fields_of(ACTIVITY)
    assert values_of(fields["Activity_Group__c"]) >= set(ActivityGroup)
    assert values_of(fields["Activity__c"]) >= {activity.label for activity in ACTIVITIES}
    assert values_of(fields["Channel__c"]) >= set(Channel)


@pytest.mark.parametrize(
    ("object_name", "group"),
    [("MagnetMail_Email_Tracking__c", ActivityGroup.SENT), ("MagnetMail_Fax_Tracking__c", ActivityGroup.FAX_SENT)],
)
def test_a_summary_can_say_every_outcome_of_its_channel(object_name: str, group: ActivityGroup):
    outcomes = {activity.label for activity in ACTIVITIES if activity.group == group}
    assert values_of(fields_of(object_name)["Status__c"]) == outcomes


def test_what_counts_as_a_bounce_is_the_same_in_reports_and_in_our_code():
    wanted = {*BOUNCES, "Send Failed"}
    criteria = {
        said(item, "column"): set(said(item, "value").split(","))
        for item in every(of_kind("reports", "report")["Real_Magnet/Bounces_by_Reason"], "criteriaItems")
    }
    assert criteria[f"{ACTIVITY}$Activity__c"] == wanted
    assert criteria[f"{ACTIVITY}$Activity_Group__c"] == {ActivityGroup.SENT}


def test_the_integration_user_may_write_every_field_that_we_write():
    rights = of_kind("permissionsets", "permissionset")["Real_Magnet_Integration"]
    editable = {
        said(right, "field") for right in every(rights, "fieldPermissions") if said(right, "editable") == "true"
    }
    for layout in LAYOUTS:
        kept = {name: field for name, field in fields_of(layout.object_name).items() if not said(field, "formula")}
        wanted = {name for name, field in kept.items() if said(field, "required") != "true"}
        assert {f"{layout.object_name}.{name}" for name in wanted & set(WRITTEN)} <= editable
