"""How apps get in: every grant, its refusals in the vendor's words, and the legacy SOAP login."""

import base64
import hashlib
import re
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from sandbox.salesforce.app import close_app, create_app
from sandbox.salesforce.options import AppOptions
from sandbox.salesforce.org import INTEGRATION, Org

BASE = "http://localhost:8001"
CALLBACK = "http://127.0.0.1:8000/oauth/callback"
CLIENT = {"client_id": "the-key", "client_secret": "the-secret"}
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return RSAKey.generate_key(2048)


@pytest.fixture
def options(key: RSAKey) -> dict[str, Any]:
    return {"certificate": key.as_pem(private=False).decode()}


@pytest.fixture
def app(tmp_path: Path, options: dict[str, Any]) -> Generator[Flask]:
    chosen = AppOptions(instance_url=BASE, consumer_key="the-key", consumer_secret="the-secret", **options)
    running = create_app(Org(tmp_path / "org"), chosen)
    yield running
    close_app(running)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def token(client: FlaskClient, grant: str, base_url: str = BASE, **form: str) -> TestResponse:
    return client.post("/services/oauth2/token", data={"grant_type": grant, **CLIENT, **form}, base_url=base_url)


def refusal(reply: TestResponse) -> tuple[int, str, str]:
    return reply.status_code, reply.json["error"], reply.json["error_description"]


def approve(client: FlaskClient, decision: str = "allow", **changes: str | None) -> dict[str, list[str]]:
    """Walk through the pages; the parameters with which the browser comes back to the app."""
    query = {
        "response_type": "code",
        "client_id": "the-key",
        "redirect_uri": CALLBACK,
        "scope": "openid api refresh_token",
        "state": "s1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "prompt": "consent",
    } | changes
    page = client.get("/services/oauth2/authorize", query_string={k: v for k, v in query.items() if v is not None})
    if page.status_code == 200:
        form = {"ticket": ticket(page), "username": INTEGRATION.username, "password": "sandbox-password"}
        page = client.post("/services/oauth2/login", data=form)
        page = client.post("/services/oauth2/approve", data={"ticket": ticket(page), "decision": decision})
    assert page.status_code == 302, page.text
    assert page.headers["Location"].startswith(CALLBACK + "?")
    return parse_qs(urlsplit(page.headers["Location"]).query)


