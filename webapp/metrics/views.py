"""Hands figures to a monitor that carries the operator's key; without such a key there is no such address."""

import hmac

from flask import Blueprint, Response, abort, request

from connector import queues
from connector.housekeeping import prometheus
from webapp.guard import open_to_all
from webapp.limits import of_programs
from webapp.wiring import wiring

metrics = Blueprint("metrics", __name__)


@metrics.get("/metrics")
@open_to_all("a monitor has no session; it carries the operator's own key")
@of_programs
def show() -> Response:
    """Every figure as it is now."""
    services = wiring().services
    key = services.settings.metrics_key
    if not key:
        abort(404)
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not hmac.compare_digest(given.strip().encode(), key.encode()):
        abort(401)
    found = prometheus.exposition(services.database, lambda: queues.depths(services.redis))
    return Response(found, content_type=prometheus.CONTENT_TYPE)
