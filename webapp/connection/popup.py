"""A window of its own in which a person logs in to Salesforce: there and back, and what came of it in plain words.

The frame that asked for it has no cookies and shares nothing with this window; they meet in a row of `handovers`. Only
here does a cookie say that who comes back is who left.
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from flask import Blueprint, Response, abort, redirect, request
from sqlalchemy import Connection as Transaction
from sqlalchemy import RowMapping
from werkzeug.wrappers import Response as WerkzeugResponse

from connector import clock
from connector.connection import looking, ways
from connector.errors import ConnectorError, Refused
from connector.model.connection import Tried, Way
from connector.model.rights import Area, Level, allows
from connector.salesforce import web_login
from connector.salesforce.tokens import Connection
from connector.salesforce.web_login import WebLogin
from connector.store import audit, handovers, rights, users
from webapp import cookies, limits
from webapp.connection import standing, telling
from webapp.connection.standing import App
from webapp.guard import open_to_all
from webapp.wiring import wiring

log = structlog.get_logger("webapp.connection")
popup = Blueprint("popup", __name__)

CONNECT, SET_UP, APPROVE = "connect", "set-up", "approve"
"""Purposes: a user of the frame connects the org; an administrator sets it up; a user approves the app for himself."""
NOT_ALLOWED, CONFLICT = 405, 409
DONE, FAILED = "done", "failed"

COOKIE = "oauth"
DRAFT = "handover.draft"
"""What a draft is sealed as: a JSON object of login_url, client_id and client_secret."""
RATE = "60 per minute"
_BROWSER = re.compile(r"[\w-]{40,64}")
_OURS = "Something went wrong on our side. Nothing was changed; try again."

Keep = Callable[[RowMapping, Connection, Tried], None]
KEEPS: dict[str, Keep] = {}
"""By purpose: keeps a connection that was tried, given the hand-over's row; raises our errors before it has kept any.
An approval keeps none."""

Arrival = Callable[[RowMapping, Tried], WerkzeugResponse]
ARRIVALS: dict[str, Arrival] = {}
"""By purpose: what else is done once a connection was kept, given the hand-over's row; answers the page."""

PLACES = {SET_UP: "/set-up#connect"}
"""By purpose: the page that tells what went wrong; without one the window does."""


@dataclass(frozen=True)
class Leaving:
    """Who is about to leave for Salesforce's page, and why: one of the purposes above."""

    org_id: int
    purpose: str
    user_id: int | None = None
    setup_id: int | None = None


BARRED = Refused("You were shut out of Real Magnet here. Nothing was changed.")


def depart(leaving: Leaving, app: App | None = None) -> tuple[int, str]:
    """Prepare for a person to log in to the org at Salesforce: the hand-over's id, and the address of the window.

    Raises `Refused` while the org's consumer key or My Domain is not known, unless the app is given.
    """
    services, org_id = wiring().services, leaving.org_id
    if app is None:
        with services.database.read() as connection:
            app = standing.app_of(connection, services.vault, org_id)
    draft = {
        "kind": str(Way.WEB),
        "login_url": app.my_domain,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
    }
    sealed = services.vault.seal(str(org_id), DRAFT, json.dumps(draft))
    asked = handovers.Asked(org_id, leaving.purpose, sealed, leaving.user_id, leaving.setup_id)
    with services.database.write() as connection:
        handover_id, ticket = handovers.begin(connection, asked)
    return handover_id, f"/oauth/start/{ticket}"


def is_over(row: RowMapping) -> bool:
    """Whether nobody will come back from this any more."""
    return bool(row["outcome"]) or int(row["expires_at"]) < clock.milliseconds(clock.now())


@popup.before_request
def _only_for_a_person() -> None:
    """A program that looks whether a link lives sends HEAD: it must not use a ticket or a state up."""
    if request.method == "HEAD":
        abort(NOT_ALLOWED)


@popup.get("/oauth/start/<ticket>")
@open_to_all("the one-use ticket is the proof: a window of its own has no token of the frame")
@limits.limiter.limit(RATE)
def start(ticket: str) -> WerkzeugResponse:
    """Leave for Salesforce's login page, and remember which browser it was. It may leave again: two clicks are one."""
    browser, services = _browser() or secrets.token_urlsafe(32), wiring().services
    state = hmac.digest(browser.encode(), ticket.encode(), hashlib.sha256).hex()
    with services.database.write() as connection:
        row = handovers.leave(connection, ticket, state, browser)
    if row is None:
        return _lost(ticket)
    try:
        with services.database.read() as connection:
            _hold_to_rights(connection, row)
        address = web_login.authorize_url(
            _drafted(row), state, web_login.verifier_of(browser, state), services.settings
        )
    except ConnectorError as error:
        return _failed(row, error)
    return name_browser(Response(status=303, headers={"Location": address}), browser)


