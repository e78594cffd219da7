"""Small settings of the stand-in that tests and the demo change while it runs, under /_sandbox/settings."""

from flask import Blueprint, Response, abort, jsonify, request

from sandbox.salesforce.analytics.instances import SECONDS, USUAL_SECONDS
from sandbox.salesforce.bulk.ingest_views import LISTED
from sandbox.salesforce.bulk.query_views import PAGE
from sandbox.salesforce.bulk.runner import DEFAULT_SECONDS
from sandbox.salesforce.deploy.deployments import SECONDS as DEPLOY_SECONDS
from sandbox.salesforce.deploy.deployments import USUAL_SECONDS as USUAL_DEPLOY_SECONDS
from sandbox.salesforce.face.launching import SELF_AUTHORIZE
from sandbox.salesforce.list_views.views import LISTED_VIEWS, PAGE_SETTING
from sandbox.salesforce.org import STRICT_SETUP, Org

KNOWN = {
    "bulk_seconds": DEFAULT_SECONDS,  # how long a batch of 10,000 rows takes
    "bulk_query_page": PAGE,  # rows of a bulk query's page when the caller names no size
    "bulk_jobs_per_page": str(LISTED),
    STRICT_SETUP: "0",  # 1: permission sets and rules are shown to nobody who may not see Setup
    DEPLOY_SECONDS: USUAL_DEPLOY_SECONDS,
    SECONDS: USUAL_SECONDS,  # how long an asynchronous report run takes
    PAGE_SETTING: str(LISTED_VIEWS),
    SELF_AUTHORIZE: "0",  # 1: the first Canvas launch comes by GET
}


def settings_blueprint(org: Org) -> Blueprint:
    pages = Blueprint("settings", __name__, url_prefix="/_sandbox")

    @pages.get("/settings")
    def show() -> Response:
        return jsonify({name: org.setting(name, usual) for name, usual in KNOWN.items()})

    @pages.post("/settings")
    def change() -> Response:
        wanted: dict[str, object] = request.get_json()
        if set(wanted) - set(KNOWN):
            abort(400, f"known settings: {', '.join(KNOWN)}")
        for name, value in wanted.items():
            org.set_setting(name, str(float(str(value))) if name == "bulk_seconds" else str(value))
        org.forget_access()
        return show()

    return pages
