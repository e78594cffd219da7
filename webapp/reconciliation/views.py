"""Shows where Real Magnet, this connector and Salesforce differ, and starts the runs that fill the gap."""

from typing import Any

from flask import Blueprint, Response, abort, request
from sqlalchemy import Connection

from connector.activity.reconcile import TOTALS
from connector.model.rights import Area, Level
from connector.model.runs import RunKind, RunState, Trigger, gap_of
from connector.model.scope import Scope
from connector.store import audit, claims, gaps, message_figures, reconciling, runs, scopes, screens, updates
from connector.store.claims import Asked
from webapp import limits
from webapp.guard import needs
from webapp.messages import question
from webapp.pages import page, part
from webapp.reconciliation import words
from webapp.runs import remains
from webapp.sessions import visitor
from webapp.upload_jobs import starting
from webapp.wiring import wiring

reconciliation = Blueprint("reconciliation", __name__, url_prefix="/reconciliation")
reconciliation.add_app_template_global(words.differences, "differences")
reconciliation.add_app_template_global(words.agreement, "agreement")

MESSAGES_A_PAGE = 25
DIFFERING_SHOWN = 100
MOST_DIGITS = 16
NONE_OPEN = screens.Page((), more=False)


@reconciliation.get("")
@needs(Area.TRACKING, Level.READ)
def index() -> Response:
    """The books as they were compared last, what differs, and any message as it stands now."""
    asked = question.read(request.args)
    with wiring().services.database.read() as connection:
        values = _books(connection) | _messages(connection, asked) | _filling(connection)
    return page("reconciliation/index.html", "Reconciliation", asked=asked, periods=question.PERIODS, **values)


@reconciliation.post("/fill")
@needs(Area.TRACKING, Level.FULL)
@limits.of_updates
def fill() -> Response:
    """Fill the gap of one message, or of all that differ; whoever asks twice gets the same run."""
    message = request.form.get("message", "")
    if message and not (message.isascii() and message.isdigit() and len(message) < MOST_DIGITS):
        abort(400)
    scope = Scope(message_id=int(message)) if message else Scope()
    with wiring().services.database.write() as connection:
        subject = gap_of(scopes.keep(connection, visitor().org_id, scope))
        claim = claims.claim(connection, visitor().org_id, Asked(Trigger.GAP, visitor().user_id), subject)
        if claim.fresh:
            audit.record(connection, starting.actor(), str(Trigger.GAP), {}, {"message": message, "run": claim.run_id})
    starting.enqueue(claim)
    return status()


@reconciliation.get("/status")
@needs(Area.TRACKING, Level.READ)
def status() -> Response:
    """How far the newest filling is; it asks for itself again until it is over."""
    with wiring().services.database.read() as connection:
        return part("reconciliation/filling.html", **_filling(connection))


def _books(connection: Connection) -> dict[str, Any]:
    org_id = visitor().org_id
    last = gaps.last_books(connection, org_id)
    if last is None:
        return {"run": None, "differing": ()}
    sums = screens.sums(connection, int(last["id"]))
    return {
        "run": last,
        "sums": sums,
        "open_sums": NONE_OPEN,
        "remains": remains.of(last, runs.counts(connection, int(last["id"])), sums),
        "differing": reconciling.differing(connection, org_id, DIFFERING_SHOWN),
        "most_differing": DIFFERING_SHOWN,
    }


def _messages(connection: Connection, asked: question.Question) -> dict[str, Any]:
    wanted = asked.wanted(visitor().org_id, visitor().zone)
    total = int(message_figures.totals(connection, wanted)["messages"])
    pages = max(1, -(-total // MESSAGES_A_PAGE))
    entered = request.args.get("page", "1")
    number = min(int(entered) if entered.isascii() and entered.isdecimal() and len(entered) < MOST_DIGITS else 1, pages)
    rows = message_figures.listed(connection, wanted, (max(number, 1) - 1) * MESSAGES_A_PAGE, MESSAGES_A_PAGE)
    totals = {str(report): str(kind) for report, kind in TOTALS.items()}
    found = reconciling.lines(connection, visitor().org_id, [int(row["id"]) for row in rows], totals)
    kinds = frozenset(totals.values())
    lines = {message: words.whole(of, kinds) for message, of in found.items()}
    return {"rows": rows, "lines": lines, "number": max(number, 1), "pages": pages, "total": total}


def _filling(connection: Connection) -> dict[str, Any]:
    filling = reconciling.newest_fill(connection, visitor().org_id)
    over = filling is None or RunState(filling["state"]).over
    blocked = None if over or filling is None else updates.in_the_way(connection, filling)
    return {"filling": filling, "over": over, "blocked": blocked, "kind": RunKind.GAP}