def ticket(page: TestResponse) -> str:
    found = re.search(r'name="ticket" value="([^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]


class TestWebServerFlow:
    def exchange(self, client: FlaskClient, code: str, **changes: str) -> TestResponse:
        form = {"code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER} | changes
        return token(client, "authorization_code", **form)

    def test_a_code_becomes_tokens_once(self, client: FlaskClient, app: Flask) -> None:
        back = approve(client)
        assert back["state"] == ["s1"]
        body = self.exchange(client, back["code"][0]).json
        assert set(body) == {
            "access_token", "refresh_token", "signature", "scope", "id_token", "instance_url", "id", "token_type",
            "issued_at",
        }  # fmt: skip
        assert (body["token_type"], body["instance_url"]) == ("Bearer", BASE)
        assert re.fullmatch(r"\d{13}", body["issued_at"])
        org: Org = app.extensions["salesforce"].org
        assert body["id"] == f"{BASE}/id/{org.id}/{org.integration_user_id}"
        again = refusal(self.exchange(client, back["code"][0]))
        assert again == (400, "invalid_grant", "expired authorization code")

    def test_the_id_token_is_signed_by_a_published_key(self, client: FlaskClient) -> None:
        body = self.exchange(client, approve(client, nonce="n1")["code"][0]).json
        published = RSAKey.import_key(client.get("/id/keys").json["keys"][0])
        claims = jwt.decode(body["id_token"], published, algorithms=["RS256"]).claims
        assert (claims["aud"], claims["sub"], claims["nonce"]) == ("the-key", body["id"], "n1")

    def test_no_refresh_token_without_its_scope(self, client: FlaskClient) -> None:
        assert "refresh_token" not in self.exchange(client, approve(client, scope="api")["code"][0]).json

    def test_the_verifier_must_fit(self, client: FlaskClient) -> None:
        reply = self.exchange(client, approve(client)["code"][0], code_verifier="w" * 64)
        assert refusal(reply) == (400, "invalid_grant", "invalid code verifier")

    def test_the_redirect_must_be_the_same(self, client: FlaskClient) -> None:
        reply = self.exchange(client, approve(client)["code"][0], redirect_uri=CALLBACK + "2")
        assert reply.json["error"] == "redirect_uri_mismatch"

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"code_challenge": None}, "invalid_request"),
            ({"code_challenge_method": "plain"}, "invalid_request"),
            ({"response_type": "token"}, "unsupported_response_type"),
        ],
    )
    def test_faults_go_back_to_the_app(self, client: FlaskClient, changes: dict, error: str) -> None:
        back = approve(client, **changes)
        assert (back["error"], back["state"]) == ([error], ["s1"])

    def test_denial(self, client: FlaskClient) -> None:
        back = approve(client, decision="deny")
        assert (back["error"], back["error_description"]) == (["access_denied"], ["end-user denied authorization"])

    def test_an_app_that_is_not_installed(self, client: FlaskClient) -> None:
        client.post("/_sandbox/app-installed", json={"installed": False})
        back = approve(client)
        assert (back["error"], back["error_description"]) == (["invalid_client"], ["app must be installed into org"])

    @pytest.mark.parametrize("changes", [{"client_id": "other"}, {"redirect_uri": "https://example.org/steal"}])
    def test_a_stranger_is_not_sent_anywhere(self, client: FlaskClient, changes: dict[str, str]) -> None:
        query = {"response_type": "code", "client_id": "the-key", "redirect_uri": CALLBACK} | changes
        assert client.get("/services/oauth2/authorize", query_string=query).status_code == 400

    def test_the_pages_refuse_framing(self, client: FlaskClient) -> None:
        query = {"response_type": "code", "client_id": "the-key", "redirect_uri": CALLBACK, "code_challenge": "x"}
        page = client.get("/services/oauth2/authorize", query_string=query | {"code_challenge_method": "S256"})
        assert page.headers["X-Frame-Options"] == "DENY"
        assert page.headers["Content-Security-Policy"] == "frame-ancestors 'none'"

    def test_a_wrong_password_shows_the_form_again(self, client: FlaskClient) -> None:
        query = {"response_type": "code", "client_id": "the-key", "redirect_uri": CALLBACK, "code_challenge": "x"}
        page = client.get("/services/oauth2/authorize", query_string=query | {"code_challenge_method": "S256"})
        form = {"ticket": ticket(page), "username": INTEGRATION.username, "password": "wrong"}
        assert "Please check your username and password." in client.post("/services/oauth2/login", data=form).text


