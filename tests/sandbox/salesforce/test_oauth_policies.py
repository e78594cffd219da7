"""What an admin allows and forbids decides who comes in, in the vendor's words, whichever way is tried."""

import base64
import hashlib
import re
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from sandbox.salesforce.app import close_app, create_app
from sandbox.salesforce.deploy.app_registry import App
from sandbox.salesforce.options import AppOptions
from sandbox.salesforce.org import INTEGRATION, Org

BASE = "http://localhost:8001"
CALLBACK = "http://127.0.0.1:8000/oauth/callback"
ADA = "ada@salesforce.example"
CLIENT = {"client_id": "the-key", "client_secret": "the-secret"}
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
NOT_ADMITTED = "user is not admin approved to access this app"
APP = App(
    "Real_Magnet",
    "Real Magnet",
    callback_urls=(CALLBACK,),
    scopes=("api", "id", "openid", "refresh_token"),
    permitted_users="AdminApprovedPreAuthorized",
    permission_sets=("Real_Magnet_Reader",),
    consumer_key="the-key",
    consumer_secret="the-secret",
    client_credentials=True,
    client_credentials_user=INTEGRATION.username,
)


@cache
def key() -> RSAKey:
    return RSAKey.generate_key(2048)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Generator[Flask]:
    running = create_app(Org(tmp_path_factory.mktemp("org")), AppOptions(instance_url=BASE))
    yield running
    close_app(running)


@pytest.fixture(scope="module")
def org(app: Flask) -> Org:
    return app.extensions["salesforce"].org


@pytest.fixture
def client(app: Flask, org: Org) -> Iterator[FlaskClient]:
    """A caller of an org whose policies are as shipped; what a test changes is put back."""
    org.install_app(replace(APP, certificate=key().as_pem(private=False).decode()))
    client = app.test_client()
    yield client
    usual = {"soap_login": True, "password_flow": True, "assertion_clock_skew": 0}
    off = dict.fromkeys(("mfa_required", "ip_restricted", "app_blocked"), False)
    client.post("/_sandbox/security", json=usual | off)
    client.post("/_sandbox/user-locked", json={"username": ADA, "locked": False})
    client.post("/_sandbox/user-active", json={"username": ADA, "active": True})
    client.post("/_sandbox/app-installed", json={"installed": True})
    client.delete("/_sandbox/approvals")


def authorize(client: FlaskClient, **changes: str) -> TestResponse:
    query = {"response_type": "code", "client_id": "the-key", "redirect_uri": CALLBACK, "state": "s1"}
    query |= {"code_challenge": CHALLENGE, "code_challenge_method": "S256", "scope": "api refresh_token"} | changes
    return client.get("/services/oauth2/authorize", query_string=query, base_url=BASE)


def send(client: FlaskClient, page: TestResponse, step: str, **form: str) -> TestResponse:
    """Fill in the form that a page shows."""
    found = re.search(r'name="ticket" value="([^"]+)"', page.text)
    assert found is not None, page.text
    return client.post(f"/services/oauth2/{step}", data={"ticket": found[1], **form}, base_url=BASE)


def log_in(client: FlaskClient, **changes: str) -> TestResponse:
    return send(client, authorize(client, **changes), "login", username=ADA, password="sandbox-password")


def back(page: TestResponse) -> dict[str, str]:
    """What the browser brings back to the app."""
    assert page.status_code == 302, page.text
    assert page.headers["Location"].startswith(CALLBACK + "?")
    return {name: values[0] for name, values in parse_qs(urlsplit(page.headers["Location"]).query).items()}


def token(client: FlaskClient, grant: str, base_url: str = BASE, **form: str) -> TestResponse:
    return client.post("/services/oauth2/token", data={"grant_type": grant, **CLIENT, **form}, base_url=base_url)


def exchange(client: FlaskClient, page: TestResponse) -> Any:
    code = back(page)["code"]
    return token(client, "authorization_code", code=code, redirect_uri=CALLBACK, code_verifier=VERIFIER).json


def assertion(client: FlaskClient, **changes: object) -> TestResponse:
    claims = {"iss": "the-key", "sub": ADA, "aud": BASE, "exp": int(time.time()) + 170} | changes
    return token(client, JWT_GRANT, assertion=jwt.encode({"alg": "RS256"}, claims, key()))


