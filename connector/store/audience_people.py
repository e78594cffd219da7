"""The people behind a number of a run's audience, a page at a time: who they are and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, text

from connector.model.audience import LOST_AT, Reason, Step, waterfall
from connector.store import audience_counts


class Move(StrEnum):
    """Numbers beside those of the waterfall; the value is what stands in addresses."""

    REJECTED = "rejected"
    JOINED = "joined"
    LEFT = "left"


Number = Step | Reason | Move


@dataclass(frozen=True)
class Wanted:
    """Whose people: a number of a run. `before_run` is the run that *joined* and *left* compare with."""

    run_id: int
    number: Number
    before_run: int = 0


def number_named(name: str) -> Number | None:
    """The number of this name; None for what is none."""
    for kind in (Step, Reason, Move):
        if name in set(kind):
            return kind(name)
    return None


def are_kept(connection: Connection, run_id: int) -> bool:
    """Whether the rows of a run are still there; its numbers stay longer."""
    statement = text("SELECT 1 FROM audience WHERE run_id = :run LIMIT 1")
    return connection.execute(statement, {"run": run_id}).first() is not None


def before_run(connection: Connection, run_id: int) -> int:
    """The run that *joined* and *left* compare with; 0 for a first one."""
    moved = audience_counts.change(connection, run_id)
    return moved.before_run if moved else 0


def count(connection: Connection, run_id: int, number: Number) -> int:
    """How many people are behind a number, as the run counted them."""
    counts = audience_counts.audience(connection, run_id)
    if isinstance(number, Step):
        return dict(waterfall(counts.rows, counts.lost))[number]
    if isinstance(number, Reason):
        return counts.lost.get(number, 0)
    if number is Move.REJECTED:
        uploaded = audience_counts.uploaded(connection, run_id)
        return uploaded.rejected if uploaded else 0
    moved = audience_counts.change(connection, run_id)
    return 0 if moved is None else moved.joined if number is Move.JOINED else moved.left


def people(connection: Connection, wanted: Wanted, after: int = 0, limit: int = 50) -> Sequence[RowMapping]:
    """Rows in the order of their source, behind place `after`."""
    condition, values = _condition(wanted)
    statement = text(
        "SELECT place, person_id, name, address, reason, detail, refusal FROM audience one "  # noqa: S608  # our own constants
        f"WHERE run_id = :run AND place > :after AND {condition} ORDER BY place LIMIT :limit"
    )
    if "lost" in values:
        statement = statement.bindparams(bindparam("lost", expanding=True))
    return connection.execute(statement, values | {"after": after, "limit": limit}).mappings().all()


_NOT_IN_OTHER = (
    "reason = '' AND NOT EXISTS (SELECT 1 FROM audience other WHERE other.run_id = :other "
    "AND other.identity = one.identity AND other.reason = '')"
)


def _condition(wanted: Wanted) -> tuple[str, dict[str, Any]]:
    number, run = wanted.number, {"run": wanted.run_id}
    if number is Move.REJECTED:
        return "refusal IS NOT NULL", run
    if number is Move.JOINED:
        return _NOT_IN_OTHER, run | {"other": wanted.before_run}
    if number is Move.LEFT:
        return _NOT_IN_OTHER, {"run": wanted.before_run, "other": wanted.run_id}
    if number is Step.MAILABLE:
        return "reason = ''", run
    if isinstance(number, Reason):
        return "reason = :reason", run | {"reason": str(number)}
    return _left_at(number, run)


def _left_at(step: Step, run: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    steps = list(Step)
    lost = [str(reason) for at in steps[: steps.index(step) + 1] for reason in LOST_AT.get(at, ())]
    return ("reason NOT IN :lost", run | {"lost": lost}) if lost else ("1 = 1", run)
