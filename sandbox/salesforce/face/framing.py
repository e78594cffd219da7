"""The pages that frame the application by Canvas, and the fresh launches the frame may ask for."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

from flask import Blueprint, abort, jsonify, render_template, request, url_for
from flask import Response as Answer

from sandbox.salesforce.canvas import CanvasApp, Placement, Viewer, canvas_request, sign
from sandbox.salesforce.face.looking import org, stage, viewer
from sandbox.salesforce.face.views import known, record_id_of, title_of

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


def _frame_page(where: Where, **shown: Any) -> str:
    app = canvas_app()
    split = urlsplit(app.url)
    by_get = org().setting(SELF_AUTHORIZE, "0") == "1"
    return render_template(
        "canvas.html",
        instance_id=where.instance_id,
        app_origin=f"{split.scheme}://{split.netloc}",
        action=app.url,
        method="get" if by_get else "post",
        signed_request="" if by_get else sign(launch(where), app.secret),
        renew_url=url_for("face.renew", way=where.way, name=where.name or None, record_id=where.record_id or None),
        **shown,
    )


def _record_frame(name: str, given: str) -> str:
    way = request.args.get("way", "parameters")
    sobject, _ = known(name)
    if way not in LOCATIONS:
        abort(404)
    record_id = record_id_of(sobject, given)
    title = title_of(sobject, record_id)
    return _frame_page(Where(way, name, record_id), tab=name, name=name, title=title, record_id=record_id, way=way)


def _asked_place() -> Where:
    """The place a frame says it stands in; else 404."""
    way, name = request.args.get("way", "tab"), request.args.get("name", "")
    if way == "tab":
        return Where()
    if way not in LOCATIONS:
        abort(404)
    sobject, _ = known(name)
    return Where(way, name, record_id_of(sobject, request.args.get("record_id", "")))


def add_frames(pages: Blueprint) -> None:
    @pages.get("/lightning/n/Real_Magnet")
    def canvas_tab() -> str:
        return _frame_page(Where(), tab="canvas")

    @pages.get("/lightning/r/<name>/<record_id>/real-magnet")
    def canvas_record(name: str, record_id: str) -> str:
        return _record_frame(name, record_id)

    @pages.post("/_canvas/renew")
    def renew() -> Answer:
        document = launch(_asked_place())
        return jsonify(signed_request=sign(document, canvas_app().secret), context=document["context"])
