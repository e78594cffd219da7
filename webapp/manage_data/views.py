"""Shows Manage Data, previews what is being entered, and saves it with a line in the audit log."""

from typing import Any

import structlog
from flask import Blueprint, Response, request
from sqlalchemy import Connection

from connector.model.activity import COLLECTED
from connector.model.rights import Area, Level
from connector.model.storage import MEANINGS, PRESETS
from connector.store import audit, codes_off, orgs, schedule
from connector.store import choices as chosen_kinds
from webapp.guard import needs
from webapp.home.views import upcoming
from webapp.manage_data import form, room
from webapp.manage_data.form import Choices
from webapp.manage_data.room import Leftover
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
        return _page(connection, stored(connection))


@manage_data.get("/manage-data/preview")
@needs(Area.SETTINGS, Level.READ)
def preview() -> Response:
    """The next runs of what is entered just now, before it is saved."""
    with wiring().services.database.read() as connection:
        entered = _entered(request.args, stored(connection))
    return part("manage_data/preview.html", choices=entered, upcoming=_upcoming(entered))


@manage_data.get("/manage-data/forecast")
@needs(Area.SETTINGS, Level.READ)
def forecast() -> Response:
    """What is entered just now costs a month, and what it would leave behind or lack in Salesforce."""
    with wiring().services.database.read() as connection:
        before = stored(connection)
        entered = _entered(request.args, before)
        left = room.leftover(connection, visitor().org_id, entered, before) if entered.on != before.on else Leftover()
        found = room.of(connection, visitor().org_id, entered)
    return part("manage_data/forecast.html", choices=entered, room=found, left=left, saved=False)


@manage_data.post("/manage-data")
@needs(Area.SETTINGS, Level.FULL)
def save() -> Response:
    """Save, or show what has to be mended; a ready-made choice only fills the form in."""
    who, preset = visitor(), request.form.get("preset", "")
    with wiring().services.database.write() as connection:
        before = stored(connection)
        entered = _entered(request.form, before)
        if preset in PRESETS:
            return _page(connection, entered.filled(preset), preset=preset)
        if entered.problems:
            answer = _page(connection, entered)
            answer.status_code = UNPROCESSABLE
            return answer
        schedule.plan(connection, who.org_id, enabled=entered.enabled, local_time=entered.local_time, zone=entered.zone)
        chosen_kinds.choose(connection, who.org_id, entered.kinds, entered.modes)
        codes_off.choose(connection, who.org_id, entered.off)
        if before != entered:
            actor = audit.Actor(who.org_id, who.user_id)
            audit.record(connection, actor, "Changed Manage Data", _described(before), _described(entered))
            log.info("manage data changed", org=who.org_id, user=who.user_id)
        left = room.leftover(connection, who.org_id, entered, before) if before.on != entered.on else Leftover()
        return _page(connection, entered, saved=True, left=left)


def _entered(values: Any, before: Choices) -> Choices:
    codes = values.getlist("codes") if values.get("codes_shown") else None
    return form.read(values, form.Ticked(values.getlist("kinds"), codes), before)


def stored(connection: Connection) -> Choices:
    """The choices of the visitor's org."""
    org_id = visitor().org_id
    night = schedule.night(connection, org_id)
    chosen = orgs.choices(connection, org_id)
    kinds = frozenset(str(group) for group, (selected, _mode) in chosen.items() if selected)
    modes = {str(group): mode for group, (_selected, mode) in chosen.items()}
    off = codes_off.of_org(connection, org_id)
    if night is None:
        return Choices(enabled=False, local_time="02:00", zone=visitor().zone, kinds=kinds, modes=modes, off=off)
    return Choices(night.enabled, night.local_time, night.zone, kinds, modes, off)


def _described(choices: Choices) -> dict[str, object]:
    described: dict[str, object] = {
        "nightly run": "on" if choices.enabled else "off",
        "local time": choices.local_time,
        "time zone": choices.zone,
    }
    described.update({str(group): choices.on.get(group, "off") for group in COLLECTED})
    described.update({f"{group}, left out": ", ".join(sorted(off)) for group, off in choices.off.items()})
    return described


def _upcoming(choices: Choices) -> list[Any]:
    if not choices.enabled or "local_time" in choices.problems or "zone" in choices.problems:
        return []
    return list(upcoming(choices.local_time, choices.zone))


def _page(connection: Connection, choices: Choices, **told: Any) -> Response:
    values = {"saved": False, "preset": "", "left": Leftover()} | told
    return page(
        "manage_data/manage_data.html",
        "Manage Data",
        choices=choices,
        kinds=form.offered(),
        meanings=MEANINGS,
        code=form.code,
        zones=form.zones(),
        upcoming=_upcoming(choices),
        room=room.of(connection, visitor().org_id, choices),
        **values,
    )
