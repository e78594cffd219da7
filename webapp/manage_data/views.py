"""Shows Manage Data, previews the next runs of what is being entered, and saves it with a line in the audit log."""

from typing import Any

import structlog
from flask import Blueprint, Response, request
from sqlalchemy import Connection

from connector.model.activity import COLLECTED
from connector.model.rights import Area, Level
from connector.store import audit, orgs, schedule
from connector.store import choices as chosen_kinds
from webapp.guard import needs
from webapp.home.views import upcoming
from webapp.manage_data import form
from webapp.manage_data.form import Choices
from webapp.pages import page, part
from webapp.sessions import visitor
from webapp.wiring import wiring

log = structlog.get_logger("webapp.manage_data")
manage_data = Blueprint("manage_data", __name__)

UNPROCESSABLE = 422


@manage_data.get("/manage-data")
@needs(Area.SETTINGS, Level.READ)
def show() -> Response:
    """The choices as they stand."""
    with wiring().services.database.read() as connection:
        return _page(_stored(connection))


@manage_data.get("/manage-data/preview")
@needs(Area.SETTINGS, Level.READ)
def preview() -> Response:
    """The next runs of what is entered just now, before it is saved."""
    entered = _entered(request.args)
    return part("manage_data/preview.html", choices=entered, upcoming=_upcoming(entered))


@manage_data.post("/manage-data")
@needs(Area.SETTINGS, Level.FULL)
def save() -> Response:
    """Save, or show what has to be mended."""
    entered = _entered(request.form)
    if entered.problems:
        answer = _page(entered)
        answer.status_code = UNPROCESSABLE
        return answer
    who = visitor()
    with wiring().services.database.write() as connection:
        before = _stored(connection)
        schedule.plan(connection, who.org_id, enabled=entered.enabled, local_time=entered.local_time, zone=entered.zone)
        chosen_kinds.choose(connection, who.org_id, entered.kinds)
        if before != entered:
            actor = audit.Actor(who.org_id, who.user_id)
            audit.record(connection, actor, "Changed Manage Data", _described(before), _described(entered))
            log.info("manage data changed", org=who.org_id, user=who.user_id)
    return _page(entered, saved=True)


def _entered(values: Any) -> Choices:
    return form.read(values, values.getlist("kinds"))


def _stored(connection: Connection) -> Choices:
    org_id = visitor().org_id
    night = schedule.night(connection, org_id)
    chosen = orgs.choices(connection, org_id)
    kinds = frozenset(str(group) for group, (selected, _mode) in chosen.items() if selected)
    if night is None:
        return Choices(enabled=False, local_time="02:00", zone=visitor().zone, kinds=kinds)
    return Choices(night.enabled, night.local_time, night.zone, kinds)


def _described(choices: Choices) -> dict[str, object]:
    described: dict[str, object] = {
        "nightly run": "on" if choices.enabled else "off",
        "local time": choices.local_time,
        "time zone": choices.zone,
    }
    described.update({str(group): "on" if str(group) in choices.kinds else "off" for group in COLLECTED})
    return described


def _upcoming(choices: Choices) -> list[Any]:
    if not choices.enabled or "local_time" in choices.problems or "zone" in choices.problems:
        return []
    return list(upcoming(choices.local_time, choices.zone))


def _page(choices: Choices, *, saved: bool = False) -> Response:
    return page(
        "manage_data/manage_data.html",
        "Manage Data",
        choices=choices,
        kinds=form.offered(),
        zones=form.zones(),
        upcoming=_upcoming(choices),
        saved=saved,
    )
