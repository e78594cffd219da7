"""How we come by an access token and keep it fresh: one grant each, one refresh at a time; it knows no data call."""

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

import orjson
import requests

from connector.errors import CredentialsRefused, Misconfigured, UnexpectedAnswer
from connector.salesforce import login_refusals, translate
from connector.salesforce.soap_login import soap_login
from connector.salesforce.transport import PatientSession, origin
from connector.settings import Settings

JWT_SECONDS = 170
"""A bearer assertion may live three minutes."""


@dataclass(frozen=True)
class Connection:
    """How one org is connected, with its secrets in the clear. Empty strings stand for what its kind does not need.

    `kind` is refresh_token, jwt, client_credentials or password; `password` is password and security token in one.
    """

    kind: str
    login_url: str
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    instance_url: str = ""
    access_token: str = field(default="", repr=False)
    version: int = 0


@dataclass(frozen=True)
class AccessToken:
    """What a grant brought. `refresh_token` is set only when a new one came and must be stored before use."""

    access_token: str = field(repr=False)
    instance_url: str
    refresh_token: str | None = field(default=None, repr=False)
    organization_id: str = ""
    user_id: str = ""


class TokenKeeper(Protocol):
    """Where an org's connection is kept, shared by all processes."""

    def load(self) -> Connection:
        """The connection as it stands now."""
        ...

    def lock(self) -> AbstractContextManager[None]:
        """One refresh at a time an org, across processes."""
        ...

    def replace(self, seen_version: int, token: AccessToken) -> None:
        """Store a token if nobody has since `seen_version`; it is durable on return."""
        ...

    def refused(self, reason: str) -> None:
        """Note that Salesforce takes these credentials no more and a person must connect again."""
        ...


class Login:
    """The token of one org as this process uses it."""

    def __init__(self, keeper: TokenKeeper, settings: Settings, http: PatientSession) -> None:
        self._keeper = keeper
        self._settings = settings
        self._http = http
        self._held: Connection | None = None

    def current(self) -> Connection:
        """The connection with a token to try. Asks Salesforce only when none is stored."""
        if self._held is None:
            self._held = self._keeper.load()
        if not (self._held.access_token and self._held.instance_url):
            self._held = self.renewed(self._held)
        return self._held

    def renewed(self, used: Connection) -> Connection:
        """The connection with another token than the `used` one: one that somebody else got meanwhile, or a new one.

        Raises `CredentialsRefused` when Salesforce wants no more of it, and has noted it in the keeper by then.
        """
        with self._keeper.lock():
            stored = self._keeper.load()
            if stored.version == used.version or stored.access_token in {"", used.access_token}:
                stored = self._refreshed(stored)
        self._held = stored
        return stored

    def refuse(self, reason: str) -> CredentialsRefused:
        """Note that even a fresh token is refused; the error to raise."""
        self._held = None
        self._keeper.refused(reason)
        return CredentialsRefused(reason, code="INVALID_SESSION_ID", advice=translate.RECONNECT)

    def _refreshed(self, stored: Connection) -> Connection:
        try:
            token = _granted(stored, self._settings, self._http)
        except CredentialsRefused as error:
            self._keeper.refused(f"{error} {error.advice}".strip())
            raise
        self._keeper.replace(stored.version, token)
        return self._keeper.load()


def request_token(connection: Connection, settings: Settings) -> AccessToken:
    """Ask Salesforce for an access token by the grant of this connection's kind.

    Raises `CredentialsRefused`, `Temporary`, or `Misconfigured` for an unknown kind or a strange address.
    """
    with PatientSession(settings) as http:
        return _granted(connection, settings, http)


def _granted(connection: Connection, settings: Settings, http: PatientSession) -> AccessToken:
    if connection.kind == "password":
        return _session_of(soap_login(connection.login_url, (connection.username, connection.password), settings, http))
    return ask_for_token(connection.login_url, _form(connection), settings, http)


def ask_for_token(login_url: str, form: dict[str, str], settings: Settings, http: PatientSession) -> AccessToken:
    """What the token address answers to a form. Raises `CredentialsRefused` in words for a person, or `Temporary`."""
    root = origin(login_url, settings)
    answer = http.send_once("POST", root + "/services/oauth2/token", data=form, headers={"Accept": "application/json"})
    if answer.status_code != requests.codes.ok:
        raise login_refusals.of_answer(answer, urlsplit(root).netloc)
    return _read_token(answer, root)


def _session_of(texts: dict[str, str]) -> AccessToken:
    server = urlsplit(texts.get("serverUrl", ""))
    return AccessToken(
        access_token=texts["sessionId"],
        instance_url=f"{server.scheme}://{server.netloc}".replace("-api.", ".", 1),
        organization_id=texts.get("organizationId", ""),
        user_id=texts.get("userId", ""),
    )


def _form(connection: Connection) -> dict[str, str]:
    """The form of the token call. There is no `scope`: Salesforce refuses a refresh that names one."""
    client = {"client_id": connection.client_id}
    if connection.client_secret:
        client["client_secret"] = connection.client_secret
    if connection.kind == "refresh_token":
        return {"grant_type": "refresh_token", "refresh_token": connection.refresh_token, **client}
    if connection.kind == "client_credentials":
        return {"grant_type": "client_credentials", **client}
    if connection.kind == "jwt":
        return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": _assertion(connection)}
    raise Misconfigured(f"There is no way to connect called {connection.kind!r}.")


def _assertion(connection: Connection) -> str:
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import RSAKey

    parts = urlsplit(connection.login_url)
    claims = {
        "iss": connection.client_id,
        "sub": connection.username,
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(time.time()) + JWT_SECONDS,
    }
    try:
        return jwt.encode({"alg": "RS256"}, claims, RSAKey.import_key(connection.private_key))
    except (JoseError, ValueError, TypeError):
        raise Misconfigured(
            "The private key of the Salesforce connection is not an RSA key in PEM form.",
            advice=translate.RECONNECT,
        ) from None


def _read_token(answer: requests.Response, root: str) -> AccessToken:
    try:
        body: dict[str, Any] = orjson.loads(answer.content)
        organization_id, user_id = [*str(body.get("id", "")).rsplit("/", 2), "", ""][1:3]
        return AccessToken(
            access_token=body["access_token"],
            instance_url=body.get("instance_url") or root,
            refresh_token=body.get("refresh_token"),
            organization_id=organization_id,
            user_id=user_id,
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise UnexpectedAnswer("Salesforce's token answer could not be read.") from None
