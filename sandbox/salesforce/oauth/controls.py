"""The admin's side of the ways in, under /_sandbox/: policies, users, approvals, a certificate; for tests."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request

from sandbox.salesforce.deploy.app_registry import PRE_AUTHORIZED, SELF_AUTHORIZED, App
from sandbox.salesforce.gate import answer, backstage
from sandbox.salesforce.oauth.admission import approvals
from sandbox.salesforce.oauth.keys import read_certificate
from sandbox.salesforce.oauth.security import (
    APP_BLOCKED,
    SWITCHES,
    clock_skew,
    is_on,
    lock_user,
    locked_users,
    set_clock_skew,
    switch,
)

controls = Blueprint("oauth_controls", __name__, url_prefix="/_sandbox")
_SKEW = "assertion_clock_skew"
_POLICIES = {
    "permitted_users": str,
    "permission_sets": tuple,
    "profiles": tuple,
    "scopes": tuple,
    "callback_urls": tuple,
    "certificate": str,
    "client_credentials": bool,
    "client_credentials_user": str,
    "rotates_refresh_tokens": bool,
    "pkce_required": bool,
}


@controls.errorhandler(KeyError)
@controls.errorhandler(ValueError)
def _refused(error: Exception) -> Response:
    return answer({"error": str(error)}, 400)


def deployed_app() -> App:
    """The org's app, be it blocked or not. Raises KeyError."""
    app = backstage().org.app()
    if app is None:
        raise KeyError("no app is deployed")
    return app


def change_policies(**wanted: Any) -> App:
    """Change what an admin may change of the app after its deployment. Raises KeyError or ValueError."""
    for name in wanted:
        if name not in _POLICIES:
            raise KeyError(name)
    changed = {name: _POLICIES[name](value) if value is not None else None for name, value in wanted.items()}
    if changed.get("permitted_users", PRE_AUTHORIZED) not in (PRE_AUTHORIZED, SELF_AUTHORIZED):
        raise ValueError(f"permitted_users is {PRE_AUTHORIZED} or {SELF_AUTHORIZED}")
    if changed.get("certificate"):
        read_certificate(str(changed["certificate"]))
    if changed.get("client_credentials_user"):
        backstage().org.user_id(str(changed["client_credentials_user"]))
    app = replace(deployed_app(), **changed)
    backstage().org.install_app(app)
    return app


def block_app(*, blocked: bool) -> int:
    """Let nobody in by the app any more, which ends its tokens, or allow it again; how many tokens ended."""
    stage = backstage()
    app = deployed_app()
    switch(stage.org, APP_BLOCKED, on=blocked)
    return stage.sessions.end_all_of_app(app.consumer_key) if blocked else 0


@controls.get("/security")
def security() -> Response:
    org = backstage().org
    told: dict[str, object] = {name: is_on(org, name) for name in SWITCHES}
    return answer(told | {"locked": locked_users(org), _SKEW: clock_skew(org)})


@controls.post("/security")
def secure() -> Response:
    wanted: dict[str, Any] = request.get_json()
    for name, value in wanted.items():
        if name == _SKEW:
            set_clock_skew(backstage().org, float(value))
        elif name == APP_BLOCKED:
            block_app(blocked=bool(value))
        else:
            switch(backstage().org, name, on=bool(value))
    return security()


@controls.post("/user-locked")
def user_locked() -> Response:
    body: dict[str, Any] = request.get_json()
    lock_user(backstage().org, str(body["username"]), locked=bool(body["locked"]))
    return security()


def _told(app: App) -> Response:
    """Policies without the secret, which only Setup shows."""
    told: dict[str, object] = {name: getattr(app, name) for name in _POLICIES if name != "certificate"}
    return answer(told | {"consumer_key": app.consumer_key, "certificate": app.certificate is not None})


@controls.get("/app")
def policies() -> Response:
    return _told(deployed_app())


@controls.post("/app")
def set_policies() -> Response:
    return _told(change_policies(**request.get_json()))


@controls.get("/approvals")
def approved() -> Response:
    return answer({"users": approvals().users(deployed_app().consumer_key)})


@controls.post("/approvals")
def approve() -> Response:
    """As if the user had clicked *Allow*."""
    app, body = deployed_app(), request.get_json()
    approvals().give(backstage().org.user_id(str(body["username"])), app.consumer_key, " ".join(app.scopes))
    return approved()


@controls.delete("/approvals")
def take_back() -> Response:
    """Revoke the app's access for one user (``?username=``) or for everybody."""
    stage, username = backstage(), request.args.get("username")
    user_id = stage.org.user_id(username) if username else None
    return answer({"ended": approvals().take_back(stage.sessions, deployed_app().consumer_key, user_id)})


@controls.post("/expire-refresh-tokens")
def expire_refresh_tokens() -> Response:
    return answer({"expired": backstage().sessions.expire_refresh()})
