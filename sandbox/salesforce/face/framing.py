"""The pages that frame the application by Canvas, and the fresh launches the frame may ask for."""

from typing import Any

from flask import Blueprint, abort, jsonify, render_template, request
from flask import Response as Answer

from sandbox.salesforce.canvas import sign
from sandbox.salesforce.face.launching import (
    LOCATIONS,
    ApprovalRequiredError,
    NotFramedError,
    Where,
    canvas_app,
    frame_of,
    launch,
)
from sandbox.salesforce.face.views import known, record_id_of, title_of

NARROW = "narrow"


def _frame_page(where: Where, **shown: Any) -> str:
    frame = frame_of(where)
    ready = not frame["refused"] and frame["method"] == "post"
    signed_request = sign(launch(where), canvas_app(where).secret) if ready else ""
    narrow = request.args.get("column") == NARROW
    return render_template("canvas.html", frame=frame, signed_request=signed_request, narrow=narrow, **shown)


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


def _renewed() -> Answer:
    """A fresh launch; or the word that the viewer must approve first, or that there is nothing to launch."""
    where = _asked_place()
    try:
        document = launch(where)
    except ApprovalRequiredError:
        return jsonify(approval_required=True)
    except NotFramedError as refusal:
        answer = jsonify(error=str(refusal))
        answer.status_code = 403
        return answer
    return jsonify(signed_request=sign(document, canvas_app(where).secret), context=document["context"])


def add_frames(pages: Blueprint) -> None:
    @pages.get("/lightning/n/Real_Magnet")
    def canvas_tab() -> str:
        return _frame_page(Where(), tab="canvas")

    @pages.get("/lightning/r/<name>/<record_id>/real-magnet")
    def canvas_record(name: str, record_id: str) -> str:
        return _record_frame(name, record_id)

    @pages.post("/_canvas/renew")
    def renew() -> Answer:
        return _renewed()
