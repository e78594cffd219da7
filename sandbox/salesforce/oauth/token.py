"""The token endpoint: five grants, each with the vendor's own refusals."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, current_app, request

from sandbox.salesforce.gate import Backstage, answer, backstage
from sandbox.salesforce.oauth.codes import OneUse
from sandbox.salesforce.oauth.faults import OAuthError, authenticated_client, check_client, refuse_oauth
from sandbox.salesforce.oauth.keys import read_assertion, sign_id_token
from sandbox.salesforce.org import INTEGRATION

tokens = Blueprint("tokens", __name__, url_prefix="/services/oauth2")
tokens.register_error_handler(OAuthError, refuse_oauth)
DEFAULT_SCOPE = "api id openid refresh_token"
_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_REFRESHING = frozenset({"refresh_token", "offline_access"})


@dataclass(frozen=True)
class Issue:
    """Whom to issue tokens to, and how much of an answer the grant gives."""

    user_id: str
    client_id: str
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
    secret, message = stage.options.consumer_secret.encode(), (identity + issued_at).encode()
    parent, body = issue.parent, dict[str, str]()
    if issue.refresh:
        parent = stage.sessions.issue_refresh(issue.user_id, issue.client_id, issue.scope)
        body["refresh_token"] = parent
    body["access_token"] = stage.sessions.issue(issue.user_id, issue.client_id, issue.scope, parent)
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
    claims = {"iss": stage.options.instance_url, "sub": identity, "aud": issue.client_id, "iat": now, "exp": now + 120}
    return sign_id_token(stage, claims | ({"nonce": issue.nonce} if issue.nonce else {}))


# -- the grants ----------------------------------------------------------------------------------------------------


def _challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _by_code() -> Issue:
    client_id = authenticated_client()
    asked = codes().take(request.form.get("code", ""))
    if asked is None or asked.client_id != client_id:
        raise OAuthError("invalid_grant", "expired authorization code")
    if asked.redirect_uri != request.form.get("redirect_uri"):
        raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")
    verifier = request.form.get("code_verifier", "")
    if not verifier or not hmac.compare_digest(_challenge_of(verifier), asked.challenge):
        raise OAuthError("invalid_grant", "invalid code verifier")
    refresh = bool(_REFRESHING & set(asked.scope.split()))
    return Issue(asked.user_id, client_id, asked.scope, refresh=refresh, nonce=asked.nonce)


def _by_refresh() -> Issue:
    client_id = authenticated_client()
    if "scope" in request.form:
        raise OAuthError("invalid_request", "scope parameter not supported")  # assumed: text
    old = request.form.get("refresh_token", "")
    stage = backstage()
    grant = stage.sessions.find(old, "refresh")
    if grant is None or grant.client_id != client_id:
        raise OAuthError("invalid_grant", "expired access/refresh token")
    if stage.options.rotate_refresh_tokens:
        stage.sessions.revoke(old)  # assumed: the old token and its access tokens end at once
        return Issue(grant.user_id, client_id, grant.scope, refresh=True)
    return Issue(grant.user_id, client_id, grant.scope, parent=old)


def _by_assertion() -> Issue:
    claims = read_assertion(backstage(), request.form.get("assertion", ""))
    check_client(str(claims.get("iss", "")))
    return Issue(_approved_user(str(claims.get("sub", ""))), str(claims["iss"]), "api id")


def _approved_user(username: str) -> str:
    try:
        return backstage().org.user_id(username)
    except KeyError:
        raise OAuthError("invalid_grant", "user hasn't approved this consumer") from None


def _by_client_credentials() -> Issue:
    if request.host != backstage().options.host:
        raise OAuthError("invalid_grant", "request not supported on this domain")
    client_id = authenticated_client()
    return Issue(backstage().org.user_id(INTEGRATION.username), client_id, "api id")


def _by_password() -> Issue:
    client_id = authenticated_client()
    options = backstage().options
    given, wanted = request.form.get("password", ""), options.password + options.security_token
    try:
        user_id = backstage().org.user_id(request.form.get("username", ""))
    except KeyError:
        raise OAuthError("invalid_grant", "authentication failure") from None
    if not hmac.compare_digest(given, wanted):
        raise OAuthError("invalid_grant", "authentication failure")
    return Issue(user_id, client_id, "api id")


_GRANTS: dict[str, Callable[[], Issue]] = {
    "authorization_code": _by_code,
    "refresh_token": _by_refresh,
    _JWT: _by_assertion,
    "client_credentials": _by_client_credentials,
    "password": _by_password,
}


@tokens.post("/token")
def token() -> Response:
    grant = _GRANTS.get(request.form.get("grant_type", ""))
    if grant is None:
        raise OAuthError("unsupported_grant_type", "grant type not supported")
    if backstage().org.setting("app_installed", "1") != "1":
        raise OAuthError("invalid_client", "app must be installed into org")
    issue = grant()
    if not backstage().org.is_active(issue.user_id):
        raise OAuthError("inactive_user", "user is inactive")
    return _response(issue)
