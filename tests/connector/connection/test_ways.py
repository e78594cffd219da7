"""Each way into Salesforce works, and when it does not, says what happened and who must do what."""

import contextlib
import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
import responses
from cryptography.fernet import Fernet
from joserfc.jwk import RSAKey

from connector import bootstrap
from connector.connection import ways
from connector.connection.org_tokens import OrgTokens
from connector.connection.ways import RealMagnetLogin
from connector.errors import ConnectorError, CredentialsRefused, Refused
from connector.model.connection import Way
from connector.model.people import id18
from connector.salesforce import web_login
from connector.salesforce.tokens import AccessToken, Connection
from connector.salesforce.web_login import WebLogin
from connector.settings import Settings
from connector.store import audit, orgs
from connector.store.database import Database
from connector.store.tables import metadata
from connector.store.vault import Vault
from sandbox.salesforce.org import INTEGRATION
from tests.connector.connection.at_salesforce import log_in, query_of
from tests.connector.salesforce.org_stand_in import StandIn, serving

KEY = RSAKey.generate_key(2048)
OTHER_KEY = RSAKey.generate_key(2048)
SETTINGS = Settings(http_timeout=5)
ELSEWHERE = id18("00D000000000009")
ADA = "ada@salesforce.example"
CALLBACK = "http://127.0.0.1:8000/oauth/callback"


@pytest.fixture(scope="module")
def org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    certificate = KEY.as_pem(private=False).decode()
    with serving(tmp_path_factory.mktemp("ways") / "org", certificate) as found:
        yield found


def control(org: StandIn, path: str, **body: Any) -> None:
    requests.post(f"{org.options.instance_url}/_sandbox/{path}", json=body, timeout=5).raise_for_status()


def of_way(org: StandIn, way: Way) -> Connection:
    return org.connection(str(way), private_key=KEY.as_pem(private=True).decode() if way is Way.JWT else "")


@dataclass
class Keeping:
    """Where connections are kept: a store of its own."""

    settings: Settings
    database: Database
    vault: Vault
    org_id: int = 0
    actor: audit.Actor = field(default_factory=lambda: audit.Actor(1, None))

    def row(self) -> dict[str, Any]:
        with self.database.read() as connection:
            found = connection.exec_driver_sql("SELECT * FROM salesforce_connections").mappings().one()
            return dict(found)


@pytest.fixture
def keeping(tmp_path: Any, org: StandIn) -> Iterator[Keeping]:
    key = Fernet.generate_key().decode()
    settings = dataclasses.replace(SETTINGS, database_url=f"sqlite:///{tmp_path}/store.db", secret_keys=(key,))
    found = Keeping(settings, Database(settings.database_url), Vault(settings.secret_keys))
    metadata.create_all(found.database.engine)
    with found.database.write() as connection:
        found.org_id = orgs.create(connection, org.org.id, "Ours", "")
    yield found
    found.database.engine.dispose()


@pytest.mark.parametrize("way", list(Way))
def test_each_way_leads_to_the_org_and_names_whom_it_works_as(org: StandIn, way: Way) -> None:
    tried = ways.try_connection(SETTINGS, org.org.id, of_way(org, way))
    assert (tried.organization_id, tried.organization_name) == (org.org.id, org.org.name)
    assert (tried.user.username, tried.user.id) == (INTEGRATION.username, org.org.integration_user_id)
    assert tried.user.profile == INTEGRATION.profile


@dataclass(frozen=True)
class Failure:
    """What is done to the org or to what is entered, and what is read then."""

    way: Way
    says: str
    advises: str
    control: tuple[str, dict[str, Any], dict[str, Any]] | None = None
    changes: dict[str, str] = field(default_factory=dict[str, str])
    by_another_name: bool = False


def security(name: str, on: Any, off: Any) -> tuple[str, dict[str, Any], dict[str, Any]]:
    return "security", {name: on}, {name: off}


BLOCKED = security("app_blocked", on=True, off=False)
NETWORK = security("ip_restricted", on=True, off=False)
NOT_INSTALLED = "app-installed", {"installed": False}, {"installed": True}
INACTIVE = (
    "user-active",
    {"username": INTEGRATION.username, "active": False},
    {"username": INTEGRATION.username, "active": True},
)
NOT_ADMITTED = "app", {"profiles": [], "permission_sets": []}, {"profiles": ["*"]}
SELF = {"permitted_users": "AllSelfAuthorized"}
NOT_APPROVED = "app", SELF, {"permitted_users": "AdminApprovedPreAuthorized"}

