"""Every name in the shipped metadata is the name of something that is shipped, or that every organization has."""

import re
from xml.etree import ElementTree as ET

import pytest

from tests.sfdx.project import (
    OURS,
    SOURCE,
    every,
    every_word,
    fields_of,
    object_of,
    of_kind,
    parts_of,
    relationships,
    said,
)

APP = "Real_Magnet"
STANDARD_TABS = {"standard-Contact", "standard-Lead", "standard-Campaign", "standard-report", "standard-Dashboard"}
STANDARD_FIELDS = {
    "Account": set(),
    "Campaign": {"Status", "Type"},
    "Contact": {
        "AccountId", "DoNotCall", "Email", "Fax", "HasOptedOutOfEmail", "HasOptedOutOfFax", "LeadSource",
        "MailingAddress", "MobilePhone", "Phone", "Title",
    },
    "Lead": {
        "Address", "DoNotCall", "Email", "Fax", "HasOptedOutOfEmail", "HasOptedOutOfFax", "LeadSource", "MobilePhone",
        "Phone", "Title",
    },
}  # fmt: skip
"""Standard fields that have field permissions. Names, and the bounce fields, have none: naming one of them fails the
deployment (recorded describes of Contact and Lead: `permissionable` is false)."""
REPORTED = {
    "Contact": {
        "Id", "FirstName", "LastName", "Email", "Account", "Title", "Owner", "LeadSource", "MailingState",
        "MailingCountry",
    },
    "Lead": {
        "Id", "FirstName", "LastName", "Email", "Company", "Title", "Owner", "Status", "LeadSource", "State", "Country",
    },
}  # fmt: skip
"""Fields of people as report types name them."""
OF_EVERY_OBJECT = {"Name", "CreatedDate", "LastModifiedDate"}
OF_EVERY_LAYOUT = {"Name", "OwnerId", "CreatedById", "LastModifiedById"}


def reports() -> dict[str, ET.Element]:
    return of_kind("reports", "report")


def report_types() -> dict[str, ET.Element]:
    return of_kind("reportTypes", "reportType")


@pytest.mark.parametrize("name", OURS)
def test_lists_compact_layouts_and_lookup_dialogs_show_fields_of_their_object(name: str):
    fields = {"NAME", "Name", *fields_of(name)}
    for view in parts_of(name, "listViews", "listView").values():
        assert set(every_word(view, "columns")) <= fields
        assert set(every_word(view, "field")) <= fields
    for compact in parts_of(name, "compactLayouts", "compactLayout").values():
        assert set(every_word(compact, "fields")) <= fields
        assert 0 < len(every_word(compact, "fields")) <= 10
    assert set(every_word(object_of(name), "lookupDialogsAdditionalFields")) <= fields
    assert said(object_of(name), "compactLayoutAssignment") in parts_of(name, "compactLayouts", "compactLayout")


@pytest.mark.parametrize("name", OURS)
def test_pages_of_our_objects_show_every_field_of_theirs_once(name: str):
    layout = of_kind("layouts", "layout")[f"{name}-{said(object_of(name), 'label')} Layout"]
    shown = [said(item, "field") for item in every(layout, "layoutItems")]
    assert sorted(shown) == sorted({*OF_EVERY_LAYOUT, *fields_of(name)})
    for item in every(layout, "layoutItems"):
        field = fields_of(name).get(said(item, "field"))
        if field is not None:
            assert (said(item, "behavior") == "Required") == (said(field, "required") == "true")


def test_related_lists_on_our_pages_are_of_rows_that_look_up_to_them():
    for page, layout in of_kind("layouts", "layout").items():
        for related in every(layout, "relatedLists"):
            child, lookup = said(related, "relatedList").split(".")
            assert said(fields_of(child)[lookup], "referenceTo") == page.split("-")[0]
            assert {*every_word(related, "fields"), said(related, "sortField")} <= {"NAME", *fields_of(child)}


