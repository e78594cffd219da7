"""Lists the runs of the visitor's org and shows one: steps, counts, rows with their reasons, closing sums."""

from typing import NoReturn

from flask import Blueprint, Response, abort, request
from sqlalchemy import Connection, RowMapping

from connector.model.activity import Outcome
from connector.model.rights import Area, Level, allows
from connector.model.runs import RunKind
from connector.store import runs as stored
from connector.store import screens
from webapp.guard import for_everybody, needs, require
from webapp.pages import page, part
from webapp.run_again import standing
from webapp.run_again.standing import WRITES
from webapp.runs import plain, remains, steps, titles, uploads
from webapp.sends import views as sends
from webapp.sessions import visitor
from webapp.wiring import wiring

runs = Blueprint("runs", __name__)

RUNS_A_PAGE = 25
AREAS = {
    RunKind.ACTIVITY: Area.TRACKING,
    RunKind.UPLOAD: Area.UPLOADS,
    RunKind.SEND: Area.MESSAGING,
    RunKind.UPDATE: Area.TRACKING,
    RunKind.BACKFILL: Area.TRACKING,
    RunKind.WRITE: Area.TRACKING,
    RunKind.GAP: Area.TRACKING,
    RunKind.AGAIN: Area.TRACKING,
    RunKind.DELETION: Area.DELETION,
    RunKind.SINGLE_SEND: Area.MESSAGING,
}
"""The runs that are listed, by the area whose right it takes to read them. Previews and looks changed nothing: they are
no runs to a person."""
ROWS_A_PAGE = 50
OPEN_SUMS_SHOWN = 50
KEY_LENGTH = 32
LARGEST = 2**31 - 1
RARE = frozenset({Outcome.HELD, Outcome.FILTERED})
"""Outcomes that get a column only when there are any."""

NO_ROWS = screens.Page((), more=False)


@runs.get("/runs")
@for_everybody("lists the runs of those areas that the visitor may read")
def index() -> Response:
    """Runs, newest first; of one kind if asked."""
    before, org_id = request.args.get("before", type=_number), visitor().org_id
    readable = [kind for kind, area in AREAS.items() if allows(visitor().rights, area, Level.READ)]
    kind = next((kind for kind in readable if kind == request.args.get("kind")), None)
    with wiring().services.database.read() as connection:
        found = screens.runs_before(connection, org_id, before, RUNS_A_PAGE, kinds=[kind] if kind else readable)
        outcomes = screens.outcomes(connection, [int(row["id"]) for row in found.rows])
        names = titles.of(connection, found.rows)
    values = {"found": found, "outcomes": outcomes, "names": names, "before": before, "kind": kind}
    return page("runs/list.html", "Runs", **values)


@runs.get("/runs/<int(max=2147483647):run_id>")
@for_everybody("asks for the right of the area that the run belongs to")
def one(run_id: int) -> Response:
    """One run, whole."""
    return shown(run_id)


@runs.get("/runs/<int(max=2147483647):run_id>/progress")
@needs(Area.TRACKING, Level.READ)
def progress(run_id: int) -> Response:
    """How far a run is; it asks for itself again until the run is over."""
    row = _own(run_id)
    with wiring().services.database.read() as connection:
        return part("runs/progress.html", run=row, standing=standing.of(connection, row))


def shown(run_id: int) -> Response:
    """A run's page, if the visitor may read what it is about."""
    org_id = visitor().org_id
    with wiring().services.database.read() as connection:
        row = screens.run(connection, org_id, run_id) or _gone(run_id)
        require(AREAS.get(RunKind(row["kind"])) or abort(404), Level.READ)
        if row["kind"] == RunKind.UPLOAD:
            return uploads.show(run_id)
        if row["kind"] == RunKind.SEND:
            return sends.shown(int(row["subject_id"]))
        name = titles.of(connection, [row])[run_id]
        if row["kind"] not in WRITES:
            return plain.show(connection, row, name)
        counts = stored.counts(connection, run_id)
        sums = screens.sums(connection, run_id)
        values = {
            "standing": standing.of(connection, row),
            "counts": counts,
            "shown": [o for o in Outcome if o not in RARE or _any(counts, o)],
            "sums": sums,
            "remains": remains.of(row, counts, sums),
            "open_sums": screens.open_sums(connection, org_id, run_id, OPEN_SUMS_SHOWN),
            "rejected": screens.rejected(connection, org_id, run_id, 0, ROWS_A_PAGE)
            if _any(counts, Outcome.REJECTED)
            else NO_ROWS,
            "unmatched": screens.unmatched(connection, org_id, run_id, "", ROWS_A_PAGE)
            if _any(counts, Outcome.UNMATCHED)
            else NO_ROWS,
        }
    return page("runs/one.html", f"Run {run_id}: {name}", run=row, name=name, steps=steps.of(row), **values)


@runs.get("/runs/<int(max=2147483647):run_id>/rejected")
@needs(Area.TRACKING, Level.READ)
def rejected(run_id: int) -> Response:
    """More rows that Salesforce refused, behind the last one shown."""
    row, after = _own(run_id), request.args.get("after", 0, type=_number)
    with wiring().services.database.read() as connection:
        found = screens.rejected(connection, visitor().org_id, run_id, after, ROWS_A_PAGE)
        left = _remains(connection, row)
    return part("runs/rejected.html", run=row, rejected=found, after=after, remains=left)


@runs.get("/runs/<int(max=2147483647):run_id>/unmatched")
@needs(Area.TRACKING, Level.READ)
def unmatched(run_id: int) -> Response:
    """More activity without a person, behind the last one shown."""
    row, after = _own(run_id), _key(request.args.get("after", ""))
    with wiring().services.database.read() as connection:
        found = screens.unmatched(connection, visitor().org_id, run_id, after, ROWS_A_PAGE)
        left = _remains(connection, row)
    return part("runs/unmatched.html", run=row, unmatched=found, after=after, remains=left)


def _gone(run_id: int) -> NoReturn:
    """Rows may name a run that is no longer kept."""
    answer = page("runs/gone.html", f"Run {run_id}", number=run_id)
    answer.status_code = 404
    abort(answer)


def _remains(connection: Connection, run: RowMapping) -> remains.Remains:
    return remains.of(run, stored.counts(connection, run["id"]), screens.sums(connection, run["id"]))


def _any(counts: dict[str, dict[str, int]], outcome: str) -> bool:
    """Whether it is worth looking for such rows: a run's counts stand before anybody asks for the rows behind them."""
    return any(by_outcome.get(outcome) for by_outcome in counts.values())


def _number(text: str) -> int:
    """The number of a row in an address; what no row can have counts as not said: the store would break on it."""
    number = int(text)
    if abs(number) > LARGEST:
        raise ValueError("No row has such a number.")
    return number


def _key(text: str) -> str:
    """The key of a fact in an address, or none."""
    return text[:KEY_LENGTH] if text.isalnum() else ""


def _own(run_id: int) -> RowMapping:
    with wiring().services.database.read() as connection:
        found = screens.run(connection, visitor().org_id, run_id)
    return found if found is not None and found["kind"] in WRITES else abort(404)
