"""The objects that are shipped: keys that upsert relies on, people who may be deleted, words that users know."""

from collections import Counter
from xml.etree import ElementTree as ET

import pytest

from tests.sfdx.project import (
    ACTIVITY,
    AGGREGATES,
    OURS,
    PER_PERSON,
    SOURCE,
    SPACE,
    every,
    every_file,
    fields_of,
    object_of,
    of_kind,
    parts_of,
    root_of,
    said,
)

NAME_MOST, LABEL_MOST, HELP_MOST, TEXT_MOST = 40, 40, 510, 255
KNOWN_TYPES = {"Text", "LongTextArea", "Number", "DateTime", "Picklist", "Lookup"}
"""No roll-ups, and of formulas only those that say what the message or link of a row says."""
FORMULAS = {
    "MagnetMail_Email_Tracking__c": {"Message_Name__c": "Message__r.Message_Name__c"},
    "MagnetMail_Fax_Tracking__c": {"Message_Name__c": "Message__r.Message_Name__c"},
    "MagnetMail_Unsubscribe__c": {"Message_Name__c": "Message__r.Message_Name__c"},
    "MagnetMail_Link_Tracking__c": {
        "Message_Name__c": "Message__r.Message_Name__c", "Link_Name__c": "Link__r.Link_Name__c",
        "Total_Clicks__c": "Link__r.Clicks__c", "Total_People__c": "Link__r.People__c",
    },
}  # fmt: skip

LABELS = {
    ACTIVITY: "Real Magnet Activity History",
    "MagnetMail_Message__c": "MagnetMail Messages",
    "MagnetMail_Link__c": "MagnetMail Links",
    "MagnetMail_Email_Tracking__c": "MagnetMail Email Tracking",
    "MagnetMail_Fax_Tracking__c": "MagnetMail Fax Tracking",
    "MagnetMail_Unsubscribe__c": "MagnetMail Unsubscribes",
    "MagnetMail_Link_Tracking__c": "MagnetMail Link Tracking",
}
"""What Real Magnet's users have always read above these lists."""

SUMMARY = {
    "MagnetMail_Message__c": {
        "Channel__c", "Last_Sent__c", "Emails__c", "Sent__c", "Delivered__c", "Bounced__c", "Opened_People__c",
        "Opened_Total__c", "Links_Clicked__c", "Unsubscribed__c", "Fax_Sent__c", "Fax_Delivered__c", "Fax_Failed__c",
    },
    "MagnetMail_Link__c": {"Message__c", "Link_Name__c", "Link_URL__c", "Clicks__c", "People__c"},
    "MagnetMail_Email_Tracking__c": {
        "Message__c", "Status__c", "First_Sent__c", "Last_Sent__c", "Sent_Count__c", "Delivered__c", "First_Opened__c",
        "Last_Opened__c", "Opened_Count__c", "Bounced__c", "Bounce_Reason__c",
    },
    "MagnetMail_Fax_Tracking__c": {
        "Message__c", "Status__c", "First_Sent__c", "Last_Sent__c", "Sent_Count__c", "Delivered__c", "Failed__c",
    },
    "MagnetMail_Unsubscribe__c": {
        "Message__c", "Channel__c", "Scope__c", "First_Unsubscribed__c", "Last_Unsubscribed__c",
        "Unsubscribed_Count__c",
    },
    "MagnetMail_Link_Tracking__c": {
        "Message__c", "Link__c", "First_Clicked__c", "Last_Clicked__c", "Clicks__c",
    },
}  # fmt: skip
"""What Version 1's lists say, beside the key, the run and the person."""