def test_no_page_of_an_object_that_is_not_ours_is_overwritten():
    assert {name.split("-")[0] for name in of_kind("layouts", "layout")} == set(OURS)
    assert [path.name for kind in ("flexipages", "profiles") for path in (SOURCE / kind).glob("*")] == []


def test_every_tab_shows_an_object_of_ours_or_the_page():
    for name, tab in of_kind("tabs", "tab").items():
        if said(tab, "customObject") == "true":
            assert name in OURS
        else:
            assert said(tab, "page") in of_kind("pages", "page")
        assert re.fullmatch(r"Custom\d+: [A-Z][\w ]+", said(tab, "motif"))
    assert {*OURS, APP} == set(of_kind("tabs", "tab"))


def test_the_application_has_tabs_that_are_there_and_ours_comes_first():
    tabs = every_word(of_kind("applications", "app")[APP], "tabs")
    assert tabs[0] == APP
    assert set(tabs) <= STANDARD_TABS | set(of_kind("tabs", "tab"))


def test_buttons_on_records_open_the_component():
    actions = of_kind("quickActions", "quickAction")
    assert set(actions) == {"Contact.Real_Magnet", "Lead.Real_Magnet", "Campaign.Upload_to_Real_Magnet"}
    for action in actions.values():
        assert said(action, "type") == "LightningComponent"
        assert (SOURCE / "aura" / said(action, "lightningComponent")).is_dir()


def tables_of(report_type: ET.Element) -> dict[str, str]:
    """The tables of a report type by their path, each with the object it holds."""
    base = said(report_type, "baseObject")
    tables, path, parent = {base: base}, base, base
    join = report_type.find(report_type.tag.replace("ReportType", "join"))
    while join is not None:
        relationship = said(join, "relationship")
        parent = relationships()[parent, relationship]
        path = f"{path}.{relationship}"
        tables[path] = parent
        join = join.find(join.tag)
    return tables


def is_column(object_name: str, name: str) -> bool:
    """Whether a report type may show this field of an object; `Contact__c.Email` goes through a lookup."""
    lookup, dot, rest = name.partition(".")
    if dot:
        return rest in REPORTED[said(fields_of(object_name)[lookup], "referenceTo")]
    if object_name in REPORTED:
        return name in REPORTED[object_name]
    return name in OF_EVERY_OBJECT or name in fields_of(object_name)


@pytest.mark.parametrize("name", report_types())
def test_report_types_show_fields_that_are_there_each_once(name: str):
    tables = tables_of(report_types()[name])
    columns = [(said(column, "table"), said(column, "field")) for column in every(report_types()[name], "columns")]
    assert [pair for pair in columns if not is_column(tables[pair[0]], pair[1])] == []
    assert len(columns) == len(set(columns))
    assert {table for table, _ in columns} == set(tables)
    assert any(said(column, "checkedByDefault") == "true" for column in every(report_types()[name], "columns"))


def test_people_and_messages_can_be_reported_on_with_what_happened():
    assert {name: list(tables_of(element).values()) for name, element in report_types().items()} == {
        "Real_Magnet_Activities": ["Real_Magnet_Activity__c"],
        "Contacts_with_Real_Magnet_Activity": ["Contact", "Real_Magnet_Activity__c"],
        "Leads_with_Real_Magnet_Activity": ["Lead", "Real_Magnet_Activity__c"],
        "MagnetMail_Messages_with_Links": ["MagnetMail_Message__c", "MagnetMail_Link__c"],
        "MagnetMail_Messages_with_Email_Tracking": ["MagnetMail_Message__c", "MagnetMail_Email_Tracking__c"],
        "MagnetMail_Messages_with_Fax_Tracking": ["MagnetMail_Message__c", "MagnetMail_Fax_Tracking__c"],
        "MagnetMail_Messages_with_Unsubscribes": ["MagnetMail_Message__c", "MagnetMail_Unsubscribe__c"],
        "MagnetMail_Links_with_Link_Tracking": ["MagnetMail_Link__c", "MagnetMail_Link_Tracking__c"],
    }


