"""Fills lists of Salesforce that are newly kept up, and clears those that nothing keeps up any more."""

from collections.abc import Callable

import structlog
from flask import Blueprint, Response, abort, request
from sqlalchemy import Connection

from connector.errors import Temporary
from connector.model.rights import Area, Level
from connector.model.runs import WRITE, Trigger, deletion_of
from connector.model.scope import Scope
from connector.store import audit, choices, claims, deletions
from connector.store.claims import Asked, Claim
from webapp.guard import needs
from webapp.manage_data import room
from webapp.manage_data.room import Rows
from webapp.manage_data.views import stored
from webapp.pages import part
from webapp.sessions import visitor
from webapp.wiring import wiring

log = structlog.get_logger("webapp.manage_data")
tidying = Blueprint("tidying", __name__)


@tidying.get("/manage-data/leftover")
@needs(Area.SETTINGS, Level.READ)
def look() -> Response:
    """Compare what Salesforce holds with what the choices say."""
    with wiring().services.database.read() as connection:
        left = room.leftover(connection, visitor().org_id, stored(connection))
    return part("manage_data/leftover.html", left=left, looked=True)


@tidying.post("/manage-data/fill")
@needs(Area.SETTINGS, Level.FULL)
def fill() -> Response:
    """Write into the lists what is known here already: a run of its own does it."""
    who = visitor()

    def begin(connection: Connection) -> Claim | None:
        left = room.leftover(connection, who.org_id, stored(connection))
        if not left.fill:
            return None
        choices.fill(connection, who.org_id, left.fill)
        claim = claims.claim(connection, who.org_id, Asked(Trigger.MODE, who.user_id), WRITE)
        actor = audit.Actor(who.org_id, who.user_id)
        audit.record(connection, actor, "Filled lists in Salesforce", {}, dict.fromkeys(left.fill, "to be written"))
        return claim

    claim = _begin(begin)
    return part("manage_data/begun.html", claim=claim, verb="Filling")


@tidying.get("/manage-data/clear")
@needs(Area.DELETION, Level.FULL)
def ask_to_clear() -> Response:
    """Our own confirmation, with what would go."""
    with wiring().services.database.read() as connection:
        return part("manage_data/clear.html", rows=_behind(connection, request.args.get("kind", "")))


@tidying.post("/manage-data/clear")
@needs(Area.DELETION, Level.FULL)
def clear() -> Response:
    """Delete a list's rows that nothing keeps up any more. They are not buried: a later fill may write them anew."""
    who, kind = visitor(), request.form.get("kind", "")

    def begin(connection: Connection) -> Claim:
        rows = _behind(connection, kind)
        scope = Scope(activity_group=rows.kind, object_name=rows.object_name)
        ordered = deletions.order(connection, who.org_id, scope, who.user_id, tombstone=False, expected=rows.rows)
        claim = claims.claim(connection, who.org_id, Asked(Trigger.MODE, who.user_id), deletion_of(ordered))
        actor = audit.Actor(who.org_id, who.user_id)
        audit.record(connection, actor, "Cleared a list in Salesforce", {}, {rows.where: f"{rows.rows} rows to delete"})
        return claim

    claim = _begin(begin)
    return part("manage_data/begun.html", claim=claim, verb="Clearing")


def _behind(connection: Connection, kind: str) -> Rows:
    """The rows of a kind that nothing keeps up; 404 when something does, or when there are none."""
    left = room.leftover(connection, visitor().org_id, stored(connection))
    return next((rows for rows in left.behind if rows.kind == kind), None) or abort(404)


def _begin(begin: Callable[[Connection], Claim | None]) -> Claim | None:
    """Commit first, then enqueue; without a queue the tick finds the row."""
    house = wiring()
    with house.services.database.write() as connection:
        claim = begin(connection)
    if claim is not None and claim.fresh:
        try:
            house.enqueue_run(claim)
        except Temporary:
            log.warning("queue away", run=claim.run_id)
    return claim
