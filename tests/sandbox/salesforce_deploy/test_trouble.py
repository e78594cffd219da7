"""Trouble that an admin makes: fields gone or required, permission sets taken, users switched off, rules that bite."""

from typing import Any

import pytest
from flask import Flask

from sandbox.salesforce.org import STRICT_SETUP, Org
from sandbox.salesforce.rows import plan_write, write_chunk
from tests.sandbox.salesforce_deploy.packing import BASE, KEY, Deployer, note, note_with_grants


@pytest.fixture
def writer(admin: Deployer, integration: Deployer, org: Org) -> Deployer:
    """The integration user, who may write the deployed object."""
    admin.deploy(note_with_grants())
    trouble(admin, "permission-sets/assign", username="integration@salesforce.example", name="Note_Writer")
    assert integration.call("POST", "/sobjects/Note__c", json={"Key__c": "first"}).status_code == 201
    return integration


def trouble(caller: Deployer, what: str, **body: object) -> Any:
    return caller.client.post(f"/_sandbox/{what}", json=body, base_url=BASE)


def described(caller: Deployer) -> dict[str, dict[str, Any]]:
    return {item["name"]: item for item in caller.call("GET", "/sobjects/Note__c/describe").json["fields"]}


def test_a_deleted_field_is_gone_from_schema_rights_and_rows_until_it_is_deployed_anew(
    admin: Deployer, writer: Deployer
) -> None:
    assert trouble(admin, "fields/delete", object="Note__c", field="Key__c").status_code == 200
    assert "Key__c" not in described(writer)
    reply = writer.call("POST", "/sobjects/Note__c", json={"Key__c": "second"})
    assert (reply.status_code, reply.json[0]["errorCode"]) == (400, "INVALID_FIELD")
    assert trouble(admin, "fields/delete", object="Contact", field="Email").status_code == 400
    assert admin.deploy(note_with_grants())["status"] == "Succeeded"
    assert writer.records("SELECT Name, Key__c FROM Note__c") == [{"Name": "N-0001", "Key__c": None}]


def test_a_required_field_is_seen_in_describe_and_refuses_rows_without_it(admin: Deployer, writer: Deployer) -> None:
    trouble(admin, "fields/require", object="Note__c", field="Must__c")
    field = described(writer)["Must__c"]
    assert (field["nillable"], field["defaultedOnCreate"], field["createable"]) == (False, False, True)
    reply = writer.call("POST", "/sobjects/Note__c", json={"Key__c": "second"})
    assert (reply.status_code, reply.json[0]["errorCode"]) == (400, "REQUIRED_FIELD_MISSING")
    trouble(admin, "fields/require", object="Note__c", field="Key__c")
    assert described(writer)["Key__c"]["nillable"] is False


def test_an_unassigned_set_takes_its_rights_along_at_once(admin: Deployer, writer: Deployer) -> None:
    trouble(admin, "permission-sets/unassign", username="integration@salesforce.example", name="Note_Writer")
    assert writer.call("GET", "/sobjects/Note__c/describe").status_code == 404


def test_assignments_by_rest(admin: Deployer, writer: Deployer, org: Org) -> None:
    (held,) = writer.records("SELECT Id FROM PermissionSet WHERE Name = 'Note_Writer'")
    given = {"AssigneeId": org.integration_user_id, "PermissionSetId": held["Id"]}
    again = admin.call("POST", "/sobjects/PermissionSetAssignment", json=given)
    assert (again.status_code, again.json[0]["errorCode"]) == (400, "DUPLICATE_VALUE")
    refused = writer.call("POST", "/sobjects/PermissionSetAssignment", json=given)
    assert (refused.status_code, refused.json[0]["errorCode"]) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    soql = (
        "SELECT Id, PermissionSet.Name FROM PermissionSetAssignment"
        " WHERE Assignee.Username = 'integration@salesforce.example' AND PermissionSet.IsOwnedByProfile = false"
    )
    (row,) = writer.records(soql)
    assert row["PermissionSet"]["Name"] == "Note_Writer"
    everything = writer.records(soql.partition(" AND ")[0])
    assert len(everything) == 2  # and the one that the profile owns, which has no readable name
    assert admin.call("DELETE", f"/sobjects/PermissionSetAssignment/{row['Id']}").status_code == 204
    assert writer.records(soql) == []
    assert writer.call("GET", "/sobjects/Note__c/describe").status_code == 404


