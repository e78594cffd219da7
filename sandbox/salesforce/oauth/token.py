"""The token endpoint: five grants, each with the vendor's own refusals."""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, current_app, request
from werkzeug.http import http_date

from sandbox.salesforce.deploy.app_registry import App
from sandbox.salesforce.gate import Backstage, answer, backstage
from sandbox.salesforce.oauth.admission import NOT_APPROVED, admit, installed_app, needs_approval
from sandbox.salesforce.oauth.codes import OneUse
from sandbox.salesforce.oauth.faults import OAuthError, authenticated_client, check_client, refuse_oauth
from sandbox.salesforce.oauth.keys import read_assertion, sign_id_token
from sandbox.salesforce.oauth.passwords import api_password_fits
from sandbox.salesforce.oauth.security import PASSWORD_FLOW, clock_skew, is_on

tokens = Blueprint("tokens", __name__, url_prefix="/services/oauth2")
tokens.register_error_handler(OAuthError, refuse_oauth)
_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_REFRESHING = frozenset({"refresh_token", "offline_access"})
_WITHOUT_A_PERSON = ("api", "id")  # what the grants give that no person took part in, as far as the app has it


@dataclass(frozen=True)
class Issue:
    """Whom to issue tokens to, and how much of an answer the grant gives."""

    user_id: str
    app: App
    scope: str
    refresh: bool = False  # with a new refresh token
    parent: str | None = None  # the refresh token that was used
    nonce: str = ""


def codes() -> OneUse:
    found: OneUse = current_app.extensions["oauth_codes"]
    return found


def identity_url(stage: Backstage, user_id: str) -> str:
    return f"{stage.options.instance_url}/id/{stage.org.id}/{user_id}"


def _response(issue: Issue) -> Response:
    """A token answer; never with expires_in."""
    stage = backstage()
    issued_at = str(int(stage.org.clock.now().timestamp() * 1000))
    identity = identity_url(stage, issue.user_id)
    secret, message = issue.app.consumer_secret.encode(), (identity + issued_at).encode()
    client_id, parent, body = issue.app.consumer_key, issue.parent, dict[str, str]()
    if issue.refresh:
        parent = stage.sessions.issue_refresh(issue.user_id, client_id, issue.scope)
        body["refresh_token"] = parent
    body["access_token"] = stage.sessions.issue(issue.user_id, client_id, issue.scope, parent)
    body["signature"] = base64.b64encode(hmac.new(secret, message, hashlib.sha256).digest()).decode()
    body["scope"] = issue.scope
    if "openid" in issue.scope.split():
        body["id_token"] = _id_token(stage, issue, identity)
    body |= {"instance_url": stage.options.instance_url, "id": identity, "token_type": "Bearer", "issued_at": issued_at}
    if request.form.get("grant_type") == "client_credentials":
        body["api_instance_url"] = stage.options.instance_url
    response = answer(body)
    response.headers["Cache-Control"] = "no-store"
    return response


def _id_token(stage: Backstage, issue: Issue, identity: str) -> str:
    now = int(stage.org.clock.now().timestamp())
    claims = {"iss": stage.options.instance_url, "sub": identity, "iat": now, "exp": now + 120}
    claims["aud"] = issue.app.consumer_key
    return sign_id_token(stage, claims | ({"nonce": issue.nonce} if issue.nonce else {}))


# -- the grants ----------------------------------------------------------------------------------------------------


def _challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _by_code(app: App) -> Issue:
    client_id = authenticated_client(app)
    asked = codes().take(request.form.get("code", ""))
    if asked is None or asked.client_id != client_id or not asked.approved:
        raise OAuthError("invalid_grant", "expired authorization code")
    if asked.redirect_uri != request.form.get("redirect_uri"):
        raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")
    verifier = request.form.get("code_verifier", "")
    if asked.challenge and not hmac.compare_digest(_challenge_of(verifier), asked.challenge):
        raise OAuthError("invalid_grant", "invalid code verifier")
    refresh = bool(_REFRESHING & set(asked.scope.split()))
    return Issue(asked.user_id, app, asked.scope, refresh=refresh, nonce=asked.nonce)


def _by_refresh(app: App) -> Issue:
    client_id = _refreshing_client(app)
    if "scope" in request.form:
        raise OAuthError("invalid_request", "scope parameter not supported")  # assumed: text
    old = request.form.get("refresh_token", "")
    stage = backstage()
    grant = stage.sessions.find(old, "refresh")
    if grant is None or grant.client_id != client_id:
        raise OAuthError("invalid_grant", "expired access/refresh token")
    admit(app, grant.user_id)  # before the old token is spent
    if app.rotates_refresh_tokens:
        stage.sessions.revoke(old)  # assumed: the old token and its access tokens end at once
        return Issue(grant.user_id, app, grant.scope, refresh=True)
    return Issue(grant.user_id, app, grant.scope, parent=old)


def _refreshing_client(app: App) -> str:
    if app.secret_required_for_refresh or "client_secret" in request.form or "Authorization" in request.headers:
        return authenticated_client(app)
    client_id = request.form.get("client_id", "")
    check_client(app, client_id)
    return client_id


def _limited(app: App) -> str:
    return " ".join(name for name in _WITHOUT_A_PERSON if name in app.scopes)


def _by_assertion(app: App) -> Issue:
    claims = read_assertion(backstage(), app, request.form.get("assertion", ""))
    check_client(app, str(claims.get("iss", "")))
    user_id, scope = _named_user(str(claims.get("sub", ""))), _limited(app)
    if needs_approval(app, user_id, scope):
        raise OAuthError(*NOT_APPROVED)
    return Issue(user_id, app, scope)


def _named_user(username: str) -> str:
    try:
        return backstage().org.user_id(username)
    except KeyError:
        raise OAuthError(*NOT_APPROVED) from None


def _by_client_credentials(app: App) -> Issue:
    if request.host != backstage().options.host:
        raise OAuthError("invalid_grant", "request not supported on this domain")
    authenticated_client(app)
    if not app.client_credentials:
        raise OAuthError("invalid_grant", "client credentials flow not enabled")
    try:
        user_id = backstage().org.user_id(app.client_credentials_user)
    except KeyError:
        raise OAuthError("invalid_grant", "no client credentials user enabled") from None
    return Issue(user_id, app, _limited(app))


def _by_password(app: App) -> Issue:
    authenticated_client(app)
    username, stage = request.form.get("username", ""), backstage()
    if not is_on(stage.org, PASSWORD_FLOW) or not api_password_fits(stage, username, request.form.get("password", "")):
        raise OAuthError("invalid_grant", "authentication failure")
    return Issue(stage.org.user_id(username), app, _limited(app))


_GRANTS: dict[str, Callable[[App], Issue]] = {
    "authorization_code": _by_code,
    "refresh_token": _by_refresh,
    _JWT: _by_assertion,
    "client_credentials": _by_client_credentials,
    "password": _by_password,
}


@tokens.after_request
def _tell_time(response: Response) -> Response:
    """By the org's watch, which is ahead of the true time by the skew that was set."""
    response.headers["Date"] = http_date(time.time() + clock_skew(backstage().org))
    return response


@tokens.post("/token")
def token() -> Response:
    grant = _GRANTS.get(request.form.get("grant_type", ""))
    if grant is None:
        raise OAuthError("unsupported_grant_type", "grant type not supported")
    issue = grant(installed_app())
    admit(issue.app, issue.user_id)
    return _response(issue)