def refusal(reply: TestResponse) -> tuple[str, str]:
    assert reply.status_code == 400, reply.text
    return reply.json["error"], reply.json["error_description"]


def soap(client: FlaskClient, username: str = ADA) -> TestResponse:
    login = f"<n1:username>{username}</n1:username><n1:password>sandbox-passwordsandboxtoken</n1:password>"
    body = '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><n1:login'
    body += f' xmlns:n1="urn:partner.soap.sforce.com">{login}</n1:login></e:Body></e:Envelope>'
    return client.post("/services/Soap/u/59.0", data=body, headers={"SOAPAction": "login"}, base_url=BASE)


def fault(reply: TestResponse) -> str:
    assert reply.status_code == 500, reply.text
    return re.search(r"<faultcode>(\w+)</faultcode>", reply.text)[1]


def set_policy(client: FlaskClient, **policy: object) -> None:
    assert client.post("/_sandbox/app", json=policy).status_code == 200


def secure(client: FlaskClient, **wanted: object) -> None:
    assert client.post("/_sandbox/security", json=wanted).status_code == 200


def self_authorize(client: FlaskClient) -> None:
    set_policy(client, permitted_users="AllSelfAuthorized")


ADMITTED: dict[str, Callable[[FlaskClient], TestResponse]] = {
    "assertion": assertion,
    "client credentials": lambda client: token(client, "client_credentials"),
    "password": lambda client: token(client, "password", username=ADA, password="sandbox-passwordsandboxtoken"),
}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Generator[FlaskClient]:
    """A caller of an org that begins today."""
    running = create_app(Org(tmp_path_factory.mktemp("bare"), bare=True), AppOptions(instance_url=BASE))
    yield running.test_client()
    close_app(running)


class TestNothingInstalled:
    def test_no_authorization_begins(self, bare: FlaskClient) -> None:
        told = back(authorize(bare))
        assert (told["error"], told["error_description"]) == ("invalid_client", "app must be installed into org")
        assert authorize(bare, redirect_uri="https://example.org/steal").status_code == 400

    @pytest.mark.parametrize("way", ADMITTED)
    def test_no_token_is_given(self, bare: FlaskClient, way: str) -> None:
        assert refusal(ADMITTED[way](bare)) == ("invalid_client", "app must be installed into org")

    def test_a_new_org_knows_no_soap_login(self, bare: FlaskClient) -> None:
        reply = soap(bare, "admin@salesforce.example")
        assert fault(reply) == "INVALID_OPERATION"
        assert "SOAP API login() is disabled by default in this org." in reply.text


class TestWhoIsPermitted:
    def test_who_holds_the_permission_set_is_not_asked(self, client: FlaskClient) -> None:
        assert set(back(log_in(client))) == {"code", "state"}

    def test_who_does_not_is_sent_back(self, client: FlaskClient) -> None:
        set_policy(client, permission_sets=["Somebody_Else"])
        told = back(log_in(client))
        assert (told["error"], told["error_description"]) == ("OAUTH_APP_ACCESS_DENIED", NOT_ADMITTED)

    @pytest.mark.parametrize("way", ADMITTED)
    def test_and_gets_no_token_either(self, client: FlaskClient, way: str) -> None:
        set_policy(client, permission_sets=["Somebody_Else"])
        assert refusal(ADMITTED[way](client)) == ("invalid_app_access", NOT_ADMITTED)

    def test_a_refresh_token_ends_with_the_permission(self, client: FlaskClient) -> None:
        refresh = exchange(client, log_in(client))["refresh_token"]
        set_policy(client, permission_sets=["Somebody_Else"])
        assert refusal(token(client, "refresh_token", refresh_token=refresh)) == ("invalid_app_access", NOT_ADMITTED)

    def test_a_profile_lets_in_as_well(self, client: FlaskClient) -> None:
        set_policy(client, permission_sets=[], profiles=["Standard User"])
        assert "code" in back(log_in(client))

    @pytest.mark.parametrize(
        "uri", [CALLBACK + "/", CALLBACK + "?a=b", "http://127.0.0.1:8000/", "http://localhost:8000/oauth/callback"]
    )
    def test_the_callback_is_one_of_the_apps_to_the_letter(self, client: FlaskClient, uri: str) -> None:
        page = authorize(client, redirect_uri=uri)
        assert page.status_code == 400
        assert "redirect_uri_mismatch" in page.text

    def test_more_than_the_app_has_is_refused(self, client: FlaskClient) -> None:
        assert back(authorize(client, scope="api web"))["error"] == "invalid_scope"
        set_policy(client, scopes=["api"])
        assert exchange(client, log_in(client, scope=""))["scope"] == "api"