def test_who_sees_no_setup_sees_no_rights_where_the_vendor_is_strict(integration: Deployer, org: Org) -> None:
    soql = "SELECT IsActive, Profile.Name FROM User WHERE Username = 'admin@salesforce.example'"
    (row,) = integration.records(soql)
    assert (row["IsActive"], row["Profile"]["Name"]) == (True, "System Administrator")
    org.set_setting(STRICT_SETUP, "1")
    org.forget_access()
    reply = integration.call("GET", "/query", query_string={"q": "SELECT Id FROM PermissionSet"})
    assert (reply.status_code, reply.json[0]["errorCode"]) == (400, "INVALID_TYPE")


def test_a_user_made_inactive_by_rest_is_out_at_once(admin: Deployer, integration: Deployer, app: Flask) -> None:
    path = f"/sobjects/User/{integration.user_id}"
    assert integration.call("PATCH", path, json={"IsActive": False}).status_code == 403
    assert admin.call("PATCH", path, json={"IsActive": False}).status_code == 204
    assert integration.call("GET", "/limits").status_code == 401
    admin.call("PATCH", path, json={"IsActive": True})
    assert Deployer(app, integration.user_id).call("GET", "/limits").status_code == 200


def test_rules_are_read_by_tooling_and_by_query_and_bite(admin: Deployer, writer: Deployer) -> None:
    trouble(admin, "validation-rules", object="Note__c", name="Needs_Key", field="Key__c", message="Give a key.")
    trouble(admin, "duplicate-rules", object="Note__c", name="One_Person", field="Contact__c")
    soql = (
        "SELECT Id, ValidationName, Active, ErrorMessage, EntityDefinition.QualifiedApiName FROM ValidationRule"
        " WHERE Active = true AND EntityDefinition.QualifiedApiName IN ('Note__c')"
    )
    (rule,) = writer.call("GET", "/tooling/query", query_string={"q": soql}).json["records"]
    assert (rule["ValidationName"], rule["EntityDefinition"]["QualifiedApiName"]) == ("Needs_Key", "Note__c")
    (other,) = writer.records(
        "SELECT MasterLabel FROM DuplicateRule WHERE SobjectType IN ('Note__c') AND IsActive = true"
    )
    assert other == {"MasterLabel": "One Person"}
    refused = writer.call("POST", "/sobjects/Note__c", json={}).json[0]
    assert (refused["errorCode"], refused["message"]) == ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Give a key.")
    person = admin.call("POST", "/sobjects/Contact", json={"LastName": "Berg"}).json["id"]
    codes = [
        writer.call("POST", "/sobjects/Note__c", json={"Key__c": key, "Contact__c": person}).status_code
        for key in ("second", "third")
    ]
    assert codes == [201, 400]
    trouble(admin, "validation-rules", object="Note__c", name="Needs_Key", active=False)
    assert writer.call("POST", "/sobjects/Note__c", json={}).status_code == 201
    people = writer.call("GET", "/tooling/query", query_string={"q": "SELECT Id FROM Contact"})
    assert (people.status_code, people.json[0]["errorCode"]) == (400, "INVALID_TYPE")


def test_who_was_just_writing_is_not_struck_down_by_a_deletion(admin: Deployer, org: Org) -> None:
    admin.deploy(note(KEY))
    sobject = org.schema.get("Note__c")
    plan = plan_write(org, org.system_access(), sobject, "insert", ["Key__c"])
    trouble(admin, "fields/delete", object="Note__c", field="Key__c")
    (result,) = write_chunk(org, plan, [("second",)])
    assert result.success
    number = "<type>Number</type><precision>9</precision><scale>0</scale>"
    other = KEY.replace("<type>Text</type><length>40</length>", number)
    other = other.replace("<caseSensitive>true<", "<caseSensitive>false<")
    assert admin.problems(note(other)) == []  # a deleted field may come back as another kind
    with org.database.reading() as connection:
        assert connection.execute("SELECT count(*), count(Key__c) FROM Note__c").fetchone() == (1, 0)
