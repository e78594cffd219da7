"""The web-server flow: log in, prove it twice if asked, then allow or deny where the policy leaves that to the user."""

from dataclasses import replace
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from sandbox.salesforce.deploy.app_registry import App
from sandbox.salesforce.gate import backstage
from sandbox.salesforce.oauth.admission import (
    NOT_INSTALLED,
    admit,
    approvals,
    find_app,
    installed_app,
    needs_approval,
)
from sandbox.salesforce.oauth.codes import Request
from sandbox.salesforce.oauth.faults import OAuthError
from sandbox.salesforce.oauth.pages import APPROVE, LOGIN, VERIFY, fail, refuse_framing, show
from sandbox.salesforce.oauth.passwords import page_password_fits, second_factor_asked
from sandbox.salesforce.oauth.token import codes

pages = Blueprint("authorize", __name__, url_prefix="/services/oauth2")
pages.after_request(refuse_framing)
_WRONG = "Please check your username and password. If you still can't log in, contact your Salesforce administrator."
_SAME = {"offline_access": "refresh_token", "profile": "id", "email": "id", "address": "id", "phone": "id"}
_EXPIRED = ("invalid_request", "expired login")
_ON_REDIRECT = {"invalid_app_access": "OAUTH_APP_ACCESS_DENIED"}  # the same refusal has another name here


def _back(asked: Request, **parameters: str) -> Response:
    state = {"state": asked.state} if asked.state else {}
    joint = "&" if "?" in asked.redirect_uri else "?"
    address = asked.redirect_uri + joint + urlencode(parameters | state)
    return Response(status=302, headers={"Location": address})


def _refused(asked: Request, error: OAuthError) -> Response:
    name = _ON_REDIRECT.get(error.error, error.error)
    return _back(asked, error=name, error_description=error.description)


def _scope_refused(app: App, scope: str) -> bool:
    """Whether more is asked for than the app has; what is in ``id`` already needs no scope of its own."""
    has = {_SAME.get(name, name) for name in app.scopes}
    return "full" not in has and not {_SAME.get(name, name) for name in scope.split()} <= has


def _fault(app: App, asked: Request) -> tuple[str, str] | None:
    """What is wrong with a request that has a good client and redirect."""
    if request.args.get("response_type") != "code":
        return "unsupported_response_type", "response type not supported"
    if _scope_refused(app, asked.scope):
        return "invalid_scope", "the requested scope is not allowed"  # assumed: text
    if app.pkce_required and not asked.challenge:
        return "invalid_request", "missing required code challenge"
    if asked.challenge and request.args.get("code_challenge_method") != "S256":
        return "invalid_request", "code challenge method must be S256"  # assumed: text
    return None


def _asked(app: App | None) -> Request:
    return Request(
        request.args.get("client_id", ""),
        request.args.get("redirect_uri", ""),
        request.args.get("scope") or " ".join(app.scopes if app else ()),
        request.args.get("state", ""),
        request.args.get("code_challenge", ""),
        request.args.get("nonce", ""),
        consent="consent" in request.args.get("prompt", "").split(),
    )


def _not_installed(asked: Request) -> Response:
    """assumed: the key is one of an app that some other org has, with the callbacks that the stand-in was given."""
    if not asked.client_id:
        return fail("invalid_client_id", "client identifier invalid")
    if not backstage().options.may_redirect(asked.redirect_uri):
        return fail(*NOT_INSTALLED)
    return _back(asked, error=NOT_INSTALLED[0], error_description=NOT_INSTALLED[1])


@pages.get("/authorize")
def authorize() -> Response:
    app = find_app()
    asked = _asked(app)
    if app is None:
        return _not_installed(asked)
    if asked.client_id != app.consumer_key:
        return fail("invalid_client_id", "client identifier invalid")
    if not app.may_redirect(asked.redirect_uri):
        return fail("redirect_uri_mismatch", "redirect_uri must match configuration")
    try:
        installed_app()
    except OAuthError as error:
        return _refused(asked, error)
    fault = _fault(app, asked)
    if fault is not None:
        return _back(asked, error=fault[0], error_description=fault[1])
    return _login(asked, request.args.get("login_hint", ""))


def _login(asked: Request, hint: str, error: str = "") -> Response:
    return show("Log in", LOGIN, ticket=codes().keep(asked), hint=hint, error=error)


@pages.post("/login")
def login() -> Response:
    asked = codes().take(request.form.get("ticket", ""))
    if asked is None:
        return fail(*_EXPIRED)
    username, stage = request.form.get("username", ""), backstage()
    if not page_password_fits(stage, username, request.form.get("password", "")):
        return _login(asked, username, _WRONG)
    known = replace(asked, user_id=stage.org.user_id(username), proved=not second_factor_asked(stage, username))
    return _welcome(known) if known.proved else _second_proof(known)


def _second_proof(asked: Request, error: str = "") -> Response:
    return show("Verify Your Identity", VERIFY, ticket=codes().keep(asked), error=error)


@pages.post("/verify")
def verify() -> Response:
    asked = codes().take(request.form.get("ticket", ""))
    if asked is None or not asked.user_id:
        return fail(*_EXPIRED)
    code = request.form.get("code", "").strip()
    if len(code) != 6 or not code.isdecimal():
        return _second_proof(asked, "Enter the six digits of your verification code.")
    return _welcome(replace(asked, proved=True))


def _welcome(asked: Request) -> Response:
    """The user is who it is; whether the app may act for the user is the policy's decision, or the user's own."""
    try:
        app = installed_app()
        admit(app, asked.user_id)
    except OAuthError as error:
        return _refused(asked, error)
    if not asked.consent and not needs_approval(app, asked.user_id, asked.scope):
        return _back(asked, code=codes().keep(replace(asked, approved=True)))
    ticket = codes().keep(asked)
    return show("Allow Access?", APPROVE, ticket=ticket, scopes=asked.scope.split(), label=app.label)


@pages.post("/approve")
def approve() -> Response:
    asked = codes().take(request.form.get("ticket", ""))
    if asked is None or not asked.proved:
        return fail(*_EXPIRED)
    if request.form.get("decision") != "allow":
        return _back(asked, error="access_denied", error_description="end-user denied authorization")
    approvals().give(asked.user_id, asked.client_id, asked.scope)
    return _back(asked, code=codes().keep(replace(asked, approved=True)))
