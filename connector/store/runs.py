"""Runs: their state, phase, progress, counts and closing sums. The truth about a run is its row."""

from collections.abc import Sequence

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    RowMapping,
    String,
    Table,
    Text,
    text,
)

from connector import clock
from connector.model.runs import Phase, RunState, Trigger
from connector.store.database import metadata, new_id

_UNFINISHED = text("state IN ('Queued', 'Running', 'Paused', 'Held')")

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("kind", String(20), nullable=False, server_default="activity"),
    Column("subject_id", Integer, nullable=False, server_default="0"),
    Column("lease", String(40), nullable=False, server_default="activity"),
    Column("trigger", String(20), nullable=False),
    Column("requested_by", Integer),
    Column("state", String(30), nullable=False),
    Column("phase", String(60), nullable=False, server_default=""),
    Column("done", BigInteger, nullable=False, server_default="0"),
    Column("total", BigInteger, nullable=False, server_default="0"),
    Column("due_at", BigInteger),
    Column("queued_at", BigInteger, nullable=False),
    Column("enqueued_at", BigInteger),
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("interruptions", Integer, nullable=False, server_default="0"),
    Column("retry_at", BigInteger),
    Column("cancel_requested", Boolean, nullable=False, server_default="0"),
    Column("reason", Text, nullable=False, server_default=""),
    Column("advice", Text, nullable=False, server_default=""),
    Column("closes", Boolean),
    Column("approved", Boolean, nullable=False, server_default="0"),
    Column("note", Text, nullable=False, server_default=""),
    Column("about_run", Integer),
    Column("salesforce_calls", Integer, nullable=False, server_default="0"),
    Column("realmagnet_calls", Integer, nullable=False, server_default="0"),
    Column("paused_for", String(20), nullable=False, server_default=""),
    Index("ix_runs_org_id_queued_at", "org_id", "queued_at"),
    Index("ix_runs_state", "state"),
    Index("ix_runs_ended_at", "ended_at"),
    Index("ix_runs_subject", "org_id", "kind", "subject_id", "id"),
    Index(
        "uq_runs_unfinished",
        "org_id",
        "kind",
        "subject_id",
        unique=True,
        sqlite_where=_UNFINISHED,
        postgresql_where=_UNFINISHED,
    ),
)
"""Instants are milliseconds since the epoch. `closes`: whether the three-way reconcile closed; NULL before it ran.
`attempts` counts the jobs made for it, `failures` the temporary errors, `interruptions` the workers lost under it.
Of a kind there is one unfinished run a subject (0 for activity), whoever asks and however often: the index sees to it.
`lease` names what a worker must hold to carry it out. `approved`: a person let a held run go on.
`note`: how its audience was read, for a person to look at. `about_run`: whose rejected rows it tries again.
`paused_for`: which budget it waits for (calls, storage); '' while it does not."""

run_counts = Table(
    "run_counts",
    metadata,
    Column("run_id", Integer, ForeignKey("runs.id"), primary_key=True),
    Column("activity_group", String(40), primary_key=True),
    Column("outcome", String(20), primary_key=True),
    Column("count", BigInteger, nullable=False),
)
"""How many of each kind came to which outcome in this run."""

reconciliations = Table(
    "reconciliations",
    metadata,
    Column("run_id", Integer, ForeignKey("runs.id"), primary_key=True),
    Column("message_id", BigInteger, primary_key=True),
    Column("activity_group", String(40), primary_key=True),
    Column("vendor", BigInteger),
    Column("facts", BigInteger, nullable=False),
    Column("placed", BigInteger, nullable=False),
    Column("live", BigInteger, nullable=False),
    Column("unmatched", BigInteger, nullable=False),
    Column("held", BigInteger, nullable=False),
    Column("filtered", BigInteger, nullable=False),
    Column("expected", BigInteger, nullable=False),
    Column("salesforce", BigInteger, nullable=False),
    Column("closes", Boolean, nullable=False),
)
"""Three ways per message and kind: the vendor's total, our facts and placements, what Salesforce counts. Message 0
carries the sums of all messages of that kind; beside it stand only the messages that do not close."""


def create(connection: Connection, org_id: int, trigger: Trigger, *, due_at: int | None = None) -> int:
    """A queued run; answers its id. Commit before the job is enqueued."""
    now = clock.milliseconds(clock.now())
    result = connection.execute(
        runs.insert().values(org_id=org_id, trigger=trigger, state=RunState.QUEUED, queued_at=now, due_at=due_at)
    )
    return new_id(result)


def get(connection: Connection, run_id: int) -> RowMapping | None:
    """The row of one run."""
    return connection.execute(text("SELECT * FROM runs WHERE id = :id"), {"id": run_id}).mappings().first()


def progress(connection: Connection, run_id: int, phase: Phase, done: int, total: int) -> None:
    """Say where the run is; a `total` of 0 means that nobody knows yet."""
    connection.execute(
        text("UPDATE runs SET phase = :phase, done = :done, total = :total WHERE id = :id"),
        {"id": run_id, "phase": phase, "done": done, "total": total},
    )


def note(connection: Connection, run_id: int, words: str) -> None:
    """Remember how the run's audience was read."""
    connection.execute(text("UPDATE runs SET note = :note WHERE id = :id"), {"id": run_id, "note": words})


def cancel_requested(connection: Connection, run_id: int) -> bool:
    """Whether a person asked this run to stop."""
    statement = text("SELECT cancel_requested FROM runs WHERE id = :id")
    return bool(connection.execute(statement, {"id": run_id}).scalar())


def set_counts(connection: Connection, run_id: int, counts: Sequence[tuple[str, str, int]]) -> None:
    """Replace the run's counts: (activity group, outcome, count)."""
    connection.execute(text("DELETE FROM run_counts WHERE run_id = :id"), {"id": run_id})
    if counts:
        connection.execute(
            run_counts.insert(),
            [{"run_id": run_id, "activity_group": g, "outcome": o, "count": n} for g, o, n in counts],
        )


def counts(connection: Connection, run_id: int) -> dict[str, dict[str, int]]:
    """Group → outcome → count."""
    answer: dict[str, dict[str, int]] = {}
    statement = text("SELECT activity_group, outcome, count FROM run_counts WHERE run_id = :id")
    for group, outcome, count in connection.execute(statement, {"id": run_id}):
        answer.setdefault(group, {})[outcome] = int(count)
    return answer
