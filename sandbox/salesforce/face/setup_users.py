"""Setup, Users: who is active, locked and holds which permission sets; how users log in; who looks at these pages."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from sandbox.salesforce.face.looking import choose_viewer, org, stage, usual_viewer, viewers
from sandbox.salesforce.face.own_api import call, query, words
from sandbox.salesforce.oauth.security import APP_BLOCKED, SWITCHES, is_on, lock_user, locked_users, switch

_LOGIN_SWITCHES = {name: label for name, label in SWITCHES.items() if name != APP_BLOCKED}


def _save_logins() -> str:
    for name in _LOGIN_SWITCHES:
        switch(org(), name, on=name in request.form)
    return "The login settings are saved."


def _save_viewer() -> str:
    choose_viewer(request.form["username"])
    return f"Who does not say otherwise looks as {request.form['username']}."


def _assignments(user_id: str) -> dict[str, str]:
    """The ids of a user's assignments by the name of the permission set."""
    where = f"WHERE AssigneeId = '{user_id}' AND PermissionSet.IsOwnedByProfile = false"
    found = query(f"SELECT Id, PermissionSet.Name FROM PermissionSetAssignment {where}")
    return {str(item["PermissionSet"]["Name"]): str(item["Id"]) for item in found}


def _assign(user_id: str, wanted: set[str]) -> None:
    """Give and take permission sets. Raises ValueError with the org's own words."""
    held = _assignments(user_id)
    ids = {str(item["Name"]): str(item["Id"]) for item in query("SELECT Id, Name FROM PermissionSet")}
    for name in sorted(wanted - set(held)):
        body = {"AssigneeId": user_id, "PermissionSetId": ids[name]}
        _done(*call("POST", "/sobjects/PermissionSetAssignment", json=body))
    for name in sorted(set(held) - wanted):
        _done(*call("DELETE", f"/sobjects/PermissionSetAssignment/{held[name]}"))


def _done(status: int, body: Any) -> None:
    if status >= 300:
        raise ValueError(words(status, body))


def _save_user() -> str:
    username, form = request.form["username"], request.form
    user_id = org().user_id(username)
    lock_user(org(), username, locked="locked" in form)
    _assign(user_id, set(form.getlist("permission_sets")))
    if "active" in form:
        org().set_active(user_id, active=True)
    elif org().is_active(user_id):
        org().set_active(user_id, active=False)
        stage().sessions.end_all_of(user_id)
    return f"{username} is saved."


ACTIONS: dict[str, Callable[[], str]] = {"logins": _save_logins, "viewer": _save_viewer, "user": _save_user}


def _everybody() -> list[dict[str, Any]]:
    """All users, those who are inactive too."""
    locked = locked_users(org())
    with org().database.reading() as connection:
        rows = connection.execute("SELECT Id, Username, trim(coalesce(FirstName || ' ', '') || LastName) FROM User")
        found = [{"Id": row[0], "Username": row[1], "Name": row[2]} for row in rows]
    for user in found:
        rights = org().access(user["Id"])
        user["profile"] = rights.profile
        user["sets"] = {item.name for item in rights.permission_sets}
        user["active"] = org().is_active(user["Id"])
        user["locked"] = user["Username"] in locked
    return found


def _page(fault: str = "") -> str:
    return render_template(
        "setup_users.html",
        tab="setup",
        told=request.args.get("told", ""),
        fault=fault,
        everybody=_everybody(),
        sets=[item.name for item in org().permission_sets],
        logins=[(name, label, is_on(org(), name)) for name, label in _LOGIN_SWITCHES.items()],
        usual=usual_viewer(viewers())["Username"],
    )


def add_users(pages: Blueprint) -> None:
    @pages.get("/lightning/setup/users")
    def users() -> str:
        return _page()

    @pages.post("/lightning/setup/users/<action>")
    def change_users(action: str) -> str | Response:
        found = ACTIONS.get(action) or abort(404)
        try:
            told = found()
        except (KeyError, ValueError) as problem:
            return _page(f"That did not work: {problem}")
        return redirect(url_for("face.users", told=told), 303)
