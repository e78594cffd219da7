"""Asks for a Real Magnet user name and password, has Real Magnet check them, and keeps only the name.

Where Real Magnet is not connected yet, who may connect it can have this login do the nightly work as well.
"""

from collections.abc import Callable, Mapping

from flask import Blueprint, Response, request

from connector.connection import ways
from connector.connection.ways import RealMagnetLogin
from connector.model.rights import Area, Level, allows
from connector.store import audit, screens
from webapp import landing, limits
from webapp.guard import for_everybody, for_unlinked
from webapp.login import checking
from webapp.pages import page
from webapp.sessions import visitor
from webapp.wiring import wiring

login = Blueprint("login", __name__)

UNPROCESSABLE = 422


@login.get("/login")
@for_everybody("whoever came in may say who he is at Real Magnet")
@for_unlinked
def ask() -> Response:
    """The login page."""
    return form()


@login.post("/login")
@for_everybody("whoever came in may say who he is at Real Magnet")
@for_unlinked
@limits.of_passwords
def check() -> Response:
    """Have Real Magnet check what was entered; link the user and show Home."""
    entered = checking.entered(request.form)
    checked = checking.check(entered)
    if checked.problems:
        return form(entered.username, checked.problems)
    if request.form.get("nightly") and offers_nightly():
        who = visitor()
        connection = RealMagnetLogin(entered.username, entered.password, checked.account)
        ways.save_realmagnet(wiring().services, who.org_id, connection, audit.Actor(who.org_id, who.user_id))
    checking.link(entered.username)
    return landing.show()


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


def form(username: str = "", problems: Mapping[str, str] | None = None) -> Response:
    """The page; with what was wrong."""
    nightly = not problems or bool(request.form.get("nightly"))
    answer = page(
        "login.html", "Log in to Real Magnet", username=username, problems=problems or {}, unticked=not nightly
    )
    if problems:
        answer.status_code = UNPROCESSABLE
    return answer
