"""The GET variant of a launch: Salesforce wants this user's approval first, which a window of its own can get.

Nobody is known here yet: nothing is shown but the way to Salesforce's own page, and whether somebody came back from it.
"""

import structlog
from flask import Blueprint, Response, abort
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import text

from connector.errors import ConnectorError
from connector.store import handovers
from webapp import limits
from webapp.connection import popup
from webapp.connection.popup import APPROVE, Leaving
from webapp.errors import Words
from webapp.guard import open_to_all
from webapp.pages import page, part
from webapp.wiring import wiring

log = structlog.get_logger("webapp.door")
approval = Blueprint("approval", __name__)

BY_ADMIN = Words(
    "An administrator has to approve Real Magnet",
    "Salesforce asks each user to approve this app, and this organization is not set up for that yet. A Salesforce "
    "administrator opens Setup, External Client App Manager, Real Magnet, Policies, sets Permitted Users to “Admin "
    "approved users are pre-authorized”, and adds your profile or permission set. Then reload this page.",
)


def explain(org: str) -> Response:
    """What the user has to do, one click away; or who else has to, where the way is not known."""
    try:
        handover_id, address = popup.depart(Leaving(_org(org), APPROVE))
    except ConnectorError as error:
        log.info("approval not possible", org=org[:18], reason=str(error))
        return page("errors/page.html", BY_ADMIN.title, words=BY_ADMIN)
    waiting = {"org": org, "token": _signer().dumps(handover_id), "row": None, "over": False}
    return page("canvas/approval.html", "Allow Real Magnet", address=address, **waiting)


@approval.get("/canvas/<org>/approval/<token>")
@open_to_all("tells only that a window that was opened from here has done its work")
@limits.at_the_door
def wait(org: str, token: str) -> Response:
    """Whether the user has come back; once he has, the page around us is asked for a launch."""
    try:
        handover_id = int(_signer().loads(token, max_age=handovers.SECONDS))
    except BadData:
        abort(404)
    with wiring().services.database.read() as connection:
        row = handovers.of_nobody(connection, _org(org), handover_id)
    if row is None:
        abort(404)
    return part("canvas/approval_waiting.html", org=org, token=token, row=row, over=popup.is_over(row))


def _org(door: str) -> int:
    with wiring().services.database.read() as connection:
        found = connection.execute(text("SELECT id FROM orgs WHERE salesforce_id = :door"), {"door": door}).scalar()
    return int(found) if found is not None else abort(404)


def _signer() -> URLSafeTimedSerializer:
    oldest_first = list(reversed(wiring().services.settings.secret_keys))
    return URLSafeTimedSerializer(oldest_first, salt="approval")
