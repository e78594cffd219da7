"""Adds to the org's application what surrounds its REST API: Bulk 2.0, reports, list views, switches, the face."""

from typing import TYPE_CHECKING

from flask import Flask

from sandbox.salesforce.adjusting import settings_blueprint
from sandbox.salesforce.analytics.controls import controls_blueprint
from sandbox.salesforce.analytics.instances import Instances
from sandbox.salesforce.analytics.quotas import Quotas
from sandbox.salesforce.analytics.store import Reports
from sandbox.salesforce.analytics.views import analytics_blueprint
from sandbox.salesforce.bad_days import BadDays
from sandbox.salesforce.bulk.ingest_views import ingest_blueprint
from sandbox.salesforce.bulk.query_views import query_blueprint
from sandbox.salesforce.bulk.service import Bulk
from sandbox.salesforce.deploy.deployments import Deployments
from sandbox.salesforce.deploy.trouble import trouble_blueprint
from sandbox.salesforce.deploy.views import deploy_blueprint
from sandbox.salesforce.face.pages import face_blueprint
from sandbox.salesforce.list_views.views import list_views_blueprint
from sandbox.salesforce.rest.tooling import tooling
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
    deployments = Deployments(stage.org)
    app.extensions["deployments"] = deployments
    app.before_request_funcs.setdefault(None, []).insert(0, deployments.settle)  # before anybody's rights are looked up
    quotas = Quotas(stage.org)
    app.extensions["report_quotas"] = quotas
    for pages in (
        ingest_blueprint(bulk),
        query_blueprint(bulk),
        blueprint(switches, stage.sessions.expire_access),
        face_blueprint(),
        settings_blueprint(stage.org),
        analytics_blueprint(Reports(stage.org), Instances(stage.org, switches), quotas),
        controls_blueprint(quotas),
        list_views_blueprint(stage.org),
        deploy_blueprint(),
        trouble_blueprint(),
        tooling,
    ):
        app.register_blueprint(pages)
    app.wsgi_app = BadDays(app.wsgi_app, switches)
