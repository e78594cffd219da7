"""Who is looking at the face: taken from the address, put back into every address the pages make."""

from typing import Any

from flask import Blueprint, abort, current_app, g, request

from sandbox.salesforce.access import ADMINISTRATOR
from sandbox.salesforce.face.records import Records
from sandbox.salesforce.gate import Backstage
from sandbox.salesforce.org import Org

VIEWER = "viewer"
_FIELDS = (
    "Id, Username, FirstName, LastName, trim(coalesce(FirstName || ' ', '') || LastName) AS Name, Email, ProfileId,"
    " TimeZoneSidKey, LocaleSidKey, LanguageLocaleKey"
)


def stage() -> Backstage:
    found: Backstage = current_app.extensions["salesforce"]
    return found


def org() -> Org:
    return stage().org


def viewers() -> list[dict[str, Any]]:
    """Every user, the people before the integration user."""
    with org().database.reading() as connection:
        cursor = connection.execute(f"SELECT {_FIELDS} FROM User WHERE IsActive ORDER BY Id")
        names = [column[0] for column in cursor.description]
        users = [dict(zip(names, row, strict=True)) for row in cursor]
    return sorted(users, key=lambda user: user["Id"] == org().integration_user_id)


def admin_id() -> str:
    """The user who administers the org, as Setup does things in that name; else who is looking."""
    found = (user_id for user_id in org().user_ids if org().access(user_id).profile == ADMINISTRATOR)
    return next(found, str(viewer()["Id"]))


def choose_viewer(username: str) -> None:
    """Let everybody who does not say otherwise look as a user from now on. Raises KeyError for an unknown one."""
    org().user_id(username)
    org().set_setting(VIEWER, username)


def usual_viewer(everybody: list[dict[str, Any]]) -> dict[str, Any]:
    """Who looks when the address does not say: who was chosen; else the admin of a bare org; else the first person."""
    chosen = org().setting(VIEWER, "")
    for user in everybody:
        administers = org().access(user["Id"]).profile == ADMINISTRATOR
        if user["Username"] == chosen or (not chosen and administers == org().bare):
            return user
    return everybody[0]


def viewer() -> dict[str, Any]:
    found: dict[str, Any] = g.viewer
    return found


def records() -> Records:
    """The org as the viewer sees it."""
    if "records" not in g:
        zone = viewer()["TimeZoneSidKey"] or "UTC"
        g.records = Records(org(), org().access(viewer()["Id"]), zone)
    found: Records = g.records
    return found


def _find_viewer(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    if endpoint == "face.static":
        return
    everybody = viewers()
    asked = request.args.get("as")
    g.viewers = everybody
    g.viewer_asked = asked is not None
    named = next((user for user in everybody if user["Id"] == asked), None)
    g.viewer = usual_viewer(everybody) if asked is None else named
    if g.viewer is None:
        abort(404)


def _keep_viewer(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint != "face.static" and g.get("viewer_asked"):
        values.setdefault("as", viewer()["Id"])


def remember_viewer(pages: Blueprint) -> None:
    """Let ``?as=<user id>`` travel through every page of the face."""
    pages.url_value_preprocessor(_find_viewer)
    pages.url_defaults(_keep_viewer)
