"""What is shipped is what is deployed: objects, fields and permission sets are read from SFDX source, strictly."""

import shutil
from pathlib import Path

import pytest

from sandbox.salesforce.metadata import MetadataError
from sandbox.salesforce.org import SHIPPED, Org
from tests.sandbox.salesforce.conftest import Caller, write

NAMESPACE = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
FIELD = """<CustomField {ns}><fullName>{name}</fullName><label>{name}</label>{more}</CustomField>"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A copy of the shipped source that a test may change."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "source"))


def add_field(source: Path, sobject: str, name: str, more: str) -> None:
    folder = source / "objects" / sobject / "fields"
    folder.mkdir(parents=True, exist_ok=True)
    text = FIELD.format(ns=NAMESPACE, name=name, more=more)
    (folder / f"{name}.field-meta.xml").write_text(text, encoding="utf-8")


def test_a_new_field_becomes_a_column_of_an_org_that_exists(source: Path, tmp_path: Path) -> None:
    Org(tmp_path / "org", source).close()
    add_field(source, "Real_Magnet_Activity__c", "Score__c", "<type>Number</type><precision>5</precision>")
    org = Org(tmp_path / "org", source)
    with org.database.reading() as connection:
        assert connection.execute("SELECT count(Score__c) FROM Real_Magnet_Activity__c").fetchone() == (0,)
    org.close()


def test_a_field_added_to_a_standard_object(source: Path, tmp_path: Path) -> None:
    add_field(source, "Contact", "Member_Number__c", "<type>Text</type><length>20</length>")
    org = Org(tmp_path / "org", source)
    contact = org.schema.get("Contact")
    assert contact.by_name["member_number__c"].length == 20
    ordinary = org.access(org.user_id("ada@salesforce.example"))
    assert ordinary.find(contact, "Member_Number__c") is None  # no permission set grants it
    org.close()


def test_the_integration_user_has_every_set_and_others_only_those_that_read(source: Path, tmp_path: Path) -> None:
    org = Org(tmp_path / "org", source)
    activity = org.schema.get("Real_Magnet_Activity__c")
    rights = [org.access(user_id).object_rights(activity) for user_id in org.user_ids]
    assert [item.create for item in rights] == [True, False, False, True]
    assert [item.read for item in rights] == [True, True, True, True]
    org.close()


def test_the_permission_for_an_address_is_that_for_its_parts(source: Path, tmp_path: Path) -> None:
    org = Org(tmp_path / "org", source)
    integration = org.access(org.integration_user_id)
    for sobject, prefix in (("Contact", "Mailing"), ("Lead", "")):
        for part in ("Street", "City", "State", "PostalCode", "Country"):
            assert integration.find(org.schema.get(sobject), prefix + part) is not None
    assert integration.find(org.schema.get("Account"), "BillingCity") is None  # nobody granted that address
    org.close()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("<type>Summary</type>", "does not know fields of type Summary"),
        ("<type>Lookup</type><referenceTo>Contact</referenceTo>", "needs a relationshipName"),
        ("<type>Text</type><formula>NOW()</formula>", "no formula but the path"),
    ],
)
def test_fields_that_would_not_deploy(source: Path, tmp_path: Path, more: str, words: str) -> None:
    add_field(source, "Real_Magnet_Activity__c", "Bad__c", more)
    with pytest.raises(MetadataError, match=words):
        Org(tmp_path / "org", source)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("Real_Magnet_Activity__c.Nothing__c", "no CustomField named"),
        ("Real_Magnet_Activity__c.External_Key__c", "You cannot deploy to a required field"),
    ],
)
def test_grants_that_would_not_deploy(source: Path, tmp_path: Path, field: str, words: str) -> None:
    grant = (
        f"<fieldPermissions><editable>true</editable><field>{field}</field><readable>true</readable></fieldPermissions>"
    )
    text = f"<PermissionSet {NAMESPACE}>{grant}</PermissionSet>"
    (source / "permissionsets" / "Bad.permissionset-meta.xml").write_text(text, encoding="utf-8")
    with pytest.raises(MetadataError, match=words):
        Org(tmp_path / "org", source)


def test_a_row_says_what_its_link_says_and_nobody_writes_that(org: Org, integration: Caller) -> None:
    link, row = "MagnetMail_Link__c", "MagnetMail_Link_Tracking__c"
    columns = ["External_Key__c", "Name", "Link_Name__c", "Clicks__c", "People__c"]
    (made,) = write(org, link, "insert", columns, [("l", "Register", "Register now", 9, 4)])
    write(org, row, "insert", ["External_Key__c", "Link__c"], [("a", made.id), ("b", None)])
    write(org, link, "update", ["Id", "Clicks__c"], [(made.id, 12)])
    soql = f"SELECT Link_Name__c, Total_Clicks__c, Total_People__c FROM {row} ORDER BY Id"  # noqa: S608  # SOQL
    assert [tuple(found.values()) for found in integration.records(soql)] == [("Register now", 12, 4), (None,) * 3]
    told = {item["name"]: item for item in integration("GET", f"/sobjects/{row}/describe").json["fields"]}
    marks = ("calculated", "calculatedFormula", "createable", "updateable", "type")
    assert [told["Total_Clicks__c"][mark] for mark in marks] == [True, "Link__r.Clicks__c", False, False, "double"]
    given = {"External_Key__c": "c", "Total_Clicks__c": 1}
    assert integration.error("POST", f"/sobjects/{row}", json=given) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