class TestApproving:
    def test_the_user_is_asked_once(self, client: FlaskClient) -> None:
        self_authorize(client)
        page = log_in(client)
        assert "Real Magnet is asking to" in page.text
        assert "code" in back(send(client, page, "approve", decision="allow"))
        assert "code" in back(log_in(client))
        assert "Allow Access?" in log_in(client, prompt="consent").text
        assert "Allow Access?" in log_in(client, scope="api openid").text

    def test_revoking_asks_again_and_ends_the_tokens(self, client: FlaskClient) -> None:
        self_authorize(client)
        tokens = exchange(client, send(client, log_in(client), "approve", decision="allow"))
        assert client.delete(f"/_sandbox/approvals?username={ADA}").json["ended"] == 2
        assert "Allow Access?" in log_in(client).text
        gone = refusal(token(client, "refresh_token", refresh_token=tokens["refresh_token"]))
        assert gone == ("invalid_grant", "expired access/refresh token")
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert client.get("/services/oauth2/userinfo", headers=headers).status_code == 403
        assert client.get("/services/data/v66.0/limits", headers=headers).status_code == 401

    def test_an_assertion_needs_an_approval(self, client: FlaskClient) -> None:
        self_authorize(client)
        assert refusal(assertion(client)) == ("invalid_grant", "user hasn't approved this consumer")
        client.post("/_sandbox/approvals", json={"username": ADA})
        assert assertion(client).status_code == 200

    def test_a_login_that_was_not_approved_is_no_code(self, client: FlaskClient) -> None:
        self_authorize(client)
        found = re.search(r'name="ticket" value="([^"]+)"', log_in(client).text)
        form = {"code": found[1], "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        assert refusal(token(client, "authorization_code", **form)) == ("invalid_grant", "expired authorization code")


class TestBlocked:
    def test_no_way_in_and_every_token_gone(self, client: FlaskClient) -> None:
        refresh = exchange(client, log_in(client))["refresh_token"]
        secure(client, app_blocked=True)
        told = back(authorize(client))
        assert (told["error"], told["error_description"]) == ("OAUTH_APP_BLOCKED", "this app is blocked by admin")
        assert refusal(ADMITTED["client credentials"](client))[0] == "OAUTH_APP_BLOCKED"
        secure(client, app_blocked=False)
        assert refusal(token(client, "refresh_token", refresh_token=refresh))[0] == "invalid_grant"


class TestAssertions:
    @pytest.mark.parametrize(
        ("changes", "skew", "description"),
        [
            ({"aud": "https://example.org"}, 0, "Audience validation failed"),
            ({"exp": int(time.time()) + 3_600}, 0, "invalid assertion"),
            ({"exp": int(time.time()) - 60}, 0, "invalid assertion"),
            ({}, 600, "invalid assertion"),
            ({}, -600, "invalid assertion"),
        ],
    )
    def test_times_and_audiences(
        self, client: FlaskClient, changes: dict[str, Any], skew: int, description: str
    ) -> None:
        secure(client, assertion_clock_skew=skew)
        assert refusal(assertion(client, **changes)) == ("invalid_grant", description)

    def test_the_answer_tells_the_time_by_the_orgs_watch(self, client: FlaskClient) -> None:
        secure(client, assertion_clock_skew=600)
        told = assertion(client).date
        assert told is not None
        assert 500 < told.timestamp() - time.time() < 700

    def test_an_app_without_a_certificate_takes_none(self, client: FlaskClient) -> None:
        set_policy(client, certificate=None)
        assert refusal(assertion(client)) == ("invalid_grant", "invalid assertion")
        assert client.post("/_sandbox/app", json={"certificate": "nonsense"}).status_code == 400


class TestClientCredentials:
    @pytest.mark.parametrize(
        ("policy", "description"),
        [
            ({"client_credentials": False}, "client credentials flow not enabled"),
            ({"client_credentials_user": ""}, "no client credentials user enabled"),
        ],
    )
    def test_the_flow_and_its_user_are_switched_on_apart(
        self, client: FlaskClient, policy: dict[str, Any], description: str
    ) -> None:
        set_policy(client, **policy)
        assert refusal(ADMITTED["client credentials"](client)) == ("invalid_grant", description)


class TestPasswords:
    def test_a_switched_off_soap_login(self, client: FlaskClient) -> None:
        assert soap(client).status_code == 200
        secure(client, soap_login=False)
        assert fault(soap(client)) == "INVALID_OPERATION"

    def test_a_switched_off_password_flow(self, client: FlaskClient) -> None:
        assert ADMITTED["password"](client).status_code == 200
        secure(client, password_flow=False)
        assert refusal(ADMITTED["password"](client)) == ("invalid_grant", "authentication failure")

    def test_a_second_factor_for_users_of_the_screens(self, client: FlaskClient) -> None:
        secure(client, mfa_required=True)
        assert fault(soap(client)) == "LOGIN_MUST_USE_SECURITY_TOKEN"
        assert soap(client, INTEGRATION.username).status_code == 200
        page = log_in(client)
        assert "Verification code" in page.text
        again = send(client, page, "verify", code="12345")
        assert "Enter the six digits" in again.text
        assert "code" in back(send(client, again, "verify", code="123456"))

    def test_the_second_factor_cannot_be_passed_over(self, client: FlaskClient) -> None:
        self_authorize(client)
        secure(client, mfa_required=True)
        assert send(client, log_in(client), "approve", decision="allow").status_code == 400

    @pytest.mark.parametrize("change", [("user-locked", {"locked": True}), ("user-active", {"active": False})])
    def test_who_is_locked_out_or_inactive(self, client: FlaskClient, change: tuple[str, dict[str, Any]]) -> None:
        client.post(f"/_sandbox/{change[0]}", json={"username": ADA, **change[1]})
        assert fault(soap(client)) == "INVALID_LOGIN"
        assert "Please check your username and password." in log_in(client).text
        assert refusal(ADMITTED["password"](client)) == ("invalid_grant", "authentication failure")

    def test_an_inactive_user_has_a_word_of_its_own_elsewhere(self, client: FlaskClient) -> None:
        client.post("/_sandbox/user-active", json={"username": ADA, "active": False})
        assert refusal(assertion(client)) == ("inactive_user", "user is inactive")

    def test_a_network_that_is_not_the_callers(self, client: FlaskClient) -> None:
        secure(client, ip_restricted=True)
        assert fault(soap(client)) == "LOGIN_DURING_RESTRICTED_DOMAIN"
        assert refusal(assertion(client)) == ("invalid_grant", "ip restricted")
        assert back(log_in(client))["error_description"] == "ip restricted"


class TestTokens:
    def test_expired_refresh_tokens(self, client: FlaskClient) -> None:
        tokens = exchange(client, log_in(client))
        assert client.post("/_sandbox/expire-refresh-tokens").json["expired"] >= 1
        gone = refusal(token(client, "refresh_token", refresh_token=tokens["refresh_token"]))
        assert gone == ("invalid_grant", "expired access/refresh token")
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert client.get("/services/oauth2/userinfo", headers=headers).json["is_app_installed"] is True

    def test_an_app_sees_only_its_own(self, client: FlaskClient, app: Flask, org: Org) -> None:
        foreign = app.extensions["sessions"].issue(org.integration_user_id, "another", "api id")
        assert client.post("/services/oauth2/introspect", data={"token": foreign, **CLIENT}).json == {"active": False}


class TestAddresses:
    @pytest.mark.parametrize("path", ["/services/oauth2/authorize", "/services/data/v66.0/limits", "/"])
    def test_a_my_domain_that_no_org_has(self, client: FlaskClient, path: str) -> None:
        reply = client.get(path, base_url="http://wrong.example.org:8001")
        assert reply.status_code == 404
        assert "URL No Longer Exists" in reply.text

    def test_the_login_host_knows_every_flow_but_one(self, client: FlaskClient) -> None:
        elsewhere = {"base_url": "http://127.0.0.1:8001"}
        assert (
            token(client, "password", **elsewhere, username=ADA, password="sandbox-passwordsandboxtoken").status_code
            == 200
        )
        reply = token(client, "client_credentials", **elsewhere)
        assert refusal(reply) == ("invalid_grant", "request not supported on this domain")