def name_browser(answer: Response, name: str = "") -> Response:
    """Have a browser that is about to leave keep its name, so that it is known as the same when it leaves twice."""
    cookies.keep(answer, COOKIE, name or _browser() or secrets.token_urlsafe(32), handovers.SECONDS)
    return answer


@popup.get("/oauth/callback")
@open_to_all("Salesforce sends a person here; its one-use state and this browser's cookie are the proof")
@limits.limiter.limit(RATE)
def callback() -> WerkzeugResponse:
    """Come back from Salesforce: take the tokens, try them, keep them, say what came of it."""
    browser, services = _browser(), wiring().services
    with services.database.write() as connection:
        row = handovers.come_back(connection, request.args.get("state", ""), browser) if browser else None
    if row is None:
        return _lost(request.args.get("state", ""))
    try:
        tried = _arrived(row, web_login.verifier_of(browser, request.args.get("state", "")))
        page = ARRIVALS[row["purpose"]](row, tried) if row["purpose"] in ARRIVALS else None
    except ConnectorError as error:
        return _failed(row, error)
    except Exception:
        _settle(row, FAILED, _OURS)
        raise
    told = telling.approved(tried) if row["purpose"] == APPROVE else telling.connected(tried)
    _settle(row, DONE, told.text)
    log.info("login at salesforce done", org=row["org_id"], purpose=row["purpose"])
    return page or telling.shown(told)


def _arrived(row: RowMapping, verifier: str) -> Tried:
    """Take the tokens, try them, and keep them if they are for more than an approval; else end them at Salesforce."""
    services, login = wiring().services, _drafted(row)
    if error := request.args.get("error", ""):
        raise web_login.refused_at_the_page(error, request.args.get("error_description", ""), login.my_domain)
    found = web_login.exchange_code(login, request.args.get("code", ""), verifier, services.settings)
    try:
        return _tried(row, found)
    except Exception:
        web_login.give_back(found, services.settings)
        raise


def _tried(row: RowMapping, found: Connection) -> Tried:
    services = wiring().services
    with services.database.read() as connection:
        salesforce_id = standing.salesforce_id(connection, int(row["org_id"]))
    if row["purpose"] == APPROVE:
        return looking.recognize(services.settings, salesforce_id, found)
    tried = ways.try_connection(services.settings, salesforce_id, found)
    KEEPS[row["purpose"]](row, found, tried)
    return tried


def _connect(row: RowMapping, found: Connection, tried: Tried) -> None:
    services, actor = wiring().services, audit.Actor(int(row["org_id"]), row["user_id"])
    with ways.replacing_salesforce(services, actor.org_id, found) as connection:
        _hold_to_rights(connection, row)
        ways.put_salesforce(connection, services.vault, found, tried, actor)


KEEPS[CONNECT] = _connect


def _hold_to_rights(connection: Transaction, row: RowMapping) -> None:
    """A right may be taken back while the person is away; a set-up has its code instead."""
    if row["user_id"] is None:
        return
    if users.is_barred(connection, int(row["user_id"])):
        raise BARRED
    if not allows(rights.of_user(connection, int(row["user_id"])), Area.SETTINGS, Level.FULL):
        raise Refused("Your right to change Settings was taken back meanwhile. Nothing was changed.")


def _drafted(row: RowMapping) -> WebLogin:
    """Where the person is sent, and as which app."""
    services = wiring().services
    draft: dict[str, str] = json.loads(services.vault.open(str(row["org_id"]), DRAFT, row["draft"]))
    callback_url = f"{services.settings.public_url.rstrip('/')}/oauth/callback"
    scope = web_login.APPROVAL if row["purpose"] == APPROVE else web_login.SCOPE
    return WebLogin(draft["login_url"], draft["client_id"], draft["client_secret"], callback_url, scope)


def _failed(row: RowMapping, error: ConnectorError) -> WerkzeugResponse:
    words = telling.Outcome("Salesforce is not connected", str(error), standing.to_do(error), CONFLICT)
    _settle(row, FAILED, f"{words.text} {words.advice}".strip())
    log.info("login at salesforce failed", org=row["org_id"], purpose=row["purpose"], reason=str(error))
    place = PLACES.get(row["purpose"])
    return redirect(place, 303) if place else telling.shown(words)


def _lost(ticket_or_state: str) -> WerkzeugResponse:
    with wiring().services.database.read() as connection:
        purpose = handovers.purpose_of(connection, ticket_or_state)
    return telling.shown(telling.LOST_SET_UP if purpose == SET_UP else telling.LOST)


def _settle(row: RowMapping, outcome: str, words: str) -> None:
    with wiring().services.database.write() as connection:
        handovers.settle(connection, int(row["id"]), outcome, words)


def _browser() -> str:
    """What this browser was called when it left; empty for a stranger."""
    found = cookies.read(COOKIE)
    return found if _BROWSER.fullmatch(found) else ""
