"""Asks for a Real Magnet user name and password, has Real Magnet check them, and keeps only the name.

Where Real Magnet is not connected yet, who may connect it can have this login do the nightly work as well.
"""

import dataclasses
from collections.abc import Callable
from contextlib import closing

import structlog
from flask import Blueprint, Response, request

from connector.connection import ways
from connector.connection.ways import RealMagnetLogin
from connector.errors import CredentialsRefused
from connector.model.rights import Area, Level, allows
from connector.store import audit, orgs, screens, users
from webapp import landing, limits, sessions
from webapp.guard import for_everybody, for_unlinked
from webapp.pages import page
from webapp.sessions import visitor
from webapp.wiring import wiring

log = structlog.get_logger("webapp.login")
login = Blueprint("login", __name__)

UNPROCESSABLE = 422
LONGEST = 255
WRONG = (
    "Real Magnet does not know this user name and password. Check both and try again; "
    "a Real Magnet administrator of your account can set a new password."
)
OTHER_ACCOUNT = (
    "This user belongs to another Real Magnet account than the one connected here. Log in with a user of the "
    "connected account, or ask your administrator."
)


@login.get("/login")
@for_everybody("whoever came in may say who he is at Real Magnet")
@for_unlinked
def ask() -> Response:
    """The login page."""
    return _form()


@login.post("/login")
@for_everybody("whoever came in may say who he is at Real Magnet")
@for_unlinked
@limits.of_passwords
def check() -> Response:
    """Have Real Magnet check what was entered; link the user and show Home."""
    username, password = request.form.get("username", "").strip(), request.form.get("password", "")
    problems = {
        name: words
        for name, value, words in (
            ("username", username, "Enter your Real Magnet user name."),
            ("password", password, "Enter your Real Magnet password."),
        )
        if not value or len(value) > LONGEST
    }
    if problems:
        return _form(username, problems)
    try:
        account = wiring().realmagnet_account(username, password)
    except CredentialsRefused:
        log.info("login refused", user=visitor().user_id)
        return _form(username, {"": WRONG})
    if not _is_connected_account(account):
        log.warning("login of another account", user=visitor().user_id)
        return _form(username, {"": OTHER_ACCOUNT})
    if request.form.get("nightly") and offers_nightly():
        who = visitor()
        connection = RealMagnetLogin(username, password, account)
        ways.save_realmagnet(wiring().services, who.org_id, connection, audit.Actor(who.org_id, who.user_id))
    return _linked(username)


@login.app_context_processor
def _offer() -> dict[str, Callable[[], bool]]:
    """The page is shown by whoever finds a user without a login, and decides only then."""
    return {"offers_nightly": offers_nightly}


def offers_nightly() -> bool:
    """Whether this login may become the org's own: nobody connected Real Magnet yet, and this user may."""
    who = visitor()
    if not allows(who.rights, Area.SETTINGS, Level.FULL):
        return False
    with wiring().services.database.read() as connection:
        return screens.realmagnet_connection(connection, who.org_id) is None


def _linked(username: str) -> Response:
    who, database = visitor(), wiring().services.database
    with database.write() as connection:
        users.link(connection, who.user_id, username)
        audit.record(
            connection,
            audit.Actor(who.org_id, who.user_id),
            "Linked to Real Magnet",
            {"Real Magnet user": who.realmagnet_login},
            {"Real Magnet user": username},
        )
    log.info("linked", user=who.user_id)
    sessions.replace(dataclasses.replace(who, realmagnet_login=username))
    return landing.show()


def _is_connected_account(account: str) -> bool:
    """An org without a connection yet takes any account."""
    with wiring().services.database.read() as connection:
        row = screens.realmagnet_connection(connection, visitor().org_id)
    return row is None or account == (row["account"] or _asked_account())


def _asked_account() -> str:
    """The account behind the org's own connection, which no night has named yet."""
    services, org_id = wiring().services, visitor().org_id
    with closing(services.realmagnet(org_id)) as realmagnet:
        account = realmagnet.account
    with services.database.write() as connection:
        orgs.note_account(connection, org_id, account)
    return account


def _form(username: str = "", problems: dict[str, str] | None = None) -> Response:
    nightly = not problems or bool(request.form.get("nightly"))
    answer = page(
        "login.html", "Log in to Real Magnet", username=username, problems=problems or {}, unticked=not nightly
    )
    if problems:
        answer.status_code = UNPROCESSABLE
    return answer
