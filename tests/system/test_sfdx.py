"""What is shipped to Salesforce has every field that our code writes, and rights to just what is there."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from connector.activity.history import KEY_FIELD, LAYOUTS, Layout
from connector.model.activity import ACTIVITIES, ActivityGroup, Channel
from tests.system.tree import files
from tools.processes import ROOT

FOLDER = ROOT / "sfdx" / "force-app" / "main" / "default"
SPACE = "{http://soap.sforce.com/2006/04/metadata}"
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
}


def metadata() -> list[Path]:
    return [path for path in files() if path.is_relative_to(FOLDER) and path.suffix == ".xml"]


def root_of(path: Path) -> ET.Element:
    return ET.parse(path).getroot()  # noqa: S314  # our own files


def said(element: ET.Element, name: str) -> str:
    return element.findtext(f"{SPACE}{name}", "")


def fields_of(object_name: str) -> dict[str, ET.Element]:
    folder = FOLDER / "objects" / object_name / "fields"
    return {path.name.removesuffix(".field-meta.xml"): root_of(path) for path in folder.glob("*.xml")}


def values_of(field: ET.Element) -> set[str]:
    return {said(value, "fullName") for value in field.iter(f"{SPACE}value")}


@pytest.mark.parametrize("path", metadata(), ids=lambda path: path.name)
def test_every_file_is_well_formed_metadata(path: Path):
    assert root_of(path).tag.startswith(SPACE)


def test_every_field_has_the_name_of_its_file():
    for layout in LAYOUTS:
        assert {name: said(field, "fullName") for name, field in fields_of(layout.object_name).items()} == {
            name: name for name in fields_of(layout.object_name)
        }


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.object_name)
def test_every_column_that_we_write_is_a_field_of_its_type(layout: Layout):
    columns = (KEY_FIELD, *LOOKUPS, *layout.columns, "Run_Id__c")
    fields = fields_of(layout.object_name)
    assert [column for column in columns if column not in fields] == []
    for column in columns:
        kind, longest = WRITTEN[column]
        assert said(fields[column], "type") == kind, column
        if longest is not None:
            assert int(said(fields[column], "length")) >= longest, column


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.object_name)
def test_the_key_is_one_that_upsert_can_rely_on(layout: Layout):
    key = fields_of(layout.object_name)[KEY_FIELD]
    assert [said(key, name) for name in ("externalId", "unique", "caseSensitive")] == ["true"] * 3


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.object_name)
def test_a_person_who_is_deleted_leaves_his_activity(layout: Layout):
    for name, person in LOOKUPS.items():
        field = fields_of(layout.object_name)[name]
        assert [said(field, n) for n in ("referenceTo", "deleteConstraint", "required")] == [person, "SetNull", "false"]


def test_picklists_know_every_word_that_we_write():
    fields = fields_of("Real_Magnet_Activity__c")
    assert values_of(fields["Activity_Group__c"]) >= set(ActivityGroup)
    assert values_of(fields["Activity__c"]) >= {activity.label for activity in ACTIVITIES}
    assert values_of(fields["Channel__c"]) >= set(Channel)


def test_picklists_refuse_no_word_that_the_vendor_may_invent():
    restricted = [
        path.name for path in metadata() for mark in root_of(path).iter(f"{SPACE}restricted") if mark.text != "false"
    ]
    assert restricted == []


def permission_sets() -> list[Path]:
    return sorted((FOLDER / "permissionsets").glob("*.xml"))


@pytest.mark.parametrize("path", permission_sets(), ids=lambda path: path.name)
def test_permission_sets_name_only_what_is_there(path: Path):
    shipped = {layout.object_name for layout in LAYOUTS}
    for permission in root_of(path).iter(f"{SPACE}fieldPermissions"):
        object_name, _, name = said(permission, "field").partition(".")
        if object_name in shipped:
            field = fields_of(object_name).get(name)
            assert field is not None, name
            assert said(field, "required") != "true", f"{name}: Salesforce takes no permission for a required field"
        else:
            assert not object_name.endswith("__c"), object_name
    for permission in root_of(path).iter(f"{SPACE}objectPermissions"):
        name = said(permission, "object")
        assert name in shipped or not name.endswith("__c")


def test_the_integration_user_may_write_every_field_that_we_write():
    rights = root_of(FOLDER / "permissionsets" / "Real_Magnet_Integration.permissionset-meta.xml")
    editable = {
        said(permission, "field")
        for permission in rights.iter(f"{SPACE}fieldPermissions")
        if said(permission, "editable") == "true"
    }
    for layout in LAYOUTS:
        wanted = {name for name, field in fields_of(layout.object_name).items() if said(field, "required") != "true"}
        assert {f"{layout.object_name}.{name}" for name in wanted & set(WRITTEN)} <= editable


def test_readers_may_change_nothing():
    rights = root_of(FOLDER / "permissionsets" / "Real_Magnet_Reader.permissionset-meta.xml")
    allowed = {
        mark
        for kind in ("fieldPermissions", "objectPermissions")
        for permission in rights.iter(f"{SPACE}{kind}")
        for mark in ("editable", "allowCreate", "allowEdit", "allowDelete", "modifyAllRecords")
        if said(permission, mark) == "true"
    }
    assert allowed == set()
