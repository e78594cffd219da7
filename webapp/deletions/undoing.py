"""Undo of a run: what it would delete and put back, shown first, and the typed word that begins it."""

from flask import Blueprint, Response, abort, request
from sqlalchemy import Connection, RowMapping

from connector.model.rights import Area, Level
from connector.model.runs import Trigger, deletion_of
from connector.store import audit, claims, screens, undoing
from connector.store.claims import Asked
from webapp.deletions.views import deletion_page
from webapp.guard import needs
from webapp.pages import page
from webapp.run_again import standing
from webapp.runs import titles
from webapp.sessions import visitor
from webapp.upload_jobs.starting import actor, enqueue
from webapp.wiring import wiring

undo = Blueprint("undoing", __name__, url_prefix="/runs/<int(max=2147483647):run_id>/undo")

WORD = "UNDO"
UNPROCESSABLE = 422


@undo.get("")
@needs(Area.DELETION, Level.FULL)
def show(run_id: int) -> Response:
    """What would be deleted and put back."""
    with wiring().services.database.read() as connection:
        return _preview(connection, _own(connection, run_id))


@undo.post("")
@needs(Area.DELETION, Level.FULL)
def begin(run_id: int) -> Response:
    """Begin, if the word was typed; else show what is wrong, with everything as it was."""
    who, typed = visitor(), request.form.get("typed", "")[:100]
    with wiring().services.database.write() as connection:
        run = _own(connection, run_id)
        found = undoing.what(connection, who.org_id, run_id)
        if found.undone_by is not None:
            said = "This run was undone already."
            number, claim = found.undone_by, None
        elif not found.possible:
            return _preview(connection, run)
        elif typed.strip().casefold() != WORD.casefold():
            return _preview(connection, run, typed, f"Type {WORD} to confirm. Nothing has been changed.")
        else:
            said = ""
            number = undoing.order(connection, who.org_id, run_id, who.user_id)
            claim = claims.claim(connection, who.org_id, Asked(Trigger.UNDO, who.user_id), deletion_of(number))
            audit.record(connection, actor(), "Undid a run", {}, {"run": run_id, "deletion": number})
    if claim is not None:
        enqueue(claim)
    return deletion_page(number, said)


def _preview(connection: Connection, run: RowMapping, typed: str = "", problem: str = "") -> Response:
    found = undoing.what(connection, visitor().org_id, int(run["id"]))
    answer = page(
        "deletions/undo.html",
        f"Undo run {run['id']}",
        run=run,
        name=titles.of(connection, [run])[int(run["id"])],
        found=found,
        made=sum(rows for _, rows in found.made),
        until=standing.undone_until(run),
        typed=typed,
        problem=problem,
        word=WORD,
    )
    if problem:
        answer.status_code = UNPROCESSABLE
    return answer


def _own(connection: Connection, run_id: int) -> RowMapping:
    run = screens.run(connection, visitor().org_id, run_id)
    return run if run is not None and run["kind"] in standing.WRITES else abort(404)