@pytest.mark.parametrize("name", reports())
def test_reports_use_columns_of_their_report_type(name: str):
    report = reports()[name]
    report_type = report_types()[said(report, "reportType").removesuffix("__c")]
    offered = {f"{said(column, 'table')}${said(column, 'field')}" for column in every(report_type, "columns")}
    columns = [said(column, "field") for column in every(report, "columns")]
    grouped = [said(found, "field") for kind in ("groupingsDown", "groupingsAcross") for found in every(report, kind)]
    assert {*columns, *grouped, *every_word(report, "column"), *every_word(report, "dateColumn")} <= offered
    assert not set(columns) & set(grouped), "Salesforce refuses a column that is grouped by"
    assert (said(report, "format") == "Matrix") == bool(every(report, "groupingsAcross"))
    assert grouped


@pytest.mark.parametrize("name", reports())
def test_reports_filter_by_words_that_the_picklists_have(name: str):
    for item in every(reports()[name], "criteriaItems"):
        object_name, field = said(item, "column").split("$")
        known = set(every_word(fields_of(object_name)[field], "fullName"))
        assert set(said(item, "value").split(",")) <= known


def test_the_dashboard_shows_each_of_the_six_reports_once():
    dashboard = of_kind("dashboards", "dashboard")["Real_Magnet/Real_Magnet_Activity"]
    shown = every_word(dashboard, "report")
    assert sorted(shown) == sorted(reports())
    assert len(shown) == 6
    for component in every(dashboard, "components"):
        assert all(said(component, mark) for mark in ("componentType", "sortBy", "chartAxisRange", "title"))


def test_reports_and_dashboards_lie_in_folders_that_are_shipped():
    for kind, suffix, folder in (("reports", "report", "reportFolder"), ("dashboards", "dashboard", "dashboardFolder")):
        assert {name.split("/")[0] for name in of_kind(kind, suffix)} == set(of_kind(kind, folder))


@pytest.mark.parametrize("name", of_kind("permissionsets", "permissionset"))
def test_permission_sets_name_only_what_is_there_and_may_be_granted(name: str):
    rights = of_kind("permissionsets", "permissionset")[name]
    for right in every(rights, "fieldPermissions"):
        object_name, _, field = said(right, "field").partition(".")
        if object_name in OURS:
            assert said(fields_of(object_name)[field], "required") != "true", f"{field}: required, so never granted"
        else:
            assert field in STANDARD_FIELDS[object_name]
        assert not (said(right, "editable") == "true" and said(right, "readable") != "true")
    assert {said(right, "object") for right in every(rights, "objectPermissions")} <= {*OURS, *STANDARD_FIELDS}
    assert set(every_word(rights, "tab")) <= set(of_kind("tabs", "tab"))
    assert set(every_word(rights, "apexPage")) <= set(of_kind("pages", "page"))
    assert set(every_word(rights, "application")) <= set(of_kind("applications", "app"))


def test_the_app_and_the_component_and_the_page_speak_of_one_app():
    kinds = (
        ("extlClntAppOauthSettings", "ecaOauth"),
        ("extlClntAppGlobalOauthSets", "ecaGlblOauth"),
        ("extlClntAppOauthPolicies", "ecaOauthPlcy"),
        ("extlClntAppPolicies", "ecaPlcy"),
        ("extlClntAppCanvasSettings", "ecaCanvas"),
    )
    assert set(of_kind("externalClientApps", "eca")) == {APP}
    for folder, suffix in kinds:
        assert {said(element, "externalClientApplication") for element in of_kind(folder, suffix).values()} == {APP}
    for path in (SOURCE / "pages" / "Real_Magnet.page", SOURCE / "aura" / "realMagnet" / "realMagnet.cmp"):
        assert re.findall(r'canvasApp\s[^>]*?developerName="(\w+)"', path.read_text()) == [APP]
