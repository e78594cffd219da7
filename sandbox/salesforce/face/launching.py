"""Where the application is framed, and the launches that Salesforce signs for it there; it knows no page."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

from flask import url_for

from sandbox.salesforce.canvas import CanvasApp, Placement, Viewer, canvas_request
from sandbox.salesforce.face.looking import org, stage, viewer

SCOPE = "id api openid refresh_token"
SELF_AUTHORIZE = "canvas_self_authorize"
LOCATIONS = {"parameters": "Aura", "record": "PageLayout"}  # assumed for Aura


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

    def placement(self) -> Placement:
        address = stage().options.instance_url + self.path
        location = LOCATIONS.get(self.way, "Visualforce")
        told: dict[str, Any] = {"recordId": self.record_id} if self.way == "parameters" else {}
        record: dict[str, Any] = {}
        if self.way == "record":
            url = f"/services/data/v66.0/sobjects/{self.name}/{self.record_id}"
            record = {"attributes": {"type": self.name, "url": url}, "Id": self.record_id}
        return Placement(self.instance_id, location, address, told, record)


def canvas_app() -> CanvasApp:
    options = stage().options
    address = f"{options.app_url.rstrip('/')}/canvas/{org().id}"
    return CanvasApp(address, options.consumer_key, options.consumer_secret)


def launch(where: Where) -> dict[str, Any]:
    """The document of a launch for who is looking, with a session of that user."""
    options, sessions = stage().options, stage().sessions
    user = viewer()
    refresh = sessions.issue_refresh(user["Id"], options.consumer_key, SCOPE)
    session = sessions.issue(user["Id"], options.consumer_key, SCOPE, parent=refresh)
    organization = {"Id": org().id, "Name": org().name}
    who = Viewer(user, organization, options.instance_url, session, refresh)
    return canvas_request(canvas_app(), who, where.placement())


def frame_of(where: Where) -> dict[str, Any]:
    """What a page needs to frame the application in a place; its launch is not made yet."""
    app = canvas_app()
    split = urlsplit(app.url)
    return {
        "instance_id": where.instance_id,
        "app_origin": f"{split.scheme}://{split.netloc}",
        "action": app.url,
        "method": "get" if org().setting(SELF_AUTHORIZE, "0") == "1" else "post",
        "renew_url": url_for("face.renew", way=where.way, name=where.name or None, record_id=where.record_id or None),
    }
