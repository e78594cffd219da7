"""Asks for a Real Magnet user name and password, has Real Magnet check them, and keeps only the name."""

import dataclasses
from contextlib import closing

import structlog
from flask import Blueprint, Response, request

from connector.errors import CredentialsRefused
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
    return _linked(username)


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
    answer = page("login.html", "Log in to Real Magnet", username=username, problems=problems or {})
    if problems:
        answer.status_code = UNPROCESSABLE
    return answer