FAILURES = {
    "wrong password": Failure(
        Way.PASSWORD,
        "password or security token is wrong",
        "Enter all three again",
        changes={"password": "not-the-password"},
    ),
    "locked": Failure(
        Way.PASSWORD,
        "or Salesforce has locked this user out",
        "a Salesforce administrator unlocks the user",
        (
            "user-locked",
            {"username": INTEGRATION.username, "locked": True},
            {"username": INTEGRATION.username, "locked": False},
        ),
    ),
    "SOAP login off": Failure(
        Way.PASSWORD,
        "is switched off in this Salesforce organization",
        "Choose “Log in to Salesforce” instead",
        security("soap_login", on=False, off=True),
    ),
    "multi-factor authentication": Failure(
        Way.PASSWORD,
        "asks this user for more than user name and password",
        "Choose “Log in to Salesforce”",
        security("mfa_required", on=True, off=False),
        changes={"username": ADA},
    ),
    "network": Failure(Way.PASSWORD, "from this server's network address", "administrator adds", NETWORK),
    "expired refresh token": Failure(
        Way.WEB, "has ended the connector's access", "logs in again: Connection", changes={"refresh_token": "gone"}
    ),
    "app not installed": Failure(Way.WEB, "is not installed", "deploys the Real Magnet package", NOT_INSTALLED),
    "app blocked": Failure(Way.CLIENT_CREDENTIALS, "has blocked the app", "Unblock", BLOCKED),
    "user not admitted": Failure(Way.WEB, "is not admitted to the app", "administrator admits the user", NOT_ADMITTED),
    "user not approved": Failure(Way.JWT, "has not approved the app", "pre-authorizes the user", NOT_APPROVED),
    "unknown user": Failure(
        Way.JWT, "there is no user of this name", "checks the user name", changes={"username": "nobody@example.org"}
    ),
    "inactive user": Failure(Way.JWT, "This Salesforce user is inactive", "activates the user", INACTIVE),
    "our clock behind": Failure(
        Way.JWT,
        "clock is 10 minutes behind Salesforce's",
        "The operator of this connector sets the server's clock",
        security("assertion_clock_skew", on=600, off=0),
    ),
    "our clock ahead": Failure(
        Way.JWT,
        "clock is 10 minutes ahead of Salesforce's",
        "The operator of this connector sets the server's clock",
        security("assertion_clock_skew", on=-600, off=0),
    ),
    "another key": Failure(
        Way.JWT,
        "what was signed with this private key",
        "administrator uploads that certificate",
        changes={"private_key": OTHER_KEY.as_pem(private=True).decode()},
    ),
    "wrong consumer key": Failure(
        Way.CLIENT_CREDENTIALS,
        "knows no app with this consumer key",
        "Check My Domain",
        changes={"client_id": "3MVG9x"},
    ),
    "wrong consumer secret": Failure(
        Way.CLIENT_CREDENTIALS,
        "does not accept the app's consumer secret",
        "enters it again",
        changes={"client_secret": "not-the-secret"},
    ),
    "client credentials off": Failure(
        Way.CLIENT_CREDENTIALS,
        "does not allow client credentials",
        "ticks Enable Client Credentials Flow",
        ("app", {"client_credentials": False}, {"client_credentials": True}),
    ),
    "a wrong My Domain for a signature": Failure(
        Way.JWT, "does not take this login for itself", "Enter the organization's own My Domain", by_another_name=True
    ),
    "a wrong My Domain for client credentials": Failure(
        Way.CLIENT_CREDENTIALS,
        "is not the organization's own address",
        "Enter the organization's own My Domain",
        by_another_name=True,
    ),
    "a host that is none of Salesforce's": Failure(
        Way.WEB, "is not a Salesforce address", "My Domain", changes={"login_url": "https://salesforce.example.org"}
    ),
    "a My Domain that there is not": Failure(
        Way.WEB, "no address nobody.localhost", "Check My Domain", changes={"login_url": "http://nobody.localhost:9"}
    ),
}


@contextlib.contextmanager
def suffering(org: StandIn, failure: Failure) -> Iterator[None]:
    if failure.control is None:
        yield
        return
    path, on, off = failure.control
    control(org, path, **on)
    try:
        yield
    finally:
        control(org, path, **off)


@pytest.mark.parametrize("name", FAILURES)
def test_each_failure_says_what_happened_and_who_must_do_what(org: StandIn, name: str) -> None:
    failure = FAILURES[name]
    connection = dataclasses.replace(of_way(org, failure.way), **failure.changes)
    if failure.by_another_name:
        connection = dataclasses.replace(connection, login_url=connection.login_url.replace("127.0.0.1", "localhost"))
    with suffering(org, failure), pytest.raises(ConnectorError) as caught:
        ways.try_connection(SETTINGS, org.org.id, connection)
    assert failure.says in str(caught.value)
    assert failure.advises in caught.value.advice
    told = f"{caught.value} {caught.value.advice} {connection!r}"
    for secret in (connection.client_secret, connection.refresh_token, connection.password, connection.private_key):
        assert not secret or secret not in told


