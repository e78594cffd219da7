"""Shows Home, starts a run by hand and asks one to stop; the run's own row tells the rest."""

from datetime import datetime
from typing import Any

import structlog
from flask import Blueprint, Response, abort
from sqlalchemy import Connection, RowMapping

from connector import clock
from connector.errors import Temporary
from connector.model import schedule as nights
from connector.model.rights import Area, Level
from connector.model.runs import RunKind, Trigger
from connector.store import audit, claims, gaps, runs, schedule, screens, sends, updates
from connector.store.claims import Asked
from webapp.budgets import gauge
from webapp.checklist import views as checklist
from webapp.guard import for_everybody, needs
from webapp.home import words
from webapp.notifications import standing
from webapp.pages import page, part
from webapp.runs import remains
from webapp.sessions import visitor
from webapp.wiring import wiring

log = structlog.get_logger("webapp.home")
home = Blueprint("home", __name__)

NIGHTS_SHOWN = 3


@home.get("/home")
@for_everybody("everybody begins here; its buttons follow the rights")
def show() -> Response:
    """Home, whole."""
    with wiring().services.database.read() as connection:
        values = _status(connection) | _surroundings(connection)
    return page("home/home.html", "Home", **values)


@home.get("/home/status")
@for_everybody("part of Home")
def status() -> Response:
    """The parts that change while a run is under way; they ask for themselves again until the run is over."""
    with wiring().services.database.read() as connection:
        values = _status(connection)
    return part("home/progress.html", **values)


@home.post("/runs")
@needs(Area.TRACKING, Level.FULL)
def sync_now() -> Response:
    """Start a run, or go on watching the one under way."""
    who, house = visitor(), wiring()
    with house.services.database.write() as connection:
        claim = claims.claim(connection, who.org_id, Asked(Trigger.HAND))
        if claim.fresh:
            screens.requested(connection, claim.run_id, who.user_id)
            audit.record(connection, _actor(), "Sync now", {}, {"run": claim.run_id})
    if claim.fresh:
        try:
            house.enqueue_run(claim)
        except Temporary:
            log.warning("queue away", run=claim.run_id)  # the row is committed: the tick finds it
    return status()


@home.post("/first-night")
@needs(Area.SETTINGS, Level.FULL)
def first_night() -> Response:
    """The same, and from now on every night."""
    with wiring().services.database.write() as connection:
        checklist.begin_nights(connection)
    sync_now()
    with wiring().services.database.read() as connection:
        values = _status(connection) | _surroundings(connection)
    return part("home/progress.html", **values)


@home.get("/runs/<int(max=2147483647):run_id>/cancel")
@needs(Area.TRACKING, Level.FULL)
def ask_to_cancel(run_id: int) -> Response:
    """Our own confirmation: a frame may not use the browser's."""
    with wiring().services.database.read() as connection:
        return part("home/cancel.html", run=_run_of_here(connection, run_id))


@home.post("/runs/<int(max=2147483647):run_id>/cancel")
@needs(Area.TRACKING, Level.FULL)
def cancel(run_id: int) -> Response:
    """Ask the run to stop; it does at the next safe place."""
    with wiring().services.database.write() as connection:
        _run_of_here(connection, run_id)
        if claims.request_cancel(connection, run_id):
            audit.record(connection, _actor(), "Cancelled a run", {}, {"run": run_id})
    return status()


def _run_of_here(connection: Connection, run_id: int) -> RowMapping:
    """A run that Home shows; those of uploads and sends take other rights, and have screens of their own."""
    row = screens.run(connection, visitor().org_id, run_id) or abort(404)
    return row if row["kind"] in {RunKind.ACTIVITY, RunKind.LOOK} else abort(404)


def upcoming(local_time: str, zone: str) -> list[datetime]:
    """The next nights of a schedule, in UTC."""
    return nights.upcoming(local_time, zone, clock.now(), NIGHTS_SHOWN)


def _status(connection: Connection) -> dict[str, Any]:
    org_id = visitor().org_id
    last, unfinished = screens.last_ended_run(connection, org_id), screens.unfinished_run(connection, org_id)
    return {
        "unfinished": unfinished,
        "blocked": updates.in_the_way(connection, unfinished) if unfinished and not unfinished["started_at"] else None,
        "last": last,
        "fresh_until": screens.fresh_until(connection, org_id),
        "salesforce": screens.salesforce_connection(connection, org_id),
        "realmagnet": screens.realmagnet_connection(connection, org_id),
        "budget": gauge.of(connection, org_id),
        **checklist.values(connection),
    } | (_result(connection, last) if last else {})


def _result(connection: Connection, last: RowMapping) -> dict[str, Any]:
    """What came of the last run: its counts, and in words what kept the rest out."""
    counts = runs.counts(connection, int(last["id"]))
    left = remains.of(last, counts, screens.sums(connection, int(last["id"])))
    books = gaps.last_books(connection, visitor().org_id)
    filled = books["id"] if books and books["closes"] and books["id"] > last["id"] else None
    return {
        "filled": filled,
        "last_counts": counts,
        "remains": left,
        "left_out": words.left_out(left),
        "why": words.why(last, left),
    }


def _surroundings(connection: Connection) -> dict[str, Any]:
    org_id = visitor().org_id
    night = schedule.night(connection, org_id)
    return {
        "night": night,
        "send_notices": sends.notices(connection, org_id),
        **standing.of_home(connection),
        "upcoming": upcoming(night.local_time, night.zone) if night and night.enabled else [],
    }


def _actor() -> audit.Actor:
    return audit.Actor(visitor().org_id, visitor().user_id)
