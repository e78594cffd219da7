"""Connect Real Magnet: the login of the nightly work, checked by Real Magnet before it is kept."""

import structlog
from flask import Blueprint, Response, request

from connector.connection import ways
from connector.connection.ways import RealMagnetLogin
from connector.errors import ConnectorError
from connector.model.rights import Area, Level
from connector.store import audit, screens
from webapp import limits
from webapp.connection.views import screen
from webapp.guard import needs
from webapp.pages import page
from webapp.sessions import visitor
from webapp.wiring import wiring

log = structlog.get_logger("webapp.connection")
connect_realmagnet = Blueprint("connect_realmagnet", __name__)

UNPROCESSABLE = 422
LONGEST = 255


@connect_realmagnet.get("/connection/realmagnet")
@needs(Area.SETTINGS, Level.FULL)
def ask() -> Response:
    """The form."""
    with wiring().services.database.read() as connection:
        row = screens.realmagnet_connection(connection, visitor().org_id)
    return _form(row["username"] if row else "")


@connect_realmagnet.post("/connection/realmagnet")
@needs(Area.SETTINGS, Level.FULL)
@limits.of_passwords
def connect() -> Response:
    """Have Real Magnet check it; keep it. Another account than before is taken only when that is meant."""
    username, password = request.form.get("username", "").strip(), request.form.get("password", "")
    problems = {
        name: words
        for name, value, words in (
            ("username", username, "Enter the Real Magnet user name."),
            ("password", password, "Enter the Real Magnet password."),
        )
        if not value or len(value) > LONGEST
    }
    if problems:
        return _form(username, problems=problems)
    try:
        login = RealMagnetLogin(username, password, wiring().realmagnet_account(username, password))
    except ConnectorError as error:
        return _form(username, problems={"": f"{error} Nothing was changed."})
    before = _account()
    if before and before != login.account and request.form.get("other_account") != login.account:
        return _form(username, accounts=(before, login.account))
    ways.save_realmagnet(wiring().services, visitor().org_id, login, audit.Actor(visitor().org_id, visitor().user_id))
    log.info("real magnet connected", org=visitor().org_id)
    return screen(done=f"Real Magnet is connected: account {login.account}, user {username}.")


def _account() -> str:
    """The account whose activity the ledger holds."""
    with wiring().services.database.read() as connection:
        row = screens.realmagnet_connection(connection, visitor().org_id)
    return str(row["account"]) if row else ""


def _form(
    username: str, *, problems: dict[str, str] | None = None, accounts: tuple[str, str] | None = None
) -> Response:
    answer = page(
        "connection/realmagnet.html",
        "Connect Real Magnet",
        username=username,
        problems=problems or {},
        accounts=accounts,
    )
    if problems or accounts:
        answer.status_code = UNPROCESSABLE
    return answer