def test_a_login_to_another_organization_is_refused(org: StandIn) -> None:
    with pytest.raises(Refused) as caught:
        ways.try_connection(SETTINGS, ELSEWHERE, of_way(org, Way.CLIENT_CREDENTIALS))
    assert "leads to another Salesforce organization" in str(caught.value)
    assert "Check My Domain" in caught.value.advice


@pytest.mark.parametrize(
    ("entered", "understood"),
    [
        ("example.my.salesforce.com", "https://example.my.salesforce.com"),
        (" https://example.my.salesforce.com/lightning/page/home ", "https://example.my.salesforce.com"),
        ("https://example.lightning.force.com/one/one.app", "https://example.my.salesforce.com"),
        ("example--uat.sandbox.my.salesforce-setup.com", "https://example--uat.sandbox.my.salesforce.com"),
    ],
)
def test_my_domain_is_taken_as_an_admin_copies_it(entered: str, understood: str) -> None:
    assert ways.my_domain(entered, SETTINGS) == understood


class TestWebLogin:
    def come_back(self, org: StandIn, verifier: str = "v", **how: str) -> tuple[WebLogin, dict[str, str]]:
        options = org.options
        login = WebLogin(options.instance_url, options.consumer_key, options.consumer_secret, CALLBACK)
        address = web_login.authorize_url(login, "the-state", web_login.verifier_of(verifier, "the-state"), SETTINGS)
        return login, query_of(log_in(address, options.password, **how))

    def test_a_code_becomes_a_connection_that_works(self, org: StandIn) -> None:
        login, back = self.come_back(org)
        assert back["state"] == "the-state"
        found = web_login.exchange_code(login, back["code"], web_login.verifier_of("v", "the-state"), SETTINGS)
        assert (found.kind, bool(found.refresh_token), bool(found.access_token)) == ("refresh_token", True, True)
        assert ways.try_connection(SETTINGS, org.org.id, found).user.username == INTEGRATION.username
        renewed = dataclasses.replace(found, access_token="")
        assert ways.try_connection(SETTINGS, org.org.id, renewed).organization_id == org.org.id

    def test_a_code_is_worth_nothing_in_another_browser(self, org: StandIn) -> None:
        login, back = self.come_back(org)
        with pytest.raises(CredentialsRefused):
            web_login.exchange_code(login, back["code"], web_login.verifier_of("another", "the-state"), SETTINGS)

    @pytest.mark.parametrize(
        ("on", "off", "decision", "says"),
        [
            (("app", SELF), NOT_APPROVED[2], "deny", "Access was not allowed on Salesforce's page"),
            (NOT_ADMITTED[:2], NOT_ADMITTED[2], "allow", "is not admitted to the app"),
            (NOT_INSTALLED[:2], NOT_INSTALLED[2], "allow", "is not installed in this Salesforce organization"),
            (BLOCKED[:2], BLOCKED[2], "allow", "has blocked the app"),
            (NETWORK[:2], NETWORK[2], "allow", "from this server's network address"),
        ],
    )
    def test_what_the_page_sends_back_is_said_in_our_words(
        self, org: StandIn, on: tuple[str, dict[str, Any]], off: dict[str, Any], decision: str, says: str
    ) -> None:
        control(org, on[0], **on[1])
        try:
            login, back = self.come_back(org, decision=decision)
        finally:
            control(org, on[0], **off)
        error = web_login.refused_at_the_page(back["error"], back["error_description"], login.my_domain)
        assert says in str(error)
        assert error.advice

    def test_a_second_factor_is_given_at_salesforces_page(self, org: StandIn) -> None:
        control(org, "security", mfa_required=True)
        try:
            login, back = self.come_back(org, username=ADA)
        finally:
            control(org, "security", mfa_required=False)
        found = web_login.exchange_code(login, back["code"], web_login.verifier_of("v", "the-state"), SETTINGS)
        assert ways.try_connection(SETTINGS, org.org.id, found).user.username == ADA


