"""Shows Back-fill: a range of days, what it costs, and the run that was started or waits to be."""

from typing import Any

from flask import Blueprint, Response, abort, request
from sqlalchemy import Connection, RowMapping

from connector.model.rights import Area, Level
from connector.model.runs import NEWLY_FOUND, WOULD_BE_WRITTEN, RunKind, RunState, Trigger, backfill_of
from connector.store import audit, claims, runs, scopes, screens, updates
from connector.store.claims import Asked
from webapp import limits
from webapp.backfill import words
from webapp.backfill.words import Range
from webapp.guard import needs
from webapp.pages import page, part
from webapp.sessions import visitor
from webapp.upload_jobs import starting
from webapp.wiring import wiring

backfill = Blueprint("backfill", __name__, url_prefix="/backfill")
backfill.add_app_template_global(words.days, "days_of")

UNPROCESSABLE = 422
MOST_DIGITS = 10
SHOWN = 5


@backfill.get("")
@needs(Area.SETTINGS, Level.FULL)
def show() -> Response:
    """The form, and what became of the last ones."""
    return _page(Range())


@backfill.post("")
@needs(Area.SETTINGS, Level.FULL)
@limits.of_updates
def ask() -> Response:
    """Count what a range costs; nothing is read before somebody starts it."""
    entered = words.read(request.form.get("first", ""), request.form.get("last", ""))
    if entered.scope is None:
        answer = _page(entered)
        answer.status_code = UNPROCESSABLE
        return answer
    org_id, claim = visitor().org_id, None
    with wiring().services.database.write() as connection:
        if _unfinished(updates.newest_backfills(connection, org_id, 1)) is None:
            subject = backfill_of(scopes.keep(connection, org_id, entered.scope))
            claim = claims.claim(connection, org_id, Asked(Trigger.BACKFILL, visitor().user_id), subject)
            _record(connection, "Asked what a back-fill costs", claim.run_id, entered)
    if claim is not None:
        starting.enqueue(claim)
    return _page(Range())


@backfill.get("/status")
@needs(Area.SETTINGS, Level.FULL)
def status() -> Response:
    """What changes while one is under way."""
    with wiring().services.database.read() as connection:
        return part("backfill/status.html", **_values(connection), alone=True)


@backfill.post("/start")
@needs(Area.SETTINGS, Level.FULL)
def start() -> Response:
    """Let the one whose price is shown begin."""
    with wiring().services.database.write() as connection:
        run = _own(connection)
        claim = claims.approve(connection, int(run["id"]))
        if claim is not None:
            _record(connection, "Started a back-fill", claim.run_id)
    if claim is not None:
        starting.enqueue(claim)
    return _page(Range())


@backfill.post("/cancel")
@needs(Area.SETTINGS, Level.FULL)
def cancel() -> Response:
    """Give it up; what was read stays."""
    with wiring().services.database.write() as connection:
        run = _own(connection)
        if claims.request_cancel(connection, int(run["id"])):
            _record(connection, "Cancelled a back-fill", int(run["id"]))
    return _page(Range())


def _page(entered: Range) -> Response:
    with wiring().services.database.read() as connection:
        values = _values(connection)
    return page(
        "backfill/backfill.html",
        "Back-fill",
        entered=entered,
        problems=entered.problems,
        earliest=words.earliest().isoformat(),
        today=words.today().isoformat(),
        **values,
    )


def _values(connection: Connection) -> dict[str, Any]:
    found = updates.newest_backfills(connection, visitor().org_id, SHOWN)
    run = found[0] if found else None
    if run is None:
        return {"run": None, "earlier": (), "waits": False}
    counts = runs.counts(connection, int(run["id"]))
    over = RunState(run["state"]).over
    writing = updates.writing(connection, run) if over else None
    return {
        "run": run,
        "over": over,
        "held": run["state"] == RunState.HELD,
        "cost": _of(counts, WOULD_BE_WRITTEN),
        "found": sum(_of(counts, NEWLY_FOUND).values()),
        "writing": writing,
        "waits": not over and run["state"] != RunState.HELD,
        "earlier": found[1:],
    }


def _of(counts: dict[str, dict[str, int]], outcome: str) -> dict[str, int]:
    return {kind: of[outcome] for kind, of in counts.items() if of.get(outcome)}


def _unfinished(found: Any) -> RowMapping | None:
    return next((run for run in found if not RunState(run["state"]).over), None)


def _own(connection: Connection) -> RowMapping:
    given = request.form.get("run", "")
    if not (given.isascii() and given.isdigit() and len(given) < MOST_DIGITS):
        abort(404)
    run = screens.run(connection, visitor().org_id, int(given))
    return run if run is not None and run["kind"] == RunKind.BACKFILL else abort(404)


def _record(connection: Connection, action: str, run_id: int, entered: Range | None = None) -> None:
    days: dict[str, object] = {"first day": entered.first, "last day": entered.last} if entered else {}
    audit.record(connection, starting.actor(), action, {}, {**days, "run": run_id})
