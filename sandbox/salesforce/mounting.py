"""Adds to the org's application what surrounds its REST API: Bulk 2.0, the bad-day switches and the face."""

from typing import TYPE_CHECKING

from flask import Flask

from sandbox.salesforce.adjusting import settings_blueprint
from sandbox.salesforce.bad_days import BadDays
from sandbox.salesforce.bulk.ingest_views import ingest_blueprint
from sandbox.salesforce.bulk.query_views import query_blueprint
from sandbox.salesforce.bulk.service import Bulk
from sandbox.salesforce.face.pages import face_blueprint
from sandbox.salesforce.switches import Switches, blueprint

if TYPE_CHECKING:
    from sandbox.salesforce.gate import Backstage


def mount(app: Flask) -> None:
    """``app.extensions`` gets ``switches`` and ``bulk``; close ``bulk`` before the org, so that its thread ends."""
    stage: Backstage = app.extensions["salesforce"]
    switches = Switches()
    bulk = Bulk(stage.org, switches)
    app.extensions["switches"] = switches
    app.extensions["bulk"] = bulk
    for pages in (
        ingest_blueprint(bulk),
        query_blueprint(bulk),
        blueprint(switches, stage.sessions.expire_access),
        face_blueprint(),
        settings_blueprint(stage.org),
    ):
        app.register_blueprint(pages)
    app.wsgi_app = BadDays(app.wsgi_app, switches)
