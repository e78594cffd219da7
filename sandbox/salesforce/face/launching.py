"""Where the application is framed, and the launches that Salesforce signs for it there; it knows no page."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

from flask import url_for

from sandbox.salesforce.canvas import CanvasApp, Placement, Viewer, canvas_request
from sandbox.salesforce.deploy.app_registry import App
from sandbox.salesforce.face.looking import org, stage, viewer
from sandbox.salesforce.oauth.admission import SELF_AUTHORIZE, find_app, is_admitted, needs_approval
from sandbox.salesforce.oauth.security import APP_BLOCKED, is_on

__all__ = ["LOCATIONS", "SELF_AUTHORIZE", "NotFramedError", "Where", "canvas_app", "frame_of", "has_tab", "launch"]
TAB = "Visualforce"
LOCATIONS = {"parameters": "Aura", "record": "PageLayout"}  # assumed for Aura
_OOPS = "Oops, there was an error rendering Canvas application [{}]. {}"
_REFRESHING = frozenset({"refresh_token", "offline_access"})


class NotFramedError(Exception):
    """Why the application does not appear in a place, in words for who is looking."""


class ApprovalRequiredError(Exception):
    """The viewer must first let the application act: it is asked for by GET, unsigned."""


@dataclass(frozen=True)
class Where:
    """A place of the frame: the tab, or a record's page in one of the two ways a record can be told."""

    way: str = "tab"
    name: str = ""
    record_id: str = ""

    @property
    def instance_id(self) -> str:
        """Differs from place to place, even for the same application."""
        return f"06PHu{crc32(f'{self.way} {self.name}'.encode()):010d}"

    @property
    def path(self) -> str:
        if not self.record_id:
            return "/lightning/n/Real_Magnet"
        return f"/lightning/r/{self.name}/{self.record_id}/view"

    @property
    def location(self) -> str:
        return LOCATIONS.get(self.way, TAB)

    def placement(self) -> Placement:
        address = stage().options.instance_url + self.path
        told: dict[str, Any] = {"recordId": self.record_id} if self.way == "parameters" else {}
        record: dict[str, Any] = {}
        if self.way == "record":
            url = f"/services/data/v66.0/sobjects/{self.name}/{self.record_id}"
            record = {"attributes": {"type": self.name, "url": url}, "Id": self.record_id}
        return Placement(self.instance_id, self.location, address, told, record)


def has_tab() -> bool:
    """Whether anything of ours was deployed that a tab could show."""
    app = find_app()
    return app is not None and bool(app.canvas_url)


def _app_for(where: Where) -> App:
    """The app, if the viewer may see it in a place. Raises NotFramedError.

    assumed: the second sentence of each refusal but the first.
    """
    app = find_app()
    if app is None:
        raise NotFramedError("Real Magnet is not installed in this org yet. An admin deploys its package in Setup.")
    if not app.canvas_url:
        missing = (
            f"Canvas can not locate an installed canvas app with the namespace [] and name [{app.developer_name}]."
        )
        raise NotFramedError(_OOPS.format(app.developer_name, missing))
    if is_on(org(), APP_BLOCKED):
        raise NotFramedError(_OOPS.format(app.developer_name, "This app is blocked by admin."))
    if not is_admitted(app, viewer()["Id"]):
        raise NotFramedError(_OOPS.format(app.developer_name, "User is not admin approved to access this app."))
    if where.location not in app.canvas_locations:
        raise NotFramedError(_OOPS.format(app.developer_name, f"It is not enabled for the location {where.location}."))
    return app


def canvas_app(where: Where) -> CanvasApp:
    """What is framed in a place. Raises NotFramedError."""
    app = _app_for(where)
    return CanvasApp(app.canvas_url, app.consumer_key, app.consumer_secret, app.developer_name, app.label)


def _awaits_approval(app: App) -> bool:
    """assumed: any approval will do, whatever it was for."""
    return needs_approval(app, viewer()["Id"])


def launch(where: Where) -> dict[str, Any]:
    """The document of a launch for who is looking, with a session of that user.

    Raises NotFramedError, and ApprovalRequiredError while the viewer has not let the application act.
    """
    app, sessions = _app_for(where), stage().sessions
    if _awaits_approval(app):
        raise ApprovalRequiredError
    user, scope = viewer(), " ".join(app.scopes)
    refresh = None
    if _REFRESHING & set(app.scopes):
        refresh = sessions.issue_refresh(user["Id"], app.consumer_key, scope)
    session = sessions.issue(user["Id"], app.consumer_key, scope, parent=refresh)
    organization = {"Id": org().id, "Name": org().name}
    who = Viewer(user, organization, stage().options.instance_url, session, refresh)
    return canvas_request(canvas_app(where), who, where.placement())


def frame_of(where: Where) -> dict[str, Any]:
    """What a page needs to frame the application in a place; its launch is not made yet. ``refused`` says why not."""
    try:
        app = _app_for(where)
    except NotFramedError as refusal:
        return {"refused": str(refusal)}
    split = urlsplit(app.canvas_url)
    return {
        "refused": "",
        "instance_id": where.instance_id,
        "app_origin": f"{split.scheme}://{split.netloc}",
        "action": app.canvas_url.partition("#")[0],
        "method": "get" if _awaits_approval(app) else "post",
        "renew_url": url_for("face.renew", way=where.way, name=where.name or None, record_id=where.record_id or None),
    }
