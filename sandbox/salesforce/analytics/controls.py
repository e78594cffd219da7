"""The hourly allowances of report runs, looked at and changed under /_sandbox/report-limits."""

from flask import Blueprint, Response, abort, jsonify, request

from sandbox.salesforce.analytics.quotas import USUAL, Quotas


def controls_blueprint(quotas: Quotas) -> Blueprint:
    """``POST {"sync": 3, "async": 5, "reset": true}``; every key is optional."""
    pages = Blueprint("report_limits", __name__, url_prefix="/_sandbox")

    @pages.get("/report-limits")
    def show() -> Response:
        return jsonify({kind: vars(quotas.state(kind)) for kind in USUAL})

    @pages.post("/report-limits")
    def change() -> Response:
        wanted: dict[str, object] = request.get_json()
        if set(wanted) - {*USUAL, "reset"}:
            abort(400, f"known: {', '.join(USUAL)}, reset")
        for kind in USUAL:
            if kind in wanted:
                quotas.set_maximum(kind, int(str(wanted[kind])))
        if wanted.get("reset"):
            quotas.reset()
        return show()

    return pages
