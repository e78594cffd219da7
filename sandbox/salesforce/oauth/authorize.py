"""The pages of the web-server flow: log in, then allow or deny; PKCE with S256 is required and framing is refused."""

import hmac
from dataclasses import replace
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template_string, request

from sandbox.salesforce.gate import backstage
from sandbox.salesforce.oauth.codes import Request
from sandbox.salesforce.oauth.token import DEFAULT_SCOPE, codes

pages = Blueprint("authorize", __name__, url_prefix="/services/oauth2")
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{{ title }} | Salesforce stand-in</title>
<meta name="viewport" content="width=device-width"><style>
body{font:16px/1.5 system-ui,sans-serif;background:#f3f3f3;margin:0;display:grid;min-height:100vh;place-items:center}
main{background:#fff;padding:2rem;border-radius:.25rem;width:20rem;border:1px solid #ddd}
label{display:block;margin:.75rem 0}input{display:block;width:100%;font:inherit;padding:.4rem;box-sizing:border-box}
button{font:inherit;padding:.5rem 1rem;margin:1rem .5rem 0 0}.error{color:#ba0517}</style>
<main><h1>{{ title }}</h1>{{ body|safe }}</main></html>"""
_LOGIN = """{% if error %}<p class="error" role="alert">{{ error }}</p>{% endif %}
<form method="post" action="/services/oauth2/login"><input type="hidden" name="ticket" value="{{ ticket }}">
<label>Username <input name="username" autocomplete="username" value="{{ hint }}" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Log In</button></form>"""
_APPROVE = """<p>Real Magnet for Salesforce is asking to:</p>
<ul>{% for scope in scopes %}<li>{{ scope }}</li>{% endfor %}</ul>
<form method="post" action="/services/oauth2/approve">
<input type="hidden" name="ticket" value="{{ ticket }}">
<button name="decision" value="deny">Deny</button><button name="decision" value="allow">Allow</button></form>"""


@pages.after_request
def _refuse_framing(response: Response) -> Response:
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Content-Security-Policy"] = "frame-ancestors 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response


def _show(title: str, body: str, status: int = 200) -> Response:
    return Response(render_template_string(_PAGE, title=title, body=body), status, mimetype="text/html")


def _fail(error: str, description: str) -> Response:
    """A fault the app may not be told by redirect, because the redirect itself is wrong."""
    return _show("Error", f"<p>error={error}&amp;error_description={description}</p>", 400)


def _back(asked: Request, **parameters: str) -> Response:
    state = {"state": asked.state} if asked.state else {}
    joint = "&" if "?" in asked.redirect_uri else "?"
    address = asked.redirect_uri + joint + urlencode(parameters | state)
    return Response(status=302, headers=redirect(address).headers)


def _fault(asked: Request) -> tuple[str, str] | None:
    """What is wrong with a request that has a good client and redirect."""
    if request.args.get("response_type") != "code":
        return "unsupported_response_type", "response type not supported"
    if backstage().org.setting("app_installed", "1") != "1":
        return "invalid_client", "app must be installed into org"
    if not asked.challenge:
        return "invalid_request", "missing required code challenge"
    if request.args.get("code_challenge_method") != "S256":
        return "invalid_request", "code challenge method must be S256"  # assumed: text
    return None


@pages.get("/authorize")
def authorize() -> Response:
    options = backstage().options
    if request.args.get("client_id") != options.consumer_key:
        return _fail("invalid_client_id", "client identifier invalid")
    asked = Request(
        options.consumer_key,
        request.args.get("redirect_uri", ""),
        request.args.get("scope") or DEFAULT_SCOPE,
        request.args.get("state", ""),
        request.args.get("code_challenge", ""),
        request.args.get("nonce", ""),
    )
    if not options.may_redirect(asked.redirect_uri):
        return _fail("redirect_uri_mismatch", "redirect_uri must match configuration")
    fault = _fault(asked)
    if fault is not None:
        return _back(asked, error=fault[0], error_description=fault[1])
    return _login(asked, request.args.get("login_hint", ""))


def _login(asked: Request, hint: str, error: str = "") -> Response:
    body = render_template_string(_LOGIN, ticket=codes().keep(asked), hint=hint, error=error)
    return _show("Log in", body)


@pages.post("/login")
def login() -> Response:
    asked = codes().take(request.form.get("ticket", ""))
    if asked is None:
        return _fail("invalid_request", "expired login")
    username, stage = request.form.get("username", ""), backstage()
    try:
        user_id = stage.org.user_id(username)
    except KeyError:
        user_id = ""
    active = bool(user_id) and stage.org.is_active(user_id)
    if not active or not hmac.compare_digest(request.form.get("password", ""), stage.options.password):
        return _login(asked, username, "Please check your username and password.")
    ticket = codes().keep(replace(asked, user_id=user_id))
    return _show("Allow Access?", render_template_string(_APPROVE, ticket=ticket, scopes=asked.scope.split()))


@pages.post("/approve")
def approve() -> Response:
    asked = codes().take(request.form.get("ticket", ""))
    if asked is None or not asked.user_id:
        return _fail("invalid_request", "expired login")
    if request.form.get("decision") != "allow":
        return _back(asked, error="access_denied", error_description="end-user denied authorization")
    return _back(asked, code=codes().keep(asked))