class TestKeeping:
    def save(self, keeping: Keeping, org: StandIn, way: Way = Way.CLIENT_CREDENTIALS) -> Connection:
        connection = of_way(org, way)
        tried = ways.try_connection(SETTINGS, org.org.id, connection)
        ways.save_salesforce(keeping, keeping.org_id, connection, tried, keeping.actor)
        return connection

    def test_a_connection_takes_the_place_of_the_one_before(self, keeping: Keeping, org: StandIn) -> None:
        self.save(keeping, org)
        OrgTokens(keeping.database, keeping.vault, keeping.org_id).refused("It was revoked.")
        first = keeping.row()
        connection = self.save(keeping, org, Way.WEB)
        second = keeping.row()
        assert (first["kind"], second["kind"]) == ("client_credentials", "refresh_token")
        assert (second["version"], second["refused"]) == (first["version"] + 1, "")
        assert second["user_id"] == org.org.integration_user_id
        again = self.save(keeping, org, Way.WEB)
        assert org.sessions.find(connection.refresh_token, "refresh") is None
        assert org.sessions.find(again.refresh_token, "refresh") is not None
        kept = OrgTokens(keeping.database, keeping.vault, keeping.org_id).load()
        assert (kept.refresh_token, kept.client_secret) == (again.refresh_token, again.client_secret)

    def test_who_still_works_with_the_old_one_does_not_touch_the_new_one(self, keeping: Keeping, org: StandIn) -> None:
        self.save(keeping, org)
        worker = OrgTokens(keeping.database, keeping.vault, keeping.org_id)
        old = worker.load()
        self.save(keeping, org, Way.WEB)
        worker.refused("The old one was revoked.")
        with worker.lock():
            worker.replace(old.version, AccessToken("old-token", org.options.instance_url))
        assert (keeping.row()["refused"], keeping.row()["access_token"]) == ("", "")

    def test_the_audit_log_tells_what_changed_and_no_secret(self, keeping: Keeping, org: StandIn) -> None:
        connections = [self.save(keeping, org), self.save(keeping, org, Way.PASSWORD)]
        with keeping.database.read() as connection:
            entries = audit.entries(connection, keeping.org_id)
        last = entries[0]
        assert (last["action"], json.loads(last["before"])["way"]) == ("Connected Salesforce", "Client credentials")
        assert json.loads(last["after"])["way"] == "User name, password and security token"
        told = json.dumps([dict(entry) for entry in entries]) + str(keeping.row())
        assert not any(secret in told for one in connections for secret in (one.client_secret, one.password) if secret)

    def test_a_kept_connection_is_proved_by_a_fresh_token(self, keeping: Keeping, org: StandIn) -> None:
        self.save(keeping, org, Way.WEB)
        assert ways.prove_salesforce(keeping, keeping.org_id).user.username == INTEGRATION.username
        assert keeping.row()["checked_at"]

    def test_a_revoked_one_is_noted_with_who_must_do_what(self, keeping: Keeping, org: StandIn) -> None:
        connection = self.save(keeping, org, Way.WEB)
        org.sessions.revoke(connection.refresh_token)
        with pytest.raises(CredentialsRefused):
            ways.prove_salesforce(keeping, keeping.org_id)
        assert "somebody revoked it, or it expired. Someone with the right to Settings" in keeping.row()["refused"]

    def test_a_real_magnet_login_is_kept_encrypted_and_told_of(self, keeping: Keeping) -> None:
        ways.save_realmagnet(keeping, keeping.org_id, RealMagnetLogin("sync", "one-password", "ACME"), keeping.actor)
        ways.save_realmagnet(keeping, keeping.org_id, RealMagnetLogin("sync2", "two-password", "OTHER"), keeping.actor)
        with keeping.database.read() as connection:
            row = connection.exec_driver_sql("SELECT * FROM realmagnet_connections").mappings().one()
            last = audit.entries(connection, keeping.org_id)[0]
        assert keeping.vault.open(str(keeping.org_id), "realmagnet.password", row["password"]) == "two-password"
        assert json.loads(last["before"]) == {"user": "sync", "account": "ACME"}
        assert "password" not in last["before"] + last["after"]

    def test_whoever_is_refused_by_real_magnet_notes_it_but_not_for_a_newer_login(self, keeping: Keeping) -> None:
        def noted() -> str:
            with keeping.database.read() as connection:
                return str(connection.exec_driver_sql("SELECT refused FROM realmagnet_connections").scalar())

        ways.save_realmagnet(keeping, keeping.org_id, RealMagnetLogin("sync", "old", "ACME"), keeping.actor)
        services = bootstrap.services(keeping.settings)
        old = services.realmagnet(keeping.org_id)
        with responses.RequestsMock() as vendor:
            nobody = {"LoginID": 0, "SessionID": None, "UserID": None}
            vendor.post(f"{keeping.settings.realmagnet_url}Authenticate/", json=nobody)
            with pytest.raises(CredentialsRefused):
                old.login()
            assert noted().startswith("Real Magnet does not accept this user name and password. Someone with the right")
            ways.save_realmagnet(keeping, keeping.org_id, RealMagnetLogin("sync", "new", "ACME"), keeping.actor)
            with pytest.raises(CredentialsRefused):
                old.login()
        assert noted() == ""
        services.database.engine.dispose()
