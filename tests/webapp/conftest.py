"""The app over an empty store, with a Salesforce and a Real Magnet that answer from memory and do as they are told."""

import base64
import hashlib
import hmac
import importlib
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from connector.bootstrap import Services
from connector.errors import CredentialsRefused, Temporary
from connector.model.connection import SalesforceUser
from connector.settings import SALESFORCE_HOSTS, Settings
from connector.store import orgs, users
from connector.store.claims import Claim
from connector.store.database import Database
from connector.store.tables import metadata
from connector.store.vault import Vault
from tests.stores import empty_store
from tests.webapp.pages import Frame
from webapp import create_app
from webapp.wiring import Wiring

ORG = "00D000000000001EAA"
OTHER_ORG = "00D000000000002EAA"
USER = "005000000000001AAA"
SECRET = "4815162342"
INSTANCE = "https://example-org.my.salesforce.com"


def signed(document: Any, secret: str = SECRET) -> str:
    """A signed request as Salesforce makes it; this signer shares nothing with our verifier."""
    body = base64.b64encode(json.dumps(document).encode()).decode()
    return base64.b64encode(hmac.digest(secret.encode(), body.encode(), hashlib.sha256)).decode() + "." + body


def document(**changes: Any) -> dict[str, Any]:
    """What a launch says; `changes` name a place in it: `client__instanceUrl="…"`. None takes the place out."""
    found: dict[str, Any] = {
        "algorithm": "HMACSHA256",
        "issuedAt": None,
        "userId": USER,
        "client": {
            "instanceId": "_:Real_Magnet:j_id0",
            "instanceUrl": INSTANCE,
            "targetOrigin": INSTANCE,
            "oauthToken": "00D000000000001!token-of-this-launch",
            "refreshToken": None,
        },
        "context": {
            "user": {
                "userId": USER,
                "userName": "ada@example.org",
                "fullName": "Ada Example",
                "locale": "en_US",
                "timeZone": "America/New_York",
            },
            "organization": {"organizationId": ORG, "name": "Association of Examples"},
            "environment": {"displayLocation": "Visualforce", "parameters": {}, "record": {}},
        },
    }
    for place, value in changes.items():
        *parents, name = place.split("__")
        inside = found
        for parent in parents:
            inside = inside[parent]
        inside[name] = value
    return found


@dataclass
class Outside:
    """Salesforce, Real Magnet and the queue, as the app meets them."""

    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    passwords: dict[str, tuple[str, str]] = field(default_factory=lambda: {"ada": ("right", "ACME")})
    asked: list[str] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    away: bool = False
    profile: str = "Standard User"
    permission_sets: tuple[str, ...] = ()

    def userinfo(self, instance_url: str, access_token: str) -> dict[str, Any]:
        self.asked.append(instance_url)
        if self.away:
            raise Temporary("Salesforce did not answer.")
        if access_token in self.tokens:
            return self.tokens[access_token]
        return {"user_id": USER, "organization_id": ORG, "active": True}

    def salesforce_user(self, _instance_url: str, _access_token: str, user_id: str) -> SalesforceUser:
        if self.away:
            raise Temporary("Salesforce did not answer.")
        return SalesforceUser(user_id, "ada@example.org", "Ada Example", True, self.profile, self.permission_sets)

    def realmagnet_account(self, username: str, password: str) -> str:
        right, account = self.passwords.get(username, ("", ""))
        if not right or password != right:
            raise CredentialsRefused("Real Magnet refused the login.")
        return account

    def enqueue(self, claim: Claim) -> None:
        if self.away:
            raise Temporary("The job queue cannot be reached just now.")
        self.claims.append(claim)


@dataclass
class House:
    """The app with what a test looks at or turns."""

    app: Flask
    settings: Settings
    database: Database
    vault: Vault
    outside: Outside
    org_id: int

    def frame(self) -> Frame:
        """A browser's frame in which nothing is open yet."""
        return Frame(self.app.test_client(use_cookies=False))

    def launch(self, door: str = ORG, **changes: Any) -> Frame:
        """A frame in which Salesforce has just opened us; each launch has its own token."""
        frame = self.frame()
        changes.setdefault("client__oauthToken", f"00D000000000001!{len(self.outside.asked)}-{id(frame)}")
        frame.post_launch(door, signed(document(**changes)))
        return frame

    def linked(self, **changes: Any) -> Frame:
        """A frame of a user who has logged in to Real Magnet."""
        frame = self.launch(**changes)
        if frame.page.find("form[action='/login']"):
            frame.submit("/login", username="ada", password="right")
        assert frame.status == 200
        return frame


@dataclass
class Logged:
    """What the app logged, whatever other tests made of the process's logging."""

    lines: list[str] = field(default_factory=list)

    def info(self, event: str, **values: Any) -> None:
        self.lines.append(f"{event} {values}")

    warning = error = info

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Logged:
    found = Logged()
    for module in ("webapp.canvas.views", "webapp.login.checking", "webapp.home.views", "webapp.errors"):
        monkeypatch.setattr(importlib.import_module(module), "log", found)
    return found


@pytest.fixture
def settings(tmp_path: Any) -> Settings:
    return Settings(
        database_url=empty_store(tmp_path / "store.db"),
        redis_url="memory://",
        secret_keys=(Fernet.generate_key().decode(),),
        salesforce_hosts=(*SALESFORCE_HOSTS, "localhost"),
        door_rate="1000 per minute",
    )


@pytest.fixture
def house(settings: Settings) -> Any:
    return make_house(settings)


def make_house(settings: Settings) -> House:
    """The app and everything under it, with one org and a second one beside it."""
    database, vault, outside = Database(settings.database_url), Vault(settings.secret_keys), Outside()
    with database.write() as connection:
        first = orgs.create(connection, ORG, "Association of Examples", vault.seal(ORG, "consumer_secret", SECRET))
        orgs.create(connection, OTHER_ORG, "Another One", vault.seal(OTHER_ORG, "consumer_secret", "another secret"))
    services = Services(settings, database, vault, FakeRedis(outside), unconnected, ConnectedAccount)  # type: ignore[arg-type]  # what a test needs of them
    wired = Wiring(services, outside.userinfo, outside.realmagnet_account, outside.enqueue, outside.salesforce_user)
    app = create_app(wired=wired)
    app.testing = True
    assert users.users.name in metadata.tables
    return House(app, settings, database, vault, outside, first)


def unconnected(_org_id: int) -> Any:
    """Salesforce, as long as a test connects none."""
    raise CredentialsRefused("Salesforce is not connected.")


@dataclass
class ConnectedAccount:
    """The org's own connection to Real Magnet."""

    org_id: int
    account: str = "ACME"

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class FakeRedis:
    """Answers a ping, or does not."""

    outside: Outside

    def ping(self) -> bool:
        return not self.outside.away