WORDS = {
    "Activity_Group__c": [
        "Sent", "Opened", "Clicked", "Unsubscribed", "Subscribed", "Suppressed", "Fax Sent", "SMS Sent",
        "Event Signup", "Survey Submission",
    ],
    "Activity__c": [
        "Delivered", "Soft Bounce", "Hard Bounce", "User Not Found", "Mailbox Full", "Bad Domain",
        "Temporarily Unavailable", "In Progress", "Send Failed", "Opened", "Clicked", "Unsubscribed", "Subscribed",
        "Manual", "Spam Complaint", "Automatic", "Fax Successful", "Fax Failed", "SMS Sent", "STOP From Phone Number",
        "License Key Invalid", "Phone Number Invalid", "Message Invalid", "Scheduled Date Time Is Not UTC",
        "Invalid Assigned DID", "Not Found", "Internal Error", "Service Unavailable", "Signed Up", "Submitted",
    ],
    "Channel__c": ["E-mail", "Fax", "SMS", "Event", "Survey"],
}  # fmt: skip
"""Everything that Real Magnet reports, in its own words, whether this version collects it or not."""


def lookups() -> list[tuple[str, str, ET.Element]]:
    return [
        (name, field, element)
        for name in OURS
        for field, element in fields_of(name).items()
        if said(element, "type") == "Lookup"
    ]


def test_these_objects_and_no_others_are_shipped():
    assert sorted(path.name for path in (SOURCE / "objects").iterdir()) == sorted(OURS)


def test_every_file_is_well_formed_metadata():
    paths = [path for path in every_file() if path.suffix == ".xml"]
    assert [path.name for path in paths if not root_of(path).tag.startswith(SPACE)] == []
    assert len(paths) > 150


@pytest.mark.parametrize("name", OURS)
def test_every_part_has_the_name_of_its_file(name: str):
    for folder, suffix in (("fields", "field"), ("listViews", "listView"), ("compactLayouts", "compactLayout")):
        parts = parts_of(name, folder, suffix)
        assert parts
        assert {part: said(element, "fullName") for part, element in parts.items()} == {part: part for part in parts}


@pytest.mark.parametrize("name", OURS)
def test_the_key_is_one_that_upsert_can_rely_on(name: str):
    key = fields_of(name)["External_Key__c"]
    assert [said(key, mark) for mark in ("type", "length", "externalId", "unique", "caseSensitive", "required")] == [
        "Text", "80", "true", "true", "true", "true",
    ]  # fmt: skip


@pytest.mark.parametrize("name", OURS)
def test_every_row_says_which_run_wrote_it(name: str):
    assert said(fields_of(name)["Run_Id__c"], "type") == "Text"


@pytest.mark.parametrize("name", PER_PERSON)
def test_a_person_who_is_deleted_leaves_what_happened(name: str):
    for field, person in (("Contact__c", "Contact"), ("Lead__c", "Lead")):
        element = fields_of(name)[field]
        marks = ("type", "referenceTo", "deleteConstraint", "required")
        assert [said(element, mark) for mark in marks] == ["Lookup", person, "SetNull", "false"]


@pytest.mark.parametrize("name", AGGREGATES)
def test_aggregates_are_about_nobody_and_named_as_the_message_or_link(name: str):
    assert not {"Contact__c", "Lead__c"} & set(fields_of(name))
    assert said(every(object_of(name), "nameField")[0], "type") == "Text"


def test_no_lookup_can_hold_up_the_deletion_of_what_it_points_at():
    assert {said(element, "deleteConstraint") for _, _, element in lookups()} == {"SetNull"}
    assert {said(element, "required") for _, _, element in lookups()} == {"false"}


def test_lookups_lead_to_people_messages_and_links():
    assert {said(element, "referenceTo") for _, _, element in lookups()} == {"Contact", "Lead", *AGGREGATES}


def test_relationship_names_are_unique_on_each_parent_and_short_enough():
    names = Counter((said(element, "referenceTo"), said(element, "relationshipName")) for _, _, element in lookups())
    assert [pair for pair, times in names.items() if times > 1] == []
    assert [name for _, name in names if not 0 < len(name) <= NAME_MOST] == []


