"""The two permission sets: one writes what our code writes and no more, the other only reads."""

import pytest

from tests.sfdx.project import OURS, every, every_word, fields_of, of_kind, said

MARKS = ("allowCreate", "allowRead", "allowEdit", "allowDelete", "viewAllRecords", "modifyAllRecords")
ALL, READ = ("true",) * 6, ("false", "true", "false", "false", "true", "false")
PEOPLE = {
    "Account": READ,
    "Campaign": READ,
    "Contact": ("false", "true", "true", "false", "true", "false"),
    "Lead": ("false", "true", "true", "false", "true", "false"),
}
CHANGED = {f"{kind}.{field}" for kind in ("Contact", "Lead") for field in ("HasOptedOutOfEmail", "HasOptedOutOfFax")}


def rights_of(name: str):
    return of_kind("permissionsets", "permissionset")[f"Real_Magnet_{name}"]


def objects_of(name: str) -> dict[str, tuple[str, ...]]:
    return {
        said(right, "object"): tuple(said(right, mark) for mark in MARKS)
        for right in every(rights_of(name), "objectPermissions")
    }


def fields_granted(name: str, mark: str) -> set[str]:
    return {said(right, "field") for right in every(rights_of(name), "fieldPermissions") if said(right, mark) == "true"}


def grantable() -> set[str]:
    return {
        f"{name}.{field}"
        for name in OURS
        for field, element in fields_of(name).items()
        if said(element, "required") != "true"
    }


def worked_out() -> set[str]:
    """What Salesforce itself fills in: nobody may change it."""
    fields = ((f"{name}.{field}", element) for name in OURS for field, element in fields_of(name).items())
    return {name for name, element in fields if said(element, "formula")}


def test_the_integration_user_writes_our_objects_and_reads_people():
    assert objects_of("Integration") == PEOPLE | dict.fromkeys(OURS, ALL)


def test_the_integration_user_changes_nothing_of_people_but_their_consent():
    assert fields_granted("Integration", "editable") == (grantable() - worked_out()) | CHANGED
    assert worked_out() <= fields_granted("Integration", "readable")


def test_the_integration_user_holds_no_right_over_the_organization():
    assert every_word(rights_of("Integration"), "name") == ["ApiEnabled", "RunReports"]


def test_readers_read_everything_of_ours_and_change_nothing():
    assert objects_of("Reader") == dict.fromkeys(OURS, READ)
    assert fields_granted("Reader", "readable") == grantable()
    assert fields_granted("Reader", "editable") == set()
    assert every_word(rights_of("Reader"), "name") == []


@pytest.mark.parametrize("kind", ["tab", "application", "apexPage"])
def test_readers_see_the_tab_the_application_and_its_page(kind: str):
    assert "Real_Magnet" in every_word(rights_of("Reader"), kind)
