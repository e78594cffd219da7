"""What Salesforce says of its objects, deployments, users and rules, in our words; a brought session ends as one."""

from collections.abc import Iterator
from typing import Any

import pytest
import responses

from connector.errors import CredentialsRefused, LimitReached, NotFound, Refused, Temporary, UnexpectedAnswer
from connector.model.connection import ComponentError
from connector.salesforce.administration import GivenToken
from connector.salesforce.gateway import Salesforce
from connector.settings import Settings
from tests.connector.salesforce.conftest import DATA, ORG

DEPLOY = f"{DATA}/metadata/deployRequest"
NO = [{"errorCode": "INSUFFICIENT_ACCESS", "message": "You may not."}]
EXPIRED = [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]


def described(vendor: responses.RequestsMock, *answers: tuple[int, Any]) -> None:
    told = [{"httpStatusCode": status, "body": body, "httpHeaders": {}} for status, body in answers]
    vendor.post(f"{DATA}/composite", json={"compositeResponse": told})


def test_an_object_that_is_not_shown_is_left_out_and_one_that_is_shown_is_read(
    salesforce: Salesforce, vendor: responses.RequestsMock
) -> None:
    field = {"name": "Key__c", "type": "string", "length": 80, "createable": True, "updateable": False, "custom": True}
    contact = {"name": "Contact", "createable": True, "updateable": True, "deletable": False, "fields": [field]}
    described(vendor, (200, contact), (404, [{"errorCode": "NOT_FOUND", "message": "No."}]), (403, NO))
    found = salesforce.shapes(["Contact", "Lead", "Campaign"])
    assert list(found) == ["Contact"]
    assert (found["Contact"].createable, found["Contact"].deletable) == (True, False)
    key = found["Contact"].fields["Key__c"]
    assert (key.type, key.length, key.createable, key.updateable, key.required, key.custom) == (
        *("string", 80, True),
        *(False, True, True),
    )


def test_an_object_that_could_not_be_described_is_not_taken_for_missing(
    salesforce: Salesforce, vendor: responses.RequestsMock
) -> None:
    described(vendor, (500, [{"errorCode": "UNKNOWN_EXCEPTION", "message": "Oh."}]))
    with pytest.raises(Temporary):
        salesforce.shapes(["Contact"])


def test_one_object_alone_is_told_missing(salesforce: Salesforce, vendor: responses.RequestsMock) -> None:
    described(vendor, (404, [{"errorCode": "NOT_FOUND", "message": "No."}]))
    with pytest.raises(NotFound, match="Nothing__c"):
        salesforce.shape("Nothing__c")


def test_a_description_that_cannot_be_read_is_no_description(
    salesforce: Salesforce, vendor: responses.RequestsMock
) -> None:
    described(vendor)
    with pytest.raises(UnexpectedAnswer):
        salesforce.shapes(["Contact"])


def test_a_package_travels_as_salesforce_wants_it(salesforce: Salesforce, vendor: responses.RequestsMock) -> None:
    vendor.post(DEPLOY, json={"id": "0Af1"}, status=201)
    assert salesforce.deploy(b"PK-zip") == "0Af1"
    sent = vendor.calls[0].request
    assert sent.headers["Content-Type"].startswith("multipart/form-data")
    for part in (b'name="json"', b"application/json", b'"rollbackOnError":true', b"application/zip", b"PK-zip"):
        assert part in sent.body


def test_who_may_not_deploy_is_refused(salesforce: Salesforce, vendor: responses.RequestsMock) -> None:
    vendor.post(DEPLOY, json=NO, status=403)
    with pytest.raises(Refused, match=r"You may not\."):
        salesforce.deploy(b"")


def test_a_deployment_without_a_number_is_none(salesforce: Salesforce, vendor: responses.RequestsMock) -> None:
    vendor.post(DEPLOY, json={}, status=201)
    with pytest.raises(UnexpectedAnswer):
        salesforce.deploy(b"")


FAILURE = {"componentType": "CustomField", "fullName": "A.B", "fileName": "objects/A.object", "problem": "Too long."}


@pytest.mark.parametrize(
    ("told", "errors"),
    [
        ({"details": {"componentFailures": [FAILURE]}}, [ComponentError("CustomField", "A.B", "Too long.")]),
        ({"details": {"componentFailures": FAILURE}}, [ComponentError("CustomField", "A.B", "Too long.")]),
        ({"details": {}, "errorMessage": "No package.xml."}, [ComponentError("", "", "No package.xml.")]),
        ({"details": None}, []),
    ],
)
def test_what_was_refused_is_read_however_it_is_told(
    salesforce: Salesforce, vendor: responses.RequestsMock, told: dict[str, Any], errors: list[ComponentError]
) -> None:
    counts = {"numberComponentsDeployed": 3, "numberComponentsTotal": 5}
    vendor.get(f"{DEPLOY}/0Af1", json={"deployResult": {"status": "Failed", "done": True, **counts, **told}})
    found = salesforce.deployment("0Af1")
    assert (found.done, found.success, found.deployed, found.total) == (True, False, 3, 5)
    assert found.errors == errors


def test_a_permission_set_that_somebody_has_is_given(salesforce: Salesforce, vendor: responses.RequestsMock) -> None:
    address = f"{DATA}/sobjects/PermissionSetAssignment"
    vendor.post(address, json=[{"errorCode": "DUPLICATE_VALUE", "message": "Twice."}], status=400)
    salesforce.assign("005", "0PS")
    vendor.replace(responses.POST, address, json=NO, status=403)
    with pytest.raises(Refused):
        salesforce.assign("005", "0PS")


def test_rules_that_are_hidden_are_not_taken_for_none(salesforce: Salesforce, vendor: responses.RequestsMock) -> None:
    vendor.get(f"{DATA}/tooling/query", json=NO, status=403)
    assert salesforce.validation_rules(["Contact"]) is None
    used_up = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]
    vendor.replace(responses.GET, f"{DATA}/tooling/query", json=used_up, status=403)
    with pytest.raises(LimitReached):
        salesforce.validation_rules(["Contact"])


@pytest.fixture
def brought(settings: Settings) -> Iterator[Salesforce]:
    found = Salesforce(GivenToken(ORG, "a session of somebody"), settings)
    yield found
    found.close()


def test_a_brought_session_is_used_as_it_is_and_never_renewed(
    brought: Salesforce, vendor: responses.RequestsMock
) -> None:
    vendor.get(f"{ORG}/services/oauth2/userinfo", json={"user_id": "005"})
    assert brought.me() == {"user_id": "005"}
    assert vendor.calls[0].request.headers["Authorization"] == "Bearer a session of somebody"
    vendor.replace(responses.GET, f"{ORG}/services/oauth2/userinfo", json=EXPIRED, status=401)
    with pytest.raises(CredentialsRefused, match="Your own Salesforce session has ended"):
        brought.me()
    assert len(vendor.calls) == 2


def test_a_brought_session_is_in_no_repr() -> None:
    given = GivenToken(ORG, "a session of somebody")
    assert "somebody" not in repr(given) + repr(given.load())
