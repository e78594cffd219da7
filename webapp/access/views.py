"""Access: the users of the org, what each may do and why, and what comes with a profile or a permission set."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, abort, request
from sqlalchemy import RowMapping

from connector.model.connection import SalesforceUser
from connector.model.rights import ALL, Area, Level
from connector.store import provisioned, rights
from webapp.access import form, standing
from webapp.guard import needs
from webapp.pages import page
from webapp.sessions import visitor
from webapp.wiring import wiring
from webapp.wizard import vendors

access = Blueprint("access", __name__)

USERS_A_PAGE = 25
LONGEST_SEARCH = 80
UNPROCESSABLE = 422


@access.get("/access")
@needs(Area.SETTINGS, Level.READ)
def index() -> Response:
    """The users, as both sides have them, and the defaults."""
    return show_all()


@access.get("/access/users/<int(max=2147483647):user_id>")
@needs(Area.SETTINGS, Level.READ)
def one(user_id: int) -> Response:
    """One user: what he may do, and where each right comes from."""
    return show_user(user_id)


def show_all(said: str = "", problem: str = "", entered: form.Entered | None = None) -> Response:
    """The screen; with what was just done, or what was wrong."""
    org_id = visitor().org_id
    search = " ".join(request.args.get("search", "").split())[:LONGEST_SEARCH]
    after = request.args.get("after", 0, type=int)
    with wiring().services.database.read() as connection:
        found = provisioned.users(connection, org_id, search, max(0, min(after, 2**31 - 1)), USERS_A_PAGE)
        shown = found[:USERS_A_PAGE]
        effective = {int(row["id"]): rights.of_user(connection, int(row["id"])) for row in shown}
        defaults = standing.by_holder(rights.defaults(connection, org_id))
        known = provisioned.holders(connection, org_id)
    told, trouble = _at_salesforce(shown)
    answer = page(
        "access/access.html",
        "Access",
        rows=shown,
        more=len(found) > len(shown),
        search=search,
        after=after,
        effective=effective,
        told=told,
        trouble=trouble,
        defaults=defaults,
        everything=defaults[0].levels == ALL,
        known=known,
        said=said,
        problem=problem,
        entered=entered or _chosen(defaults),
        **_words(),
    )
    if problem:
        answer.status_code = UNPROCESSABLE
    return answer


def show_user(user_id: int, said: str = "", problem: str = "") -> Response:
    """The screen of one user; with what was just done, or what was wrong."""
    org_id = visitor().org_id
    with wiring().services.database.read() as connection:
        row = provisioned.user(connection, org_id, user_id) or abort(404)
        own = rights.own(connection, user_id)
        explained = standing.explained(row, own, rights.defaults(connection, org_id))
    told, trouble = _at_salesforce([row])
    answer = page(
        "access/user.html",
        f"Access of {row['name']}",
        row=row,
        own=own,
        explained=explained,
        told=told.get(str(row["salesforce_id"])),
        trouble=trouble,
        said=said,
        problem=problem,
        **_words(),
    )
    if problem:
        answer.status_code = UNPROCESSABLE
    return answer


def _chosen(defaults: Sequence[standing.Held]) -> form.Entered:
    """The default that the address names, to be changed; none otherwise."""
    wanted = (request.args.get("holder"), request.args.get("name"))
    found = next((one for one in defaults if (one.holder, one.name) == wanted), None)
    return form.Entered(found.holder, found.name, found.levels) if found else form.Entered()


def _at_salesforce(rows: Sequence[RowMapping]) -> tuple[dict[str, SalesforceUser], str]:
    """How these users stand at Salesforce, by id; and why it could not be asked."""
    if not rows:
        return {}, ""
    answer = vendors.salesforce(lambda asked: asked.users([str(row["salesforce_id"]) for row in rows]), [])
    return {user.id: user for user in answer.value}, answer.trouble


def _words() -> dict[str, Any]:
    return {
        "areas": list(Area),
        "levels": list(Level),
        "area_meanings": standing.MEANINGS,
        "in_short": standing.in_short,
    }