class TestRefresh:
    @pytest.fixture
    def refresh(self, client: FlaskClient) -> str:
        code = approve(client)["code"][0]
        form = {"code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        return token(client, "authorization_code", **form).json["refresh_token"]

    def test_a_new_access_token_and_the_old_refresh_token(self, client: FlaskClient, refresh: str) -> None:
        body = token(client, "refresh_token", refresh_token=refresh).json
        assert "refresh_token" not in body
        assert "expires_in" not in body
        assert token(client, "refresh_token", refresh_token=refresh).status_code == 200

    def test_scope_is_refused(self, client: FlaskClient, refresh: str) -> None:
        reply = token(client, "refresh_token", refresh_token=refresh, scope="api")
        assert refusal(reply) == (400, "invalid_request", "scope parameter not supported")

    def test_revoking_ends_it_and_its_access_tokens(self, client: FlaskClient, refresh: str) -> None:
        access = token(client, "refresh_token", refresh_token=refresh).json["access_token"]
        revoked = client.post("/services/oauth2/revoke", data={"token": refresh})
        assert (revoked.status_code, revoked.data) == (200, b"")
        reply = token(client, "refresh_token", refresh_token=refresh)
        assert refusal(reply) == (400, "invalid_grant", "expired access/refresh token")
        assert client.get("/services/oauth2/userinfo", headers={"Authorization": f"Bearer {access}"}).status_code == 403

    class TestRotation:
        @pytest.fixture
        def options(self) -> dict[str, Any]:
            return {"rotate_refresh_tokens": True}

        def test_each_refresh_token_works_once(self, client: FlaskClient) -> None:
            form = {"code": approve(client)["code"][0], "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
            first = token(client, "authorization_code", **form).json["refresh_token"]
            second = token(client, "refresh_token", refresh_token=first).json["refresh_token"]
            assert second != first
            assert token(client, "refresh_token", refresh_token=first).json["error"] == "invalid_grant"
            assert token(client, "refresh_token", refresh_token=second).status_code == 200


class TestAssertion:
    def ask(self, client: FlaskClient, key: RSAKey, **changes: object) -> TestResponse:
        claims = {"iss": "the-key", "sub": INTEGRATION.username, "aud": "https://login.salesforce.com"}
        claims |= {"exp": int(time.time()) + 170} | changes
        return token(client, JWT_GRANT, assertion=jwt.encode({"alg": "RS256"}, claims, key))

    def test_a_token_without_a_refresh_token(self, client: FlaskClient, key: RSAKey) -> None:
        body = self.ask(client, key).json
        assert set(body) == {"access_token", "signature", "scope", "instance_url", "id", "token_type", "issued_at"}
        assert self.ask(client, key, aud=BASE).status_code == 200

    @pytest.mark.parametrize(
        ("changes", "error", "description"),
        [
            ({"aud": "https://example.org"}, "invalid_grant", "Audience validation failed"),
            ({"exp": int(time.time()) + 3_600}, "invalid_grant", "invalid assertion"),
            ({"exp": int(time.time()) - 60}, "invalid_grant", "invalid assertion"),
            ({"sub": "nobody@example.org"}, "invalid_grant", "user hasn't approved this consumer"),
            ({"iss": "another"}, "invalid_client_id", "client identifier invalid"),
        ],
    )
    def test_refusals(self, client: FlaskClient, key: RSAKey, changes: dict, error: str, description: str) -> None:
        assert refusal(self.ask(client, key, **changes)) == (400, error, description)

    def test_another_key(self, client: FlaskClient) -> None:
        assert self.ask(client, RSAKey.generate_key(2048)).json["error_description"] == "invalid assertion"


class TestOtherGrants:
    def test_client_credentials_only_at_the_orgs_own_host(self, client: FlaskClient) -> None:
        body = token(client, "client_credentials").json
        assert body["api_instance_url"] == BASE
        reply = token(client, "client_credentials", base_url="http://127.0.0.1:8001")
        assert refusal(reply) == (400, "invalid_grant", "request not supported on this domain")

    def test_credentials_in_the_header(self, client: FlaskClient) -> None:
        basic = base64.b64encode(b"the-key:the-secret").decode()
        reply = client.post(
            "/services/oauth2/token",
            data={"grant_type": "client_credentials"},
            headers={"Authorization": f"Basic {basic}"},
            base_url=BASE,
        )
        assert reply.status_code == 200

    def test_password(self, client: FlaskClient) -> None:
        right = {"username": INTEGRATION.username, "password": "sandbox-passwordsandboxtoken"}
        assert token(client, "password", **right).status_code == 200
        reply = token(client, "password", username=INTEGRATION.username, password="sandbox-password")
        assert refusal(reply) == (400, "invalid_grant", "authentication failure")

    @pytest.mark.parametrize(
        ("grant", "form", "error"),
        [
            ("magic", {}, "unsupported_grant_type"),
            ("client_credentials", {"client_id": "other"}, "invalid_client_id"),
            ("client_credentials", {"client_secret": "other"}, "invalid_client"),
        ],
    )
    def test_refusals(self, client: FlaskClient, grant: str, form: dict[str, str], error: str) -> None:
        reply = token(client, grant, **form)
        assert (reply.status_code, reply.json["error"]) == (400, error)


class TestWhoItIs:
    @pytest.fixture
    def access(self, client: FlaskClient) -> str:
        return token(client, "client_credentials").json["access_token"]

    def test_userinfo_and_identity_agree(self, client: FlaskClient, access: str, app: Flask) -> None:
        org: Org = app.extensions["salesforce"].org
        headers = {"Authorization": f"Bearer {access}"}
        info = client.get("/services/oauth2/userinfo", headers=headers).json
        whole = client.get(f"/id/{org.id}/{org.integration_user_id}", headers=headers).json
        assert (info["user_id"], info["organization_id"]) == (org.integration_user_id, org.id)
        assert (whole["user_id"], whole["organization_id"]) == (org.integration_user_id, org.id)
        assert "{version}" in info["urls"]["rest"]
        assert info["is_salesforce_integration_user"] is True

    def test_a_bad_token_is_told_in_plain_text(self, client: FlaskClient) -> None:
        reply = client.get("/services/oauth2/userinfo", headers={"Authorization": "Bearer nonsense"})
        assert (reply.status_code, reply.text) == (403, "Bad_OAuth_Token")

    def test_introspection(self, client: FlaskClient, access: str) -> None:
        def look(value: str) -> dict[str, Any]:
            return client.post("/services/oauth2/introspect", data={"token": value, **CLIENT}).json

        found = look(access)
        assert (found["active"], found["client_id"], found["token_type"]) == (True, "the-key", "access_token")
        assert look("nonsense") == {"active": False}

    def test_sessions_expire_slide_and_can_be_ended(self, client: FlaskClient, access: str, app: Flask) -> None:
        org: Org = app.extensions["salesforce"].org
        headers = {"Authorization": f"Bearer {access}"}

        def alive() -> bool:
            return client.get("/services/data/v66.0/limits", headers=headers).status_code == 200

        org.advance_clock(4_000)
        assert alive()
        org.advance_clock(4_000)
        assert alive()
        org.advance_clock(7_300)
        assert not alive()
        fresh = token(client, "client_credentials").json["access_token"]
        headers["Authorization"] = f"Bearer {fresh}"
        assert alive()
        assert client.post("/_sandbox/expire-tokens").json["expired"] >= 1
        assert not alive()

    def test_an_inactive_user_is_out_at_once(self, client: FlaskClient, access: str) -> None:
        body = {"username": INTEGRATION.username, "active": False}
        assert client.post("/_sandbox/user-active", json=body).json["ended"] >= 1
        headers = {"Authorization": f"Bearer {access}"}
        assert client.get("/services/oauth2/userinfo", headers=headers).status_code == 403
        assert refusal(token(client, "client_credentials")) == (400, "inactive_user", "user is inactive")
        client.post("/_sandbox/user-active", json=body | {"active": True})
        assert token(client, "client_credentials").status_code == 200

    def test_discovery_names_addresses_that_answer(self, client: FlaskClient) -> None:
        found = client.get("/.well-known/openid-configuration").json
        assert found["token_endpoint"] == f"{BASE}/services/oauth2/token"
        assert client.get(urlsplit(found["jwks_uri"]).path).status_code == 200


class TestSoapLogin:
    def login(self, client: FlaskClient, version: str, password: str) -> TestResponse:
        body = (
            '<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Body>'
            '<n1:login xmlns:n1="urn:partner.soap.sforce.com">'
            f"<n1:username>{INTEGRATION.username}</n1:username><n1:password>{password}</n1:password>"
            "</n1:login></env:Body></env:Envelope>"
        )
        headers = {"Content-Type": "text/xml", "SOAPAction": "login"}
        return client.post(f"/services/Soap/u/{version}", data=body, headers=headers)

    def test_a_session_that_works(self, client: FlaskClient) -> None:
        reply = self.login(client, "59.0", "sandbox-passwordsandboxtoken")
        session = re.search(r"<sessionId>([^<]+)</sessionId>", reply.text)
        assert session is not None
        headers = {"Authorization": f"Bearer {session[1]}"}
        assert client.get("/services/data/v59.0/limits", headers=headers).status_code == 200

    def test_a_wrong_password(self, client: FlaskClient) -> None:
        reply = self.login(client, "59.0", "sandbox-password")
        assert reply.status_code == 500
        message = "INVALID_LOGIN: Invalid username, password, security token; or user locked out."
        assert f"<faultcode>INVALID_LOGIN</faultcode><faultstring>{message}</faultstring>" in reply.text
        assert "<sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode>" in reply.text

    @pytest.mark.parametrize("version", ["65.0", "66.0", "20.0"])
    def test_gone_from_version_65(self, client: FlaskClient, version: str) -> None:
        reply = self.login(client, version, "sandbox-passwordsandboxtoken")
        assert reply.status_code == 500
        assert "<faultcode>UNSUPPORTED_API_VERSION</faultcode>" in reply.text
