"""Offers what can be run again, says what that does, and starts it; its progress shows on the run's own page."""

from typing import Any

from flask import Blueprint, Response, abort, request
from sqlalchemy import Connection, RowMapping, text

from connector.model.rights import Area, Level
from connector.model.runs import RunKind, Trigger, again_of
from connector.model.scope import Scope
from connector.store import again_sizes, audit, claims, scopes, screens, updates
from connector.store.claims import Asked
from webapp import limits
from webapp.backfill import words as days
from webapp.guard import needs, require
from webapp.pages import page
from webapp.run_again import asked, standing
from webapp.run_again.asked import Wanted
from webapp.runs import titles
from webapp.runs.views import shown
from webapp.sessions import visitor
from webapp.upload_jobs import starting
from webapp.wiring import wiring

run_again = Blueprint("run_again", __name__, url_prefix="/run-again")

UNPROCESSABLE = 422
NIGHTS_OFFERED = 30
MESSAGES_OFFERED = 200
_MESSAGES = text("""
    SELECT id, name FROM messages WHERE org_id = :org ORDER BY coalesce(last_sent, 0) DESC, id DESC LIMIT :limit
""")


@run_again.get("")
@needs(Area.TRACKING, Level.FULL)
def show() -> Response:
    """Choose what to run again."""
    entered = {name: request.args.get(name, "")[:100] for name in asked.FIELDS}
    with wiring().services.database.read() as connection:
        return _choose(connection, Wanted(None, entered))


@run_again.get("/check")
@needs(Area.TRACKING, Level.FULL)
def check() -> Response:
    """What a choice does, before anything happens."""
    with wiring().services.database.read() as connection:
        wanted = asked.read(connection, visitor().org_id, request.args)
        if wanted.scope is None:
            return _choose(connection, wanted)
        return _check(connection, wanted, wanted.scope)


@run_again.post("")
@needs(Area.TRACKING, Level.FULL)
@limits.of_updates
def start() -> Response:
    """Run it again; whoever asks twice gets the same run."""
    who = visitor()
    with wiring().services.database.write() as connection:
        wanted = asked.read(connection, who.org_id, request.form)
        if wanted.scope is None:
            return _choose(connection, wanted)
        undone = _undone(connection, wanted.scope)
        if undone is not None:
            require(Area.DELETION, Level.FULL)  # it brings back what somebody took out
        if standing.under_way(undone):
            return _check(connection, wanted, wanted.scope)
        subject = again_of(scopes.keep(connection, who.org_id, wanted.scope))
        claim = claims.claim(connection, who.org_id, Asked(Trigger.AGAIN, who.user_id), subject)
        if claim.fresh:
            told = {"what": wanted.entered["what"], "run": claim.run_id}
            audit.record(connection, starting.actor(), str(Trigger.AGAIN), {}, told | _about(wanted.scope))
    starting.enqueue(claim)
    return shown(claim.run_id)


@run_again.post("/<int(max=2147483647):run_id>/stop")
@needs(Area.TRACKING, Level.FULL)
def stop(run_id: int) -> Response:
    """Ask one that is under way to stop; what it wrote stays."""
    with wiring().services.database.write() as connection:
        run = screens.run(connection, visitor().org_id, run_id)
        if run is None or run["kind"] != RunKind.AGAIN:
            abort(404)
        if claims.request_cancel(connection, run_id):
            audit.record(connection, starting.actor(), "Cancelled a run", {}, {"run": run_id})
    return shown(run_id)


def _choose(connection: Connection, wanted: Wanted) -> Response:
    org_id = visitor().org_id
    nights = screens.runs_before(connection, org_id, None, NIGHTS_OFFERED, kinds=[RunKind.ACTIVITY])
    messages = connection.execute(_MESSAGES, {"org": org_id, "limit": MESSAGES_OFFERED}).mappings().all()
    answer = page(
        "run_again/choose.html",
        "Run again",
        wanted=wanted,
        nights=[run for run in nights.rows if run["ended_at"]],
        messages=messages,
        earliest=days.earliest().isoformat(),
        today=days.today().isoformat(),
        most_days=asked.MOST_DAYS,
    )
    if wanted.problems:
        answer.status_code = UNPROCESSABLE
    return answer


def _check(connection: Connection, wanted: Wanted, scope: Scope) -> Response:
    org_id, undone = visitor().org_id, _undone(connection, scope)
    values: dict[str, Any] = {
        "wanted": wanted,
        "scope": scope,
        "subject": _subject(connection, scope),
        "size": again_sizes.of(connection, org_id, scope),
        "undone": undone,
        "being_undone": standing.under_way(undone),
    }
    return page("run_again/check.html", "Run again", **values)


def _subject(connection: Connection, scope: Scope) -> str:
    """What runs again, by name."""
    return titles.scoped({**vars(scope), **updates.named(connection, visitor().org_id, scope)})


def _undone(connection: Connection, scope: Scope) -> RowMapping | None:
    return None if scope.run_id is None else standing.undone(connection, visitor().org_id, scope.run_id)


def _about(scope: Scope) -> dict[str, object]:
    told = {"message": scope.message_id, "person": scope.person_id, "night": scope.run_id}
    return {name: value for name, value in told.items() if value}
