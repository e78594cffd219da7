"""A person logs in at Salesforce's own page and comes back with a code (OAuth's web-server flow with PKCE).

It knows addresses and the one call that turns a code into tokens; where a person's state is kept is not its business.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field

import structlog
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from connector.errors import ConnectorError, Refused
from connector.salesforce import login_refusals
from connector.salesforce.login_refusals import Said
from connector.salesforce.tokens import Connection, ask_for_token
from connector.salesforce.transport import PatientSession, origin
from connector.settings import Settings

log = structlog.get_logger("connector.salesforce")

SCOPE = "openid api refresh_token"
APPROVAL = "openid api"
"""What a user allows who only approves the app for himself: nothing of that outlives the hour."""


@dataclass(frozen=True)
class WebLogin:
    """The org's app as a person is sent to it; `my_domain` is the org's own address, `callback` ours.

    Without refresh_token in its `scope` Salesforce gives a session that ends by itself.
    """

    my_domain: str
    client_id: str
    client_secret: str = field(repr=False)
    callback: str
    scope: str = SCOPE


def verifier_of(browser: str, state: str) -> str:
    """PKCE's secret of one login, made of what only this browser holds; just its hash travels with the person."""
    return urlsafe_b64encode(hmac.digest(browser.encode(), state.encode(), hashlib.sha256)).rstrip(b"=").decode()


def authorize_url(login: WebLogin, state: str, verifier: str, settings: Settings) -> str:
    """Where the person goes; Salesforce asks for user name and password even of who is logged in there.

    Raises `Misconfigured` when My Domain is no address that may be called.
    """
    return str(
        prepare_grant_uri(
            origin(login.my_domain, settings) + "/services/oauth2/authorize",
            client_id=login.client_id,
            response_type="code",
            redirect_uri=login.callback,
            scope=login.scope,
            state=state,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
            prompt="login",
        )
    )


def exchange_code(login: WebLogin, code: str, verifier: str, settings: Settings) -> Connection:
    """The connection that a code stands for, with its tokens. Raises `CredentialsRefused`, `Refused` or `Temporary`."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": login.client_id,
        "client_secret": login.client_secret,
        "redirect_uri": login.callback,
        "code_verifier": verifier,
    }
    with PatientSession(settings) as http:
        token = ask_for_token(login.my_domain, form, settings, http)
    if not token.refresh_token and login.scope == SCOPE:
        raise Refused(
            "Salesforce gave no refresh token, without which the nightly work could not log in by itself.",
            advice="A Salesforce administrator adds the scope refresh_token to the app; then connect again.",
        )
    return Connection(
        kind="refresh_token",
        login_url=login.my_domain,
        client_id=login.client_id,
        client_secret=login.client_secret,
        refresh_token=token.refresh_token or "",
        instance_url=token.instance_url,
        access_token=token.access_token,
    )


def give_back(connection: Connection, settings: Settings) -> None:
    """Have Salesforce end the tokens of a connection that nobody keeps; what it does not hear stays as it was."""
    try:
        address = origin(connection.login_url, settings) + "/services/oauth2/revoke"
        with PatientSession(settings) as http:
            http.send_once("POST", address, data={"token": connection.refresh_token or connection.access_token})
    except ConnectorError:
        log.info("a former access to Salesforce could not be given back")


def refused_at_the_page(error: str, description: str, my_domain: str) -> ConnectorError:
    """What Salesforce's page sent the person back with, in our words."""
    return login_refusals.explained(Said(error, description or error, my_domain.rpartition("/")[2]))
