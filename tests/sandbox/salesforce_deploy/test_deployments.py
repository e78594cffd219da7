"""Deployments by REST: what they tell, that they change the org while it runs, and that it outlives a restart."""

from pathlib import Path

from flask import Flask

from sandbox.salesforce.app import close_app
from sandbox.salesforce.deploy.deployments import SECONDS
from sandbox.salesforce.org import Org
from tests.sandbox.salesforce_deploy.conftest import open_bare
from tests.sandbox.salesforce_deploy.packing import KEY, OBJECT, Deployer, note, note_with_grants, packed


def test_a_deployment_makes_an_object_that_can_be_written_and_asked_for_at_once(
    admin: Deployer, integration: Deployer, org: Org
) -> None:
    assert integration.call("GET", "/sobjects/Note__c/describe").status_code == 404
    result = admin.deploy(note_with_grants())
    assert (result["status"], result["success"], result["done"]) == ("Succeeded", True, True)
    assert result["numberComponentsDeployed"] == result["numberComponentsTotal"] == 5
    made = {(item["componentType"], item["fullName"]) for item in result["details"]["componentSuccesses"]}
    assert {("CustomObject", "Note__c"), ("CustomField", "Note__c.Key__c"), ("PermissionSet", "Note_Writer")} <= made
    assert integration.call("GET", "/sobjects/Note__c/describe").status_code == 404  # nobody has the set yet
    (row,) = admin.records("SELECT Id FROM PermissionSet WHERE Name IN ('Note_Writer')")
    given = {"AssigneeId": org.integration_user_id, "PermissionSetId": row["Id"]}
    assert admin.call("POST", "/sobjects/PermissionSetAssignment", json=given).status_code == 201
    assert integration.call("GET", "/sobjects/Note__c/describe").json["createable"] is True
    assert integration.call("POST", "/sobjects/Note__c", json={"Key__c": "a"}).status_code == 201
    assert integration.records("SELECT Name, Key__c FROM Note__c") == [{"Name": "N-0001", "Key__c": "a"}]


def test_the_answer_of_the_request_itself(admin: Deployer) -> None:
    reply = admin.start(packed(note(KEY)), checkOnly=True)
    assert reply.status_code == 201
    body = reply.json
    assert body["id"].startswith("0Af")
    assert body["url"].endswith(f"/services/data/v66.0/metadata/deployRequest/{body['id']}")
    assert (body["deployOptions"]["checkOnly"], body["deployOptions"]["rollbackOnError"]) == (True, True)
    assert admin.call("GET", "/sobjects/Note__c/describe").status_code == 404  # a check changes nothing


def test_a_deployment_takes_its_time_by_the_org_s_clock_and_can_be_cancelled(admin: Deployer, org: Org) -> None:
    org.set_setting(SECONDS, "100")
    first, second = (admin.start(packed(note(KEY))).json for _ in range(2))
    assert first["deployResult"]["status"] == "Pending"
    org.advance_clock(50)
    halfway = admin.result(first["id"])
    assert (halfway["status"], halfway["done"], halfway["numberComponentsTotal"]) == ("InProgress", False, 3)
    assert halfway["numberComponentsDeployed"] == 1
    path = f"/metadata/deployRequest/{second['id']}"
    assert admin.call("PATCH", path, json={"deployResult": {"status": "Canceling"}}).status_code == 202
    assert admin.result(second["id"])["status"] == "Canceled"
    org.advance_clock(60)
    assert admin.result(first["id"])["status"] == "Succeeded"
    assert admin.call("PATCH", path, json={"deployResult": {"status": "Canceling"}}).status_code == 400


def test_only_who_may_modify_metadata_deploys(integration: Deployer, app: Flask, org: Org) -> None:
    for caller in (integration, Deployer(app, org.user_id("ada@salesforce.example"))):
        reply = caller.start(packed(note(KEY)))
        assert (reply.status_code, reply.json[0]["errorCode"]) == (403, "INSUFFICIENT_ACCESS")


def test_what_was_deployed_is_there_after_a_restart_with_its_rows(tmp_path: Path) -> None:
    app = open_bare(tmp_path)
    org: Org = app.extensions["salesforce"].org
    admin = Deployer(app, org.admin_user_id)
    admin.deploy(note(KEY))
    assert admin.call("POST", "/sobjects/Note__c", json={}).status_code == 201
    org.set_setting(SECONDS, "100")
    admin.start(packed(note(KEY, KEY.replace("Key", "More").replace("<unique>true</unique>", ""))))
    close_app(app)
    again = open_bare(tmp_path)
    org = again.extensions["salesforce"].org
    org.advance_clock(101)
    admin = Deployer(again, org.admin_user_id)
    assert admin.records("SELECT Name FROM Note__c") == [{"Name": "N-0001"}]
    assert org.schema.get("Note__c").find("More__c") is not None  # it went on after the restart
    close_app(again)


def test_deploying_again_changes_nothing_and_adding_keeps_the_rows(admin: Deployer) -> None:
    admin.deploy(note(KEY))
    admin.call("POST", "/sobjects/Note__c", json={})
    again = admin.deploy(note(KEY))
    assert again["status"] == "Succeeded"
    assert not any(item["created"] for item in again["details"]["componentSuccesses"])
    wider = admin.deploy(note(KEY, KEY.replace("Key", "More"), inside=OBJECT.replace(">Notes<", ">Remarks<")))
    assert wider["status"] == "Succeeded"
    assert admin.records("SELECT Name FROM Note__c") == [{"Name": "N-0001"}]
    assert admin.call("GET", "/sobjects/Note__c/describe").json["labelPlural"] == "Remarks"


def test_one_bad_component_stops_all_unless_it_may_not(admin: Deployer, org: Org) -> None:
    bad = KEY.replace("Key", "Bad").replace("<length>40</length>", "")
    result = admin.deploy(note(KEY, bad))
    assert (result["status"], result["success"], result["numberComponentErrors"]) == ("Failed", False, 1)
    (failure,) = result["details"]["componentFailures"]
    assert (failure["fullName"], failure["problemType"], failure["fileName"]) == (
        "Note__c.Bad__c", "Error", "objects/Note__c.object",
    )  # fmt: skip
    assert failure["lineNumber"] > 0
    assert org.schema.find("Note__c") is None
    assert admin.deploy(note(KEY, bad), rollbackOnError=False)["status"] == "SucceededPartial"
    assert org.schema.get("Note__c").find("Key__c") is not None
