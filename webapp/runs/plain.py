"""Shows a run that places no activity itself: an update, a back-fill, a deletion, a message to one person."""

from flask import Response
from sqlalchemy import Connection, RowMapping

from connector.model.runs import NEWLY_FOUND, OF_THE_PERSON, WOULD_BE_WRITTEN, RunKind, RunState
from connector.store import runs, updates
from webapp.pages import page
from webapp.runs import steps, titles

READS = frozenset({RunKind.UPDATE, RunKind.BACKFILL})


def show(connection: Connection, run: RowMapping, name: str) -> Response:
    """Its page: what it found, who writes that, and where what it is about is shown."""
    run_id, over = int(run["id"]), RunState(run["state"]).over
    counts = runs.counts(connection, run_id)
    found = {kind: of[NEWLY_FOUND] for kind, of in counts.items() if of.get(NEWLY_FOUND)}
    reads = run["kind"] in READS
    return page(
        "runs/plain.html",
        f"Run {run_id}: {name}",
        run=run,
        name=name,
        steps=steps.of(run),
        over=over,
        reads=reads,
        own=found.pop(OF_THE_PERSON, 0),
        found=found,
        cost={kind: of[WOULD_BE_WRITTEN] for kind, of in counts.items() if of.get(WOULD_BE_WRITTEN)},
        writing=updates.writing(connection, run) if reads and over else None,
        about=titles.about(run),
    )
