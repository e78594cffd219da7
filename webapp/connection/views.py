"""The Connection screen: how both connections stand, as whom and since when, and whether they still work."""

from contextlib import closing
from typing import Any

import structlog
from flask import Blueprint, Response

from connector.connection import ways
from connector.connection.ways import NAMES
from connector.errors import ConnectorError, CredentialsRefused, Misconfigured
from connector.model.connection import Tried
from connector.model.rights import Area, Level, allows
from connector.store import orgs, screens
from webapp.connection import standing
from webapp.guard import needs
from webapp.pages import page
from webapp.sessions import visitor
from webapp.wiring import wiring

log = structlog.get_logger("webapp.connection")
connection = Blueprint("connection", __name__)

CONFLICT = 409
FINDINGS_SHOWN = 3


@connection.get("/connection")
@needs(Area.SETTINGS, Level.READ)
def show() -> Response:
    """How both stand."""
    return screen()


@connection.post("/connection/salesforce/test")
@needs(Area.SETTINGS, Level.FULL)
def test_salesforce() -> Response:
    """Have Salesforce renew its access, and show what it says."""
    try:
        tried = ways.prove_salesforce(wiring().services, visitor().org_id)
    except Misconfigured:
        raise
    except ConnectorError as error:
        return screen(problem=("salesforce", error))
    return screen(done="Salesforce let us in.", tried=tried)


@connection.post("/connection/realmagnet/test")
@needs(Area.SETTINGS, Level.FULL)
def test_realmagnet() -> Response:
    """Log in to Real Magnet with what is kept, and show what it says."""
    services, org_id = wiring().services, visitor().org_id
    try:
        with closing(services.realmagnet(org_id)) as realmagnet:
            account = realmagnet.account
    except Misconfigured:
        raise
    except ConnectorError as error:
        if isinstance(error, CredentialsRefused):
            with services.database.write() as transaction:
                orgs.note_refusal(transaction, org_id, f"{error} {error.advice}".strip())
        return screen(problem=("realmagnet", error))
    with services.database.write() as transaction:
        orgs.note_account(transaction, org_id, account)
    return screen(done=f"Real Magnet let us in to the account {account}.")


def screen(
    *, done: str = "", tried: Tried | None = None, problem: tuple[str, ConnectorError] | None = None
) -> Response:
    """The screen with what was just done, or what was wrong with which connection."""
    with wiring().services.database.read() as transaction:
        values = _stand(transaction)
    advice = standing.to_do(problem[1]) if problem else ""
    values |= {"done": done, "tried": tried, "problem": problem, "advice": advice}
    answer = page("connection/connection.html", "Connection", **values)
    if problem:
        answer.status_code = CONFLICT
    return answer


def _stand(transaction: Any) -> dict[str, Any]:
    who = visitor()
    may_change = allows(who.rights, Area.SETTINGS, Level.FULL)
    return {
        "salesforce": standing.salesforce(transaction, who.org_id),
        "realmagnet": screens.realmagnet_connection(transaction, who.org_id),
        "way_names": {str(way): name for way, name in NAMES.items()},
        "findings_shown": FINDINGS_SHOWN,
        "may_change": may_change,
        "to_ask": [] if may_change else standing.who_may_connect(transaction, who.org_id),
    }
