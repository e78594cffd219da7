"""What an admin does on the Setup pages takes effect in the org, by forms that any browser sends."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from werkzeug.test import TestResponse

from sandbox.salesforce.app import close_app, create_app
from sandbox.salesforce.options import AppOptions
from sandbox.salesforce.org import SHIPPED, Org
from tests.sandbox.salesforce_deploy.packing import manifest, note, packed
from tests.sandbox.salesforce_face.test_canvas_launches import fields, opened
from tests.sandbox.salesforce_face.test_face_pages import text

if TYPE_CHECKING:
    from flask.testing import FlaskClient

BASE = "http://localhost:8001"
OPTIONS = AppOptions(instance_url=BASE)
ADA = "ada@salesforce.example"
OOPS = "Oops, there was an error rendering Canvas application [Real_Magnet]."


APP_PARTS = {
    "ExternalClientApplication": "externalClientApps/Real_Magnet.eca",
    "ExtlClntAppOauthSettings": "extlClntAppOauthSettings/Real_Magnet.ecaOauth",
    "ExtlClntAppGlobalOauthSettings": "extlClntAppGlobalOauthSets/Real_Magnet.ecaGlblOauth",
    "ExtlClntAppCanvasSettings": "extlClntAppCanvasSettings/Real_Magnet_canvasSettings.ecaCanvas",
}
TICKS = {"oauth_secrets": "1", "view_secrets": "1"}


def app_package() -> bytes:
    """The app alone, as it is shipped, with an address in the place of the example."""
    whole = {path: (SHIPPED / f"{path}-meta.xml").read_text() for path in APP_PARTS.values()}
    files = {path: text.replace("real-magnet.example.com", "127.0.0.1:8000") for path, text in whole.items()}
    members = {kind: [path.partition("/")[2].partition(".")[0]] for kind, path in APP_PARTS.items()}
    return packed({"package.xml": manifest(members), **files})


class Desk:
    """An admin's browser before an org."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.app = create_app(org, OPTIONS)
        self.client: FlaskClient = self.app.test_client()

    def open(self, path: str) -> TestResponse:
        return self.client.get(path, base_url=BASE)

    def save(self, page: str, action: str = "", **form: object) -> str:
        """Send one form of a Setup page; what the page says then."""
        path = f"/lightning/setup/{page}" + (f"/{action}" if action else "")
        return text(self.client.post(path, data=form, base_url=BASE, follow_redirects=True).text)

    def launch(self, path: str = "/lightning/n/Real_Magnet") -> dict:
        return opened(fields(self.open(path).text)["signed_request"], OPTIONS.consumer_secret)

    def allow(self, scope: str) -> TestResponse:
        """Ada logs in at Salesforce's page and clicks *Allow*."""
        query = {"response_type": "code", "client_id": OPTIONS.consumer_key, "scope": scope, "code_challenge": "c" * 43}
        query |= {"code_challenge_method": "S256", "redirect_uri": f"{OPTIONS.app_url}/oauth/callback"}
        page = self.client.get("/services/oauth2/authorize", query_string=query, base_url=BASE)
        for step, form in (
            ("login", {"username": ADA, "password": OPTIONS.password}),
            ("approve", {"decision": "allow"}),
        ):
            (ticket,) = re.findall(r'name="ticket" value="([^"]+)"', page.text)
            page = self.client.post(f"/services/oauth2/{step}", data={"ticket": ticket, **form}, base_url=BASE)
        return page

    def contact(self) -> str:
        user = self.org.user_id(ADA)
        token = self.app.extensions["sessions"].issue(user, "key", "api")
        body, headers = {"LastName": "Okafor"}, {"Authorization": f"Bearer {token}"}
        return self.client.post("/services/data/v66.0/sobjects/Contact", json=body, headers=headers).json["id"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(Org(tmp_path_factory.mktemp("org")))
    yield desk
    close_app(desk.app)


@pytest.fixture
def desk(running: Desk) -> Iterator[Desk]:
    """What a test changes is put back."""
    app = running.org.app()
    yield running
    running.org.install_app(app)
    for name in ("app_blocked", "mfa_required", "canvas_self_authorize", "framed_narrow"):
        running.org.set_setting(name, "0")
    for name, usual in (("viewer", ""), ("framed_beside", "Campaign"), ("soap_login", "1"), ("password_flow", "1")):
        running.org.set_setting(name, usual)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(Org(tmp_path_factory.mktemp("bare"), bare=True))
    yield desk
    close_app(desk.app)


class TestANewOrg:
    def test_its_admin_looks_and_there_is_no_tab_yet(self, bare: Desk) -> None:
        page = bare.open("/lightning/o/Contact/list").text
        assert re.findall(r"selected>([^<]*)", page) == ["Greta Hoppe"]
        assert "Real Magnet</a>" not in page
        assert "Real Magnet is not installed in this org yet." in text(bare.open("/lightning/n/Real_Magnet").text)

    def test_the_app_manager_leads_to_the_deployment(self, bare: Desk) -> None:
        page = bare.open("/lightning/setup/apps").text
        assert "Nothing is installed yet." in page
        assert '<a href="/lightning/setup/deploy">Deploy a package</a>' in page

    def test_a_deployment_needs_a_file(self, bare: Desk) -> None:
        assert "Choose the package&#39;s zip file first." in bare.save("deploy")


class TestDeploying:
    @pytest.fixture
    def fresh(self, tmp_path: Path) -> Iterator[Desk]:
        desk = Desk(Org(tmp_path / "fresh", bare=True))
        desk.org.set_setting("deploy_seconds", "0")
        yield desk
        close_app(desk.app)

    def deploy(self, desk: Desk, content: bytes, **ticks: str) -> str:
        return desk.save("deploy", package=(io.BytesIO(content), "package.zip"), **ticks)

    def test_an_app_with_both_ticks_shows_its_key_and_gets_its_tab(self, fresh: Desk) -> None:
        assert "Deployment succeeded" in self.deploy(fresh, app_package(), **TICKS)
        app = fresh.org.app()
        page = fresh.open("/lightning/setup/apps").text
        assert app is not None
        assert app.consumer_key in page
        assert app.consumer_secret in page
        assert "Real Magnet</a>" in page

    @pytest.mark.parametrize("tick", TICKS)
    def test_an_app_without_one_of_them_is_refused(self, fresh: Desk, tick: str) -> None:
        told = self.deploy(fresh, app_package(), **{tick: "1"})
        assert "Deployment failed" in told
        assert "ExtlClntAppGlobalOauthSettings Real_Magnet" in told
        assert fresh.org.app() is None

    def test_each_component_that_fails_is_named(self, fresh: Desk) -> None:
        told = self.deploy(fresh, packed(note(inside="<label>Note</label>")))
        assert "CustomObject Note__c :" in told
        assert "objects/Note__c.object" in told

    def test_what_is_no_zip_is_refused(self, fresh: Desk) -> None:
        assert "Deployment failed" in self.deploy(fresh, b"nothing of the kind")

    def test_a_deployment_that_takes_its_time_is_looked_at_again(self, fresh: Desk) -> None:
        fresh.org.set_setting("deploy_seconds", "60")
        assert "Deploying\u2026" in self.deploy(fresh, packed(note()))


class TestTheAppManager:
    def test_key_and_secret_can_be_read(self, desk: Desk) -> None:
        page = desk.open("/lightning/setup/apps").text
        for label, value in (("Consumer Key", OPTIONS.consumer_key), ("Consumer Secret", OPTIONS.consumer_secret)):
            name = label.replace(" ", "-")
            assert f'<label for="{name}">{label}</label><input id="{name}" value="{value}" readonly>' in page

    def test_policies_are_saved_and_shown(self, desk: Desk) -> None:
        form = {"permitted_users": "AllSelfAuthorized", "permission_sets": ["Real_Magnet_Reader"]}
        assert "The policies are saved." in desk.save("apps", "policies", **form)
        app = desk.org.app()
        assert app is not None
        assert (app.permitted_users, app.permission_sets, app.profiles) == (
            *("AllSelfAuthorized", ("Real_Magnet_Reader",)),
            (),
        )
        assert (app.client_credentials, app.client_credentials_user) == (False, "")
        assert 'value="AllSelfAuthorized" selected' in desk.open("/lightning/setup/apps").text

    def test_a_certificate_that_is_none_is_told(self, desk: Desk) -> None:
        assert "That is no PEM certificate" in desk.save("apps", "certificate", certificate="junk")

    def test_revoking_ends_what_the_app_holds_for_a_user(self, desk: Desk) -> None:
        token = desk.launch()["client"]["oauthToken"]
        page = desk.open("/lightning/setup/apps").text
        assert "Revoke<span" in page
        desk.save("apps", "revoke", user_id=desk.org.user_id(ADA))
        assert desk.app.extensions["sessions"].find(token) is None
        assert "Revoke<span" not in desk.open("/lightning/setup/apps").text


class TestTheFrame:
    def test_a_blocked_app_is_not_framed(self, desk: Desk) -> None:
        desk.save("apps", "block")
        assert OOPS in text(desk.open("/lightning/n/Real_Magnet").text)
        assert desk.client.post("/_canvas/renew?way=tab", base_url=BASE).status_code == 403
        desk.save("apps", "unblock")
        assert desk.launch()["userId"]

    def test_who_is_not_permitted_sees_the_refusal(self, desk: Desk) -> None:
        desk.save("apps", "policies", permitted_users="AdminApprovedPreAuthorized", permission_sets=["Nobody"])
        page = desk.open("/lightning/n/Real_Magnet").text
        assert f"{OOPS} User is not admin approved to access this app." in text(page)
        assert "<iframe" not in page

    def test_a_place_that_was_not_deployed_stays_empty(self, desk: Desk) -> None:
        desk.org.install_app(replace(desk.org.app(), canvas_locations=("Aura",)))
        assert "not enabled for the location Visualforce" in text(desk.open("/lightning/n/Real_Magnet").text)
        contact = desk.contact()
        assert desk.launch(f"/lightning/r/Contact/{contact}/real-magnet")["context"]["environment"]["parameters"]

    def test_a_user_who_must_approve_is_asked_for_until_then(self, desk: Desk) -> None:
        desk.save("apps", "policies", permitted_users="AllSelfAuthorized")
        asked = fields(desk.open("/lightning/n/Real_Magnet").text)
        assert asked == {"_sfdc_canvas_authvalue": "user_approval_required", "signed_request": ""}
        assert desk.client.post("/_canvas/renew?way=tab", base_url=BASE).json == {"approval_required": True}
        assert desk.allow(scope="openid api refresh_token").status_code == 302
        assert desk.launch()["userId"] == desk.org.user_id(ADA)
        desk.save("apps", "revoke")
        assert "_sfdc_canvas_authvalue" in fields(desk.open("/lightning/n/Real_Magnet").text)

    def test_no_refresh_token_without_its_scope(self, desk: Desk) -> None:
        assert desk.launch()["client"]["refreshToken"]
        desk.org.install_app(replace(desk.org.app(), scopes=("api", "id")))
        assert desk.launch()["client"]["refreshToken"] is None

    def test_beside_the_details_in_a_narrow_column(self, desk: Desk) -> None:
        path = f"/lightning/r/Contact/{desk.contact()}/view"
        assert "<iframe" not in desk.open(path).text
        assert "The record pages are saved." in desk.save("apps", "layouts", beside=["Contact"], narrow="1")
        assert 'class="card frame side narrow"' in desk.open(path).text

    def test_an_address_without_an_object_finds_the_record(self, desk: Desk) -> None:
        contact = desk.contact()
        reply = desk.open(f"/lightning/r/{contact[:15]}/view")
        assert reply.headers["Location"].endswith(f"/lightning/r/Contact/{contact}/view")
        assert desk.open("/lightning/r/003nonsense/view").status_code == 404


class TestUsers:
    def test_permission_sets_are_given_and_taken(self, desk: Desk) -> None:
        def held() -> list[str]:
            return [item.name for item in desk.org.access(desk.org.user_id(ADA)).permission_sets]

        before = held()
        desk.save("users", "user", username=ADA, active="1")
        assert held() == []
        assert f"{ADA} is saved." in desk.save("users", "user", username=ADA, active="1", permission_sets=before)
        assert held() == before

    def test_an_inactive_user_is_out(self, desk: Desk) -> None:
        sets, user = ["Real_Magnet_Reader"], desk.org.user_id(ADA)
        token = desk.launch()["client"]["oauthToken"]
        desk.save("users", "user", username=ADA, permission_sets=sets)
        assert not desk.org.is_active(user)
        assert desk.app.extensions["sessions"].find(token) is None
        desk.save("users", "user", username=ADA, permission_sets=sets, active="1")
        assert desk.org.is_active(user)

    def test_logins_are_set(self, desk: Desk) -> None:
        desk.save("users", "logins", mfa_required="1")
        told = desk.client.get("/_sandbox/security").json
        assert (told["mfa_required"], told["soap_login"]) == (True, False)

    def test_who_looks_is_chosen_for_every_page(self, desk: Desk) -> None:
        desk.save("users", "viewer", username="bruno@salesforce.example")
        page = desk.open("/lightning/o/Lead/list").text
        assert re.findall(r"selected>([^<]*)", page) == ["Bruno Lindqvist"]
        assert "?as=" not in page