@pytest.mark.parametrize("name", OURS)
def test_lists_are_headed_as_users_know_them(name: str):
    assert said(object_of(name), "pluralLabel") == LABELS[name]
    headings = {said(field, "relationshipLabel") for field in fields_of(name).values() if said(field, "referenceTo")}
    assert headings <= {LABELS[name]}


@pytest.mark.parametrize("name", SUMMARY)
def test_the_summary_lists_say_what_version_1_said(name: str):
    assert SUMMARY[name] <= set(fields_of(name))


@pytest.mark.parametrize("name", OURS)
def test_names_labels_and_texts_are_within_the_limits(name: str):
    assert len(name.removesuffix("__c")) <= NAME_MOST
    assert len(said(object_of(name), "label")) <= LABEL_MOST
    assert len(said(object_of(name), "pluralLabel")) <= LABEL_MOST
    for field, element in fields_of(name).items():
        assert len(field.removesuffix("__c")) <= NAME_MOST, field
        assert len(said(element, "label")) <= LABEL_MOST, field
        assert said(element, "type") in KNOWN_TYPES, field
        if said(element, "type") == "Text" and not said(element, "formula"):
            assert 0 < int(said(element, "length")) <= TEXT_MOST, field
        if said(element, "type") == "Number":
            assert (said(element, "precision"), said(element, "scale")) == ("18", "0"), field


@pytest.mark.parametrize("name", OURS)
def test_a_list_shows_what_its_message_and_link_say_and_works_out_nothing_else(name: str):
    formulas = {field: element for field, element in fields_of(name).items() if said(element, "formula")}
    assert {field: said(element, "formula") for field, element in formulas.items()} == FORMULAS.get(name, {})
    for field, element in formulas.items():
        *way, last = said(element, "formula").split(".")
        lookup = fields_of(name)[way[0].removesuffix("__r") + "__c"]
        shown = fields_of(said(lookup, "referenceTo"))[last]
        assert (said(shown, "type"), said(shown, "scale")) == (said(element, "type"), said(element, "scale")), field
        assert said(element, "formulaTreatBlanksAs") == "BlankAsBlank"


@pytest.mark.parametrize("name", OURS)
def test_every_field_explains_itself_in_a_sentence(name: str):
    for field, element in fields_of(name).items():
        sentence = said(element, "inlineHelpText")
        assert sentence.endswith("."), field
        assert len(sentence) <= HELP_MOST, field


@pytest.mark.parametrize("name", OURS)
def test_picklists_refuse_no_word_that_the_vendor_may_invent(name: str):
    restricted = [field for field, element in fields_of(name).items() for mark in every(element, "restricted")
                  if mark.text != "false"]  # fmt: skip
    assert restricted == []


@pytest.mark.parametrize(("field", "words"), WORDS.items())
def test_picklists_offer_every_word_of_real_magnet_in_its_order(field: str, words: list[str]):
    offered = [said(value, "fullName") for value in every(fields_of(ACTIVITY)[field], "value")]
    assert offered == words
    assert [said(value, "label") for value in every(fields_of(ACTIVITY)[field], "value")] == words


@pytest.mark.parametrize("name", OURS)
def test_rows_come_by_bulk_api_and_can_be_reported_on(name: str):
    marks = ("deploymentStatus", "enableBulkApi", "enableReports", "enableSharing", "enableStreamingApi")
    assert [said(object_of(name), mark) for mark in marks] == ["Deployed", "true", "true", "true", "true"]


def test_reports_and_lists_have_names_that_salesforce_takes():
    for folder, suffix in (("reports", "report"), ("reportTypes", "reportType")):
        for name, element in of_kind(folder, suffix).items():
            assert len(name.split("/")[-1]) <= NAME_MOST + 10, name
            assert 0 < len(said(element, "description")) <= TEXT_MOST, name
    for name, element in of_kind("reports", "report").items():
        assert 0 < len(said(element, "name")) <= NAME_MOST, name
