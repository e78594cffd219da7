"""How a token is asked for, shared between processes, renewed in mid-run, and given up."""

import dataclasses
from typing import Any
from urllib.parse import parse_qs

import pytest
import responses
from joserfc import jwt
from joserfc.jwk import RSAKey

from connector.errors import CredentialsRefused, Misconfigured, Refused, Temporary, UnexpectedAnswer
from connector.salesforce.gateway import Salesforce, userinfo
from connector.salesforce.tokens import request_token
from connector.settings import Settings
from tests.connector.salesforce.conftest import DATA, ORG, TOKEN, MemoryKeeper, connection

GRANTED: dict[str, Any] = {
    "access_token": "token-2",
    "instance_url": ORG,
    "id": "https://login.salesforce.com/id/00D000000000001AAA/005000000000001AAA",
    "token_type": "Bearer",
}
EXPIRED = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
LIMITS = {"DailyApiRequests": {"Max": 100, "Remaining": 90}}


def form(vendor: responses.RequestsMock, number: int = 0) -> dict[str, str]:
    body = vendor.calls[number].request.body
    return {name: values[0] for name, values in parse_qs(body if isinstance(body, str) else "").items()}


class TestGrants:
    def test_a_refresh_names_no_scope(self, vendor: responses.RequestsMock, settings: Settings) -> None:
        vendor.post(TOKEN, json=GRANTED)
        token = request_token(connection(), settings)
        assert (token.access_token, token.organization_id, token.user_id) == (
            "token-2",
            "00D000000000001AAA",
            "005000000000001AAA",
        )
        assert token.refresh_token is None
        assert form(vendor) == {
            "grant_type": "refresh_token",
            "refresh_token": "refresh-1",
            "client_id": "client",
            "client_secret": "client-secret",
        }

    def test_a_bearer_assertion_is_signed_for_its_audience_and_short_lived(
        self, vendor: responses.RequestsMock, settings: Settings
    ) -> None:
        key = RSAKey.generate_key(2048)
        vendor.post(TOKEN, json=GRANTED)
        pem = key.as_pem(private=True).decode()
        request_token(connection(kind="jwt", private_key=pem, username="night@example.org"), settings)
        sent = form(vendor)
        assert sent["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        claims = jwt.decode(sent["assertion"], key, algorithms=["RS256"]).claims
        assert (claims["iss"], claims["sub"], claims["aud"]) == ("client", "night@example.org", ORG)
        assert set(sent) == {"grant_type", "assertion"}

    def test_a_key_that_is_none_is_said_without_showing_it(self, settings: Settings) -> None:
        with pytest.raises(Misconfigured) as caught:
            request_token(connection(kind="jwt", private_key="not-a-key"), settings)
        assert "not-a-key" not in str(caught.value)

    def test_client_credentials(self, vendor: responses.RequestsMock, settings: Settings) -> None:
        vendor.post(TOKEN, json=GRANTED)
        request_token(connection(kind="client_credentials"), settings)
        assert form(vendor)["grant_type"] == "client_credentials"

    def test_the_password_way_logs_in_below_api_65(self, vendor: responses.RequestsMock, settings: Settings) -> None:
        vendor.post(
            f"{ORG}/services/Soap/u/64.0",
            body='<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
            'xmlns="urn:partner.soap.sforce.com"><soapenv:Body><loginResponse><result>'
            f"<serverUrl>{ORG}/services/Soap/u/64.0/00D</serverUrl><sessionId>token-2</sessionId>"
            "<userId>005A</userId><userInfo><organizationId>00DA</organizationId></userInfo>"
            "</result></loginResponse></soapenv:Body></soapenv:Envelope>",
        )
        token = request_token(connection(kind="password", username="a&b@example.org", password="p<w"), settings)
        assert (token.access_token, token.instance_url, token.organization_id) == ("token-2", ORG, "00DA")
        sent = vendor.calls[0].request.body
        assert isinstance(sent, bytes)
        assert b"a&amp;b@example.org" in sent
        assert b"p&lt;w" in sent

    def test_a_soap_fault_is_a_refusal_although_its_status_is_500(
        self, vendor: responses.RequestsMock, settings: Settings
    ) -> None:
        vendor.post(
            f"{ORG}/services/Soap/u/64.0",
            status=500,
            body='<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>'
            "<faultcode>INVALID_LOGIN</faultcode><faultstring>INVALID_LOGIN: Invalid username, password, security "
            "token; or user locked out.</faultstring></s:Fault></s:Body></s:Envelope>",
        )
        with pytest.raises(CredentialsRefused) as caught:
            request_token(connection(kind="password", password="the-password"), settings)
        assert caught.value.code == "INVALID_LOGIN"
        assert "the-password" not in str(caught.value)

    @pytest.mark.parametrize(
        ("body", "status"), [("<html>Down</html>", 503), ("<html>", 500), ("<!DOCTYPE x [<!ENTITY a 'b'>]><x/>", 200)]
    )
    def test_a_login_page_in_trouble_is_temporary(
        self, vendor: responses.RequestsMock, settings: Settings, body: str, status: int
    ) -> None:
        vendor.post(f"{ORG}/services/Soap/u/64.0", status=status, body=body)
        with pytest.raises(Temporary):
            request_token(connection(kind="password"), settings)

    @pytest.mark.parametrize("status", [301, 404])
    def test_an_address_without_an_organization_is_said_so(
        self, vendor: responses.RequestsMock, settings: Settings, status: int
    ) -> None:
        vendor.post(TOKEN, status=status, body="<html>", headers={"Location": "https://www.salesforce.com/"})
        with pytest.raises(Refused) as caught:
            request_token(connection(), settings)
        assert str(caught.value) == "There is no Salesforce organization at example.my.salesforce.com."
        assert "My Domain" in caught.value.advice

    @pytest.mark.parametrize("address", ["http://example.my.salesforce.com", "https://evil.example.org", "ftp://x"])
    def test_credentials_go_to_salesforce_only(self, settings: Settings, address: str) -> None:
        with pytest.raises(Misconfigured):
            request_token(connection(login_url=address), settings)

    def test_an_unknown_kind_is_a_mistake_of_ours(self, settings: Settings) -> None:
        with pytest.raises(Misconfigured):
            request_token(connection(kind="carrier pigeon"), settings)


class TestRenewal:
    def test_in_mid_run_a_token_is_renewed_once_under_the_lock(
        self, vendor: responses.RequestsMock, salesforce: Salesforce, keeper: MemoryKeeper
    ) -> None:
        vendor.get(f"{DATA}/limits/", status=401, json=EXPIRED)
        vendor.post(TOKEN, json={**GRANTED, "refresh_token": "refresh-2"})
        vendor.get(f"{DATA}/limits/", json=LIMITS)
        assert salesforce.limits() == {"DailyApiRequests": (100, 90)}
        assert keeper.diary == ["locked", "stored token-2"]
        assert keeper.connection.refresh_token == "refresh-2"
        assert vendor.calls[2].request.headers["Authorization"] == "Bearer token-2"
        assert salesforce.calls == {"limits": 2, "token": 1}

    def test_a_token_that_another_process_has_renewed_is_taken(
        self, vendor: responses.RequestsMock, salesforce: Salesforce, keeper: MemoryKeeper
    ) -> None:
        vendor.get(f"{DATA}/limits/", json=LIMITS)
        salesforce.limits()
        keeper.connection = dataclasses.replace(keeper.connection, access_token="token-9", version=2)
        vendor.replace("GET", f"{DATA}/limits/", status=401, json=EXPIRED)
        vendor.get(f"{DATA}/limits/", json=LIMITS)
        salesforce.limits()
        assert keeper.diary == ["locked"]
        assert vendor.calls[-1].request.headers["Authorization"] == "Bearer token-9"

    def test_a_fresh_token_refused_too_is_the_end(
        self, vendor: responses.RequestsMock, salesforce: Salesforce, keeper: MemoryKeeper
    ) -> None:
        vendor.get(f"{DATA}/limits/", status=401, json=EXPIRED)
        vendor.post(TOKEN, json=GRANTED)
        with pytest.raises(CredentialsRefused):
            salesforce.limits()
        assert keeper.diary[-1].startswith("refused: ")
        assert salesforce.calls == {"limits": 2, "token": 1}

    def test_a_dead_refresh_token_is_noted_and_never_repeated(
        self, vendor: responses.RequestsMock, salesforce: Salesforce, keeper: MemoryKeeper
    ) -> None:
        vendor.get(f"{DATA}/limits/", status=401, json=EXPIRED)
        vendor.post(
            TOKEN,
            status=400,
            json={"error": "invalid_grant", "error_description": "expired access/refresh token"},
        )
        with pytest.raises(CredentialsRefused) as caught:
            salesforce.limits()
        assert "Salesforce has ended the connector's access" in str(caught.value)
        assert keeper.diary == ["locked", f"refused: {caught.value} {caught.value.advice}"]
        assert salesforce.calls["token"] == 1

    def test_a_token_endpoint_in_trouble_refuses_nobody(
        self, vendor: responses.RequestsMock, salesforce: Salesforce, keeper: MemoryKeeper
    ) -> None:
        vendor.get(f"{DATA}/limits/", status=401, json=EXPIRED)
        vendor.post(TOKEN, status=503, body="<html>Maintenance</html>")
        with pytest.raises(Temporary):
            salesforce.limits()
        assert not any(line.startswith("refused") for line in keeper.diary)

    def test_the_first_token_is_asked_for_and_its_host_is_used(
        self, vendor: responses.RequestsMock, settings: Settings
    ) -> None:
        keeper = MemoryKeeper(connection(access_token="", instance_url=""))
        moved = "https://moved.my.salesforce.com"
        vendor.post(TOKEN, json={**GRANTED, "instance_url": moved})
        vendor.get(f"{moved}/services/data/v66.0/limits/", json=LIMITS)
        assert Salesforce(keeper, settings).limits() == {"DailyApiRequests": (100, 90)}


class TestUserinfo:
    def test_tells_whose_token_it_is(self, vendor: responses.RequestsMock, settings: Settings) -> None:
        vendor.get(f"{ORG}/services/oauth2/userinfo", json={"user_id": "005A", "organization_id": "00DA"})
        assert userinfo(settings, ORG, "token")["user_id"] == "005A"

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_token_that_salesforce_does_not_know_is_refused(
        self, vendor: responses.RequestsMock, settings: Settings, status: int
    ) -> None:
        vendor.get(f"{ORG}/services/oauth2/userinfo", status=status, body="Bad_OAuth_Token")
        with pytest.raises(CredentialsRefused):
            userinfo(settings, ORG, "token-x")

    @pytest.mark.parametrize("body", ["[]", "null", "<html>", "[" * 5000])
    def test_what_names_nobody_lets_nobody_in(
        self, vendor: responses.RequestsMock, settings: Settings, body: str
    ) -> None:
        vendor.get(f"{ORG}/services/oauth2/userinfo", body=body)
        with pytest.raises(UnexpectedAnswer):
            userinfo(settings, ORG, "token")

    def test_no_token_goes_to_a_strange_host(self, settings: Settings) -> None:
        with pytest.raises(Misconfigured):
            userinfo(settings, "https://salesforce.com.example.org", "token")


def test_no_secret_shows() -> None:
    shown = repr(connection(password="pass-1", private_key="key-1"))
    assert not any(secret in shown for secret in ("client-secret", "refresh-1", "token-1", "pass-1", "key-1"))
