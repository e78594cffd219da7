"""The face as one blueprint; ``templates/`` and ``static/`` beside this module are its whole look."""

from typing import Any

from flask import Blueprint, Response, g, render_template

from sandbox.salesforce.face.framing import add_frames
from sandbox.salesforce.face.launching import has_tab
from sandbox.salesforce.face.layouts import TABS
from sandbox.salesforce.face.looking import org, remember_viewer, usual_viewer, viewers
from sandbox.salesforce.face.setup import add_setup
from sandbox.salesforce.face.setup_apps import add_apps
from sandbox.salesforce.face.setup_deploy import add_deploy
from sandbox.salesforce.face.setup_users import add_users
from sandbox.salesforce.face.views import add_record_pages, record_url

SETUP_PAGES = (
    ("face.setup", "Setup Home"),
    ("face.deploy", "Deploy a package"),
    ("face.apps", "External Client App Manager"),
    ("face.users", "Users"),
)


def _shared() -> dict[str, Any]:
    """What every page shows: the org, its tabs, and who is looking."""
    labels = ((name, org().schema.get(name).plural) for name in TABS)
    return {
        "org_name": org().name,
        "tabs": list(labels),
        "viewer": g.viewer,
        "viewers": g.viewers,
        "viewer_asked": g.viewer_asked,
        "record_url": record_url,
        "has_tab": has_tab(),
        "setup_pages": SETUP_PAGES,
    }


def _missing(_error: Exception) -> tuple[str, int]:
    if g.get("viewer") is None:
        g.viewers, g.viewer_asked = viewers(), False
        g.viewer = usual_viewer(g.viewers)
    return render_template("missing.html", tab=""), 404


def _harden(response: Response) -> Response:
    """As the vendor's own pages: not to be framed, and nothing kept."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "frame-ancestors 'none'"
    return response


def face_blueprint() -> Blueprint:
    pages = Blueprint("face", __name__, template_folder="templates", static_folder="static", static_url_path="/_face")
    remember_viewer(pages)
    add_record_pages(pages)
    add_frames(pages)
    for add in (add_deploy, add_apps, add_users, add_setup):
        add(pages)
    pages.context_processor(_shared)
    pages.register_error_handler(404, _missing)
    pages.after_request(_harden)
    return pages
