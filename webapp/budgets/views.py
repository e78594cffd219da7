"""Shows Budgets, saves ceilings, and saves how long rows stay once it was shown what that deletes."""

from dataclasses import asdict
from typing import Any

import structlog
from flask import Blueprint, Response, request
from sqlalchemy import Connection

from connector import clock
from connector.model.activity import COLLECTED
from connector.model.rights import Area, Level
from connector.model.storage import megabytes
from connector.store import audit, budget_retention, budgets
from webapp.budgets import curve, form, gauge, room
from webapp.budgets.form import Ceilings, Kept
from webapp.guard import needs, require
from webapp.pages import page, part
from webapp.sessions import visitor
from webapp.wiring import wiring

log = structlog.get_logger("webapp.budgets")
budget = Blueprint("budgets", __name__)

UNPROCESSABLE = 422


@budget.get("/budgets")
@needs(Area.SETTINGS, Level.READ)
def show() -> Response:
    """What is used, and the ceilings as they stand."""
    with wiring().services.database.read() as connection:
        return _page(connection)


@budget.get("/budgets/storage")
@needs(Area.SETTINGS, Level.READ)
def storage() -> Response:
    """What our rows take: it counts them all, so the page asks for it by itself."""
    with wiring().services.database.read() as connection:
        return part("budgets/storage.html", room=room.of(connection, visitor().org_id))


@budget.post("/budgets")
@needs(Area.SETTINGS, Level.FULL)
def save() -> Response:
    """Save the ceilings, or show what has to be mended."""
    entered, org_id = form.read(request.form), visitor().org_id
    with wiring().services.database.write() as connection:
        if entered.budget is None:
            return _unsaved(_page(connection, ceilings=entered))
        before = budgets.budget(connection, org_id)
        if before != entered.budget:
            budgets.choose(connection, org_id, entered.budget)
            budgets.look_again(connection, org_id)
            audit.record(connection, _actor(), "Changed Budgets", asdict(before), asdict(entered.budget))
            log.info("budgets changed", org=org_id, user=visitor().user_id)
        return _page(connection, saved="The ceilings are saved. Runs that wait look again now.")


@budget.get("/budgets/keep")
@needs(Area.SETTINGS, Level.READ)
def preview() -> Response:
    """What would be deleted from Salesforce if rows stayed only so long."""
    entered, org_id = form.read_days(request.args), visitor().org_id
    with wiring().services.database.read() as connection:
        stands = budget_retention.days(connection, org_id)
        old = {} if entered.problems else budget_retention.old(connection, org_id, entered.days)
    rows = sum(old.values())
    values = {"kept": entered, "old": old, "rows": rows, "frees": megabytes(rows), "same": entered.days == stands}
    return part("budgets/keep.html", **values)


@budget.post("/budgets/keep")
@needs(Area.SETTINGS, Level.FULL)
def keep() -> Response:
    """Save how long rows stay; what is older is deleted from now on, every day. It takes the right to delete."""
    entered, org_id = form.read_days(request.form), visitor().org_id
    with wiring().services.database.write() as connection:
        if entered.problems:
            return _unsaved(_page(connection, kept=entered))
        before = budget_retention.days(connection, org_id)
        if before != entered.days:
            require(Area.DELETION, Level.FULL)
            budget_retention.choose(connection, org_id, entered.days)
            audit.record(connection, _actor(), "Changed how long rows stay", _told(before), _told(entered.days))
            log.info("retention changed", org=org_id, user=visitor().user_id)
        return _page(connection, saved="Saved. What is older is deleted in the background, and every day from now on.")


def _told(days: Any) -> dict[str, object]:
    return {str(kind): f"{days[kind]} days" if kind in days else "for ever" for kind in COLLECTED}


def _actor() -> audit.Actor:
    return audit.Actor(visitor().org_id, visitor().user_id)


def _unsaved(answer: Response) -> Response:
    answer.status_code = UNPROCESSABLE
    return answer


def _page(
    connection: Connection, *, ceilings: Ceilings | None = None, kept: Kept | None = None, saved: str = ""
) -> Response:
    org_id = visitor().org_id
    stands = budgets.budget(connection, org_id)
    values = {
        "ceilings": ceilings or form.shown(stands),
        "kept": kept or form.shown_days(budget_retention.days(connection, org_id)),
        "kinds": [str(kind) for kind in COLLECTED],
        "calls": gauge.calls(connection, org_id, stands),
        "space": gauge.storage(connection, org_id, stands),
        "curve": curve.of(budgets.ours_by_hour(connection, org_id), clock.milliseconds(clock.now())),
        "ours": budgets.our_calls(connection, org_id),
        "saved": saved,
    }
    return page("budgets/budgets.html", "Budgets", **values)
