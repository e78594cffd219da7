"""Rows as they travel are people's data: forgotten once a run needs them no more, however it ended."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import Connection, text

from connector.model.runs import RunKind
from connector.store.database import CHUNK, Database

SAMPLES = 5
"""So many of a preview are kept, for they are shown."""
_RUNS_A_TIME = 20

Write = Callable[[], AbstractContextManager[Connection]]


def forget(write: Write, run_id: int, keep: int = 0) -> None:
    """Empty the lines of a run behind its first `keep` mailable rows, in short transactions."""
    with write() as connection:
        first, last = _places(connection, run_id, keep)
    for start in range(first, last + 1, CHUNK):
        with write() as connection:
            _empty(connection, run_id, start, start + CHUNK - 1)
    with write() as connection:
        connection.execute(
            text("UPDATE upload_terms SET has_lines = :no WHERE run_id = :run"), _values(run_id, no=False)
        )


def forget_left_over(database: Database) -> None:
    """Do so for runs and previews that are over and did not do it themselves, a few at a time."""
    statement = text(
        "SELECT r.id, r.kind FROM upload_terms t JOIN runs r ON r.id = t.run_id "
        "WHERE t.has_lines AND r.state NOT IN ('Queued', 'Running', 'Paused', 'Held') ORDER BY r.id LIMIT :most"
    )
    with database.read() as connection:
        found = connection.execute(statement, {"most": _RUNS_A_TIME}).all()
    for run_id, kind in found:
        forget(database.write, int(run_id), SAMPLES if kind == RunKind.PREVIEW else 0)


def _places(connection: Connection, run_id: int, keep: int) -> tuple[int, int]:
    """The first place and the last one whose lines are emptied."""
    kept = text(
        "SELECT max(place) FROM (SELECT place FROM audience WHERE run_id = :run AND reason = '' AND line <> '' "
        "ORDER BY place LIMIT :keep) some_rows"
    )
    first = connection.execute(kept, _values(run_id, keep=keep)).scalar()
    last = connection.execute(text("SELECT max(place) FROM audience WHERE run_id = :run"), _values(run_id)).scalar()
    return int(first or 0) + 1, int(last or 0)


def _empty(connection: Connection, run_id: int, first: int, last: int) -> None:
    statement = text(
        "UPDATE audience SET line = '' WHERE run_id = :run AND place BETWEEN :first AND :last AND line <> ''"
    )
    connection.execute(statement, _values(run_id, first=first, last=last))


def _values(run_id: int, **more: int) -> dict[str, int]:
    return {"run": run_id, **more}
