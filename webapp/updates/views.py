"""Starts an update, or finds the one that is under way, and tells how far it is and when Salesforce has it."""

from typing import Any

from flask import Blueprint, Response, abort, request
from sqlalchemy import Connection, RowMapping

from connector import clock
from connector.model.people import id18
from connector.model.rights import Area, Level
from connector.model.runs import ACTIVITY, NEWLY_FOUND, OF_THE_PERSON, RunKind, RunState, Subject, Trigger, update_of
from connector.model.scope import Scope
from connector.store import audit, claims, person_activity, runs, scopes, screens, updates
from connector.store.claims import Asked
from webapp import limits
from webapp.guard import needs
from webapp.pages import part
from webapp.person_panel import fresh, showing
from webapp.person_panel.views import is_person
from webapp.sessions import visitor
from webapp.upload_jobs import starting
from webapp.wiring import wiring

updating = Blueprint("updates", __name__, url_prefix="/updates")

MOST_DIGITS = 16
PATIENCE = 60_000
"""Milliseconds in which the workers make the run that writes; later it is the next night's."""
WHOLE = frozenset({RunState.COMPLETED, RunState.COMPLETED_WITH_ERRORS})


@updating.post("")
@needs(Area.TRACKING, Level.FULL)
@limits.of_updates
def start() -> Response:
    """Read one message, one person or everything now; whoever asks twice gets the same run."""
    with wiring().services.database.write() as connection:
        subject, named = _asked(connection)
        trigger = Trigger.HAND if subject == ACTIVITY else Trigger.UPDATE
        claim = claims.claim(connection, visitor().org_id, Asked(trigger, visitor().user_id), subject)
        if claim.fresh:
            audit.record(connection, starting.actor(), str(trigger), {}, {**named, "run": claim.run_id})
    starting.enqueue(claim)
    return _told(claim.run_id)


@updating.get("/<int(max=2147483647):run_id>")
@needs(Area.TRACKING, Level.READ)
def status(run_id: int) -> Response:
    """How far it is; it asks for itself again until Salesforce has what was found."""
    return _told(run_id)


def _asked(connection: Connection) -> tuple[Subject, dict[str, object]]:
    """What the form asks for."""
    message, person = request.form.get("message", ""), id18(request.form.get("person", "").strip())
    if request.form.get("everything"):
        return ACTIVITY, {}
    if message.isascii() and message.isdigit() and len(message) < MOST_DIGITS:
        scope = Scope(message_id=int(message))
        return update_of(scopes.keep(connection, visitor().org_id, scope)), {"message": scope.message_id}
    if not is_person(person):
        abort(400)
    found = person_activity.person(connection, visitor().org_id, person)
    scope = Scope(person_id=str(found["id"]) if found and found["id"] else person)
    return update_of(scopes.keep(connection, visitor().org_id, scope)), {"person": scope.person_id}


def _told(run_id: int) -> Response:
    with wiring().services.database.read() as connection:
        return part("updates/progress.html", **values(connection, run_id), redrawn=True)


def values(connection: Connection, run_id: int) -> dict[str, Any]:
    """What a part about an update shows."""
    run = screens.run(connection, visitor().org_id, run_id)
    if run is None or run["kind"] not in {RunKind.UPDATE, RunKind.ACTIVITY}:
        abort(404)
    scope = scopes.get(connection, run["org_id"], run["subject_id"]) if run["kind"] == RunKind.UPDATE else None
    over = RunState(run["state"]).over
    shown = {"run": run, "scope": scope, "over": over, "blocked": None if over else updates.in_the_way(connection, run)}
    return shown | (_ended(connection, run, scope or Scope()) if over else {"waits": True})


def _ended(connection: Connection, run: RowMapping, scope: Scope) -> dict[str, Any]:
    counts = {kind: of.get(NEWLY_FOUND, 0) for kind, of in runs.counts(connection, int(run["id"])).items()}
    own = counts.pop(OF_THE_PERSON, 0)
    whole = run["state"] in WHOLE
    writing = updates.writing(connection, run) if whole and run["kind"] == RunKind.UPDATE else None
    soon = run["ended_at"] + PATIENCE > clock.milliseconds(clock.now())
    pending = whole and writing is None and soon and updates.undecided(connection, run["org_id"])
    return {
        "whole": whole,
        "found": own if scope.person_id else sum(counts.values()),
        "writing": writing,
        "pending": pending,
        "waits": pending or (writing is not None and not RunState(writing["state"]).over),
        **_panel(connection, scope.person_id),
    }


def _panel(connection: Connection, person_id: str) -> dict[str, Any]:
    """The timeline anew, for the panel that asked."""
    if not person_id:
        return {"seen": None}
    found = person_activity.person(connection, visitor().org_id, person_id)
    seen = showing.read(connection, found["id"], None, None) if found and found["id"] else None
    return fresh.values(connection, person_id) | {"person": found, "seen": seen, "channel": None}
