"""The package that the app makes for an org deploys to a bare one, and its integration user writes by it."""

from connector.connection.package import build
from sandbox.salesforce.deploy.permissions import allow_secrets, let_view_secrets
from sandbox.salesforce.org import Org
from tests.sandbox.salesforce_deploy.packing import Deployer

ADDRESS = "https://app.example.com"


def test_the_shipped_package_makes_a_bare_org_ready(admin: Deployer, integration: Deployer, org: Org) -> None:
    allow_secrets(org, allowed=True)
    let_view_secrets(org, org.admin_user_id, allowed=True)
    result = admin.result(admin.start(build(org.id, ADDRESS)).json["id"])
    assert [item["problem"] for item in result["details"]["componentFailures"]] == []
    assert result["status"] == "Succeeded"
    app = org.app()
    assert app is not None
    assert (app.canvas_url, app.callback_url) == (f"{ADDRESS}/canvas/{org.id}", f"{ADDRESS}/oauth/callback")
    (held,) = admin.records("SELECT Id FROM PermissionSet WHERE Name = 'Real_Magnet_Integration'")
    given = {"AssigneeId": org.integration_user_id, "PermissionSetId": held["Id"]}
    assert admin.call("POST", "/sobjects/PermissionSetAssignment", json=given).status_code == 201
    path = "/sobjects/Real_Magnet_Activity__c/External_Key__c/a-key"
    body = {"Activity__c": "Opened", "Activity_Group__c": "Opened", "Activity_Date__c": "2026-01-02T03:04:05Z"}
    written = integration.call("PATCH", path, json=body)
    assert written.status_code == 201, written.json
