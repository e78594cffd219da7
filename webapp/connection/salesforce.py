"""Connect Salesforce, by one of four ways: what is entered is tried first, and nothing changes when that fails."""

from dataclasses import replace
from typing import Any

import structlog
from flask import Blueprint, Response, abort, request

from connector.connection import ways
from connector.errors import ConnectorError
from connector.model.connection import Way
from connector.model.rights import Area, Level
from connector.store import audit, handovers
from webapp import limits
from webapp.connection import popup, standing
from webapp.connection.entering import Entered, read
from webapp.connection.standing import App
from webapp.connection.views import screen
from webapp.guard import needs
from webapp.pages import page, part
from webapp.sessions import visitor
from webapp.wiring import wiring

log = structlog.get_logger("webapp.connection")
connect_salesforce = Blueprint("connect_salesforce", __name__, url_prefix="/connection/salesforce")

UNPROCESSABLE = 422
NOTHING_NEW = 204
SLUGS = {"jwt": Way.JWT, "client-credentials": Way.CLIENT_CREDENTIALS, "password": Way.PASSWORD, "app": Way.WEB}
"""The forms by their addresses; `app` asks which app a person is to log in by, where that is not known."""


@connect_salesforce.get("")
@needs(Area.SETTINGS, Level.FULL)
def choose() -> Response:
    """The four ways."""
    return page("connection/ways.html", "Connect Salesforce")


@connect_salesforce.post("/log-in")
@needs(Area.SETTINGS, Level.FULL)
def log_in() -> Response:
    """Prepare the window in which Salesforce asks who it is; where its app is not known, ask for that first."""
    with wiring().services.database.read() as connection:
        try:
            app = standing.app_of(connection, wiring().services.vault, visitor().org_id)
        except ConnectorError as error:
            return _form("app", _begun(Way.WEB), error)
    return _leave(app)


@connect_salesforce.get("/<slug>")
@needs(Area.SETTINGS, Level.FULL)
def ask(slug: str) -> Response:
    """The form of one way."""
    return _form(slug, _begun(_way(slug)))


@connect_salesforce.post("/<slug>")
@needs(Area.SETTINGS, Level.FULL)
@limits.of_passwords
def connect(slug: str) -> Response:
    """Try what was entered; keep it if Salesforce lets us in."""
    services, org_id = wiring().services, visitor().org_id
    entered = read(_way(slug), request.form, services.settings)
    if entered.problems:
        return _form(slug, entered)
    if entered.way is Way.WEB:
        return _leave(App(entered.my_domain, entered.client_id, entered.client_secret))
    with services.database.read() as connection:
        salesforce_id = standing.salesforce_id(connection, org_id)
    try:
        tried = ways.try_connection(services.settings, salesforce_id, entered.connection)
    except ConnectorError as error:
        log.info("connection refused", org=org_id, way=str(entered.way), reason=str(error))
        return _form(slug, entered, error)
    ways.save_salesforce(services, org_id, entered.connection, tried, audit.Actor(org_id, visitor().user_id))
    return screen(done="Salesforce is connected. Runs and schedules stay as they are.", tried=tried)


@connect_salesforce.get("/log-in/<int(max=2147483647):handover_id>")
@needs(Area.SETTINGS, Level.FULL)
def wait(handover_id: int) -> Response:
    """Whether the person in the window is back; the frame asks until he is, and nothing of it changes until then."""
    with wiring().services.database.read() as connection:
        row = handovers.waiting(connection, visitor().org_id, visitor().user_id, handover_id) or abort(404)
    return part("connection/waiting.html", row=row) if popup.is_over(row) else Response(status=NOTHING_NEW)


def _leave(app: App) -> Response:
    handover_id, address = popup.depart(popup.Leaving(visitor().org_id, popup.CONNECT, user_id=visitor().user_id), app)
    return page("connection/window.html", "Log in to Salesforce", address=address, handover_id=handover_id)


def _way(slug: str) -> Way:
    return SLUGS.get(slug) or abort(404)


def _begun(way: Way) -> Entered:
    with wiring().services.database.read() as connection:
        domain, key = standing.suggested(connection, visitor().org_id)
    return Entered(way, my_domain=domain, client_id=key)


def _form(slug: str, entered: Entered, error: ConnectorError | None = None) -> Response:
    values: dict[str, Any] = {"slug": slug, "entered": replace(entered, secrets={}), "error": error}
    values["advice"] = standing.to_do(error) if error else ""
    values["public_key"] = entered.public_key if error else ""
    answer = page("connection/form.html", "Connect Salesforce", **values)
    if error or entered.problems:
        answer.status_code = UNPROCESSABLE
    return answer
