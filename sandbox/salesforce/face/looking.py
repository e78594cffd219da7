"""Who is looking at the face: taken from the address, put back into every address the pages make."""

from typing import Any

from flask import Blueprint, abort, current_app, g, request

from sandbox.salesforce.face.records import Records
from sandbox.salesforce.gate import Backstage
from sandbox.salesforce.org import Org

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
    g.viewer = next((user for user in everybody if user["Id"] == asked), everybody[0] if asked is None else None)
    if g.viewer is None:
        abort(404)


def _keep_viewer(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint != "face.static" and g.get("viewer_asked"):
        values.setdefault("as", viewer()["Id"])


def remember_viewer(pages: Blueprint) -> None:
    """Let ``?as=<user id>`` travel through every page of the face."""
    pages.url_value_preprocessor(_find_viewer)
    pages.url_defaults(_keep_viewer)
