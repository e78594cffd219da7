"""Setup, External Client App Manager: the app's key and secret, its policies, its certificate, and who let it in."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from sandbox.salesforce.access import PROFILES
from sandbox.salesforce.deploy.app_registry import PRE_AUTHORIZED, SELF_AUTHORIZED, App
from sandbox.salesforce.face.beside import beside, is_narrow, place_beside
from sandbox.salesforce.face.layouts import TABS
from sandbox.salesforce.face.looking import org, stage, viewers
from sandbox.salesforce.oauth.admission import SELF_AUTHORIZE, approvals, self_authorized
from sandbox.salesforce.oauth.controls import block_app, change_policies, deployed_app
from sandbox.salesforce.oauth.security import APP_BLOCKED, is_on

POLICIES = {
    PRE_AUTHORIZED: "Admin approved users are pre-authorized",
    SELF_AUTHORIZED: "All users can self-authorize",
}


def _save_policies() -> str:
    form = request.form
    change_policies(
        permitted_users=form["permitted_users"],
        permission_sets=form.getlist("permission_sets"),
        profiles=form.getlist("profiles"),
        client_credentials="client_credentials" in form,
        client_credentials_user=form.get("client_credentials_user", ""),
        rotates_refresh_tokens="rotates_refresh_tokens" in form,
    )
    org().set_setting(SELF_AUTHORIZE, "0")
    return "The policies are saved."


def _save_certificate() -> str:
    text = request.form.get("certificate", "").strip()
    change_policies(certificate=text or None)
    return "The certificate is saved." if text else "The certificate is removed."


def _revoke() -> str:
    user_id = request.form.get("user_id") or None
    ended = approvals().take_back(stage().sessions, deployed_app().consumer_key, user_id)
    return f"Access is revoked. Tokens ended: {ended}."


def _block() -> str:
    ended = block_app(blocked=True)
    return f"The app is blocked. Tokens ended: {ended}."


def _unblock() -> str:
    block_app(blocked=False)
    return "The app is no longer blocked."


def _layouts() -> str:
    place_beside(request.form.getlist("beside"), narrow="narrow" in request.form)
    return "The record pages are saved."


ACTIONS: dict[str, Callable[[], str]] = {
    "policies": _save_policies,
    "certificate": _save_certificate,
    "revoke": _revoke,
    "block": _block,
    "unblock": _unblock,
    "layouts": _layouts,
}


def _users_of(app: App) -> list[dict[str, Any]]:
    """Users who have let the app act, or for whom it holds tokens."""
    known = set(approvals().users(app.consumer_key)) | set(stage().sessions.users_of_app(app.consumer_key))
    return [user for user in viewers() if user["Id"] in known]


def _page(fault: str = "") -> str:
    app = org().app()
    return render_template(
        "setup_apps.html",
        tab="setup",
        app=app,
        told=request.args.get("told", ""),
        fault=fault,
        policies=POLICIES,
        chosen=SELF_AUTHORIZED if app is not None and self_authorized(app) else PRE_AUTHORIZED,
        sets=[item.name for item in org().permission_sets],
        profiles=list(PROFILES),
        users=viewers(),
        let_in=_users_of(app) if app is not None else [],
        blocked=is_on(org(), APP_BLOCKED),
        layouts=[(name, org().schema.get(name).label, name in beside()) for name in TABS],
        narrow=is_narrow(),
    )


def add_apps(pages: Blueprint) -> None:
    @pages.get("/lightning/setup/apps")
    def apps() -> str:
        return _page()

    @pages.post("/lightning/setup/apps/<action>")
    def change_app(action: str) -> str | Response:
        found = ACTIONS.get(action) or abort(404)
        try:
            told = found()
        except (KeyError, ValueError) as problem:
            return _page(f"That did not work: {problem}")
        return redirect(url_for("face.apps", told=told), 303)
