"""Launches are signed and filled exactly as Salesforce's, for every place the frame can stand in."""

import base64
import hashlib
import hmac
import html
import json
import re
from typing import Any

import pytest


def fields(page: str) -> dict[str, str]:
    """The form that a page submits into its frame."""
    (form,) = re.findall(r'<form id="canvas-launch".*?</form>', page, re.DOTALL)
    found = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    return {name: html.unescape(value) for name, value in found.items()}


def opened(signed_request: str, secret: str) -> dict[str, Any]:
    """A launch whose signature holds; the check is written out here, apart from the code under test."""
    signature, _, body = signed_request.partition(".")
    expected = base64.b64encode(hmac.digest(secret.encode(), body.encode(), hashlib.sha256)).decode()
    assert signature == expected
    return json.loads(base64.b64decode(body))


@pytest.fixture
def contact(face) -> str:
    return face.insert("Contact", LastName=["Okafor"])[0]


def launch(face: Any, path: str) -> dict[str, Any]:
    return opened(fields(face.get(path).text)["signed_request"], face.options.consumer_secret)


class TestTheDocument:
    def test_it_holds_neither_nonce_nor_time(self, face):
        document = launch(face, "/lightning/n/Real_Magnet")
        assert (document["algorithm"], document["issuedAt"]) == ("HMACSHA256", None)

    def test_it_names_the_org_and_the_user_who_is_looking(self, face, org):
        bruno = org.user_id("bruno@salesforce.example")
        document = launch(face, f"/lightning/n/Real_Magnet?as={bruno}")
        assert document["userId"] == document["context"]["user"]["userId"] == bruno
        assert document["context"]["user"]["fullName"] == "Bruno Lindqvist"
        assert document["context"]["organization"]["organizationId"] == org.id

    def test_it_points_back_at_the_page_that_frames(self, face):
        client = launch(face, "/lightning/n/Real_Magnet")["client"]
        assert client["instanceUrl"] == client["targetOrigin"] == face.url

    def test_its_token_is_a_session_of_the_user_who_is_looking(self, face):
        document = launch(face, "/lightning/n/Real_Magnet")
        headers = {"Authorization": f"Bearer {document['client']['oauthToken']}"}
        told = face.get("/services/oauth2/userinfo", headers=headers).json()
        assert (told["user_id"], told["organization_id"]) == (document["userId"], face.org.id)

    def test_the_frame_goes_to_the_app_under_the_whole_org_id(self, face):
        document = launch(face, "/lightning/n/Real_Magnet")
        assert document["context"]["application"]["canvasUrl"] == f"{face.options.app_url}/canvas/{face.org.id}"
        assert len(face.org.id) == 18

    def test_two_launches_carry_two_sessions(self, face):
        tokens = {launch(face, "/lightning/n/Real_Magnet")["client"]["oauthToken"] for _ in range(2)}
        assert len(tokens) == 2


class TestPlaces:
    def test_on_the_tab_there_is_no_record(self, face):
        environment = launch(face, "/lightning/n/Real_Magnet")["context"]["environment"]
        assert (environment["displayLocation"], environment["record"], environment["parameters"]) == (
            "Visualforce",
            {},
            {},
        )

    def test_a_component_on_a_record_page_tells_the_record_by_a_parameter(self, face, contact):
        path = f"/lightning/r/Contact/{contact}/real-magnet"
        environment = launch(face, path)["context"]["environment"]
        assert (environment["parameters"], environment["record"]) == ({"recordId": contact}, {})

    def test_a_page_layout_tells_the_record_itself(self, face, contact):
        path = f"/lightning/r/Contact/{contact}/real-magnet?way=record"
        environment = launch(face, path)["context"]["environment"]
        assert environment["displayLocation"] == "PageLayout"
        assert (environment["record"]["Id"], environment["record"]["attributes"]["type"]) == (contact, "Contact")
        assert environment["parameters"] == {}

    def test_every_place_has_an_instance_of_its_own_that_names_its_frame(self, face, contact):
        found = set()
        for path in ("/lightning/n/Real_Magnet", f"/lightning/r/Contact/{contact}/real-magnet"):
            page = face.get(path).text
            instance = opened(fields(page)["signed_request"], face.options.consumer_secret)["client"]["instanceId"]
            assert f'<iframe name="canvas-frame-{instance}"' in page
            found.add(instance)
        assert len(found) == 2

    def test_a_record_that_is_not_there_frames_nothing(self, face):
        assert face.get("/lightning/r/Contact/003Hu0000000zzz/real-magnet").status_code == 404


class TestSelfAuthorizing:
    def test_the_first_launch_then_comes_by_get_and_unsigned(self, face):
        face.post("/_sandbox/settings", json={"canvas_self_authorize": "1"})
        page = face.get("/lightning/n/Real_Magnet").text
        assert '<form id="canvas-launch" method="get"' in page
        assert fields(page) == {"_sfdc_canvas_authvalue": "user_approval_required", "signed_request": ""}


class TestRenewing:
    def test_a_frame_gets_a_fresh_launch_for_its_own_place(self, face, contact):
        page = face.get(f"/lightning/r/Contact/{contact}/real-magnet").text
        (address,) = re.findall(r'data-renew-url="([^"]+)"', page)
        fresh = face.post(html.unescape(address)).json()
        document = opened(fresh["signed_request"], face.options.consumer_secret)
        assert document["context"]["environment"]["parameters"] == {"recordId": contact}
        assert fresh["context"] == document["context"]
        old = opened(fields(page)["signed_request"], face.options.consumer_secret)
        assert document["client"]["oauthToken"] != old["client"]["oauthToken"]
