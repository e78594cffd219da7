"""The three ways side by side, message by message, as they stand now: what Real Magnet counted, what was read, and
what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, bindparam, text

from connector.store import gaps


@dataclass
class Line:
    """One message and kind, or one message as a whole. `vendor` is None where Real Magnet names no total."""

    vendor: int | None = None
    read: int = 0
    live: int = 0
    unmatched: int = 0
    filtered: int = 0
    undecided: int = 0
    standing: int = 0
    waiting: int = 0
    rejected: int = 0

    def add(self, name: str, count: int) -> None:
        """More of one part of the line."""
        setattr(self, name, (getattr(self, name) or 0) + count)


_DECISIONS = {"live": "live", "unmatched": "unmatched", "filtered": "filtered", "held": "undecided", "": "undecided"}
_READINGS = text("SELECT message_id, report, total FROM readings WHERE org_id = :org AND message_id IN :ids")
_FACTS = text(
    "SELECT message_id, activity_group, COALESCE(decision, ''), count(*) FROM facts "
    "WHERE org_id = :org AND message_id IN :ids GROUP BY 1, 2, 3"
)
_PLACEMENTS = text(
    "SELECT message_id, activity_group, CASE WHEN state IN ('rejected', 'ignored') THEN 'rejected' "
    "WHEN salesforce_id IS NULL THEN 'waiting' ELSE 'standing' END, count(*) FROM placements "
    "WHERE org_id = :org AND message_id IN :ids AND state <> 'deleted' GROUP BY 1, 2, 3"
)


def lines(
    connection: Connection, org_id: int, ids: Sequence[int], totals: Mapping[str, str]
) -> dict[int, dict[str, Line]]:
    """Message → kind (or list) → its line. `totals`: report of Real Magnet → the kind whose total it names."""
    found: dict[int, dict[str, Line]] = {int(number): {} for number in ids}
    values = {"org": org_id, "ids": [int(number) for number in ids]}

    def ask(statement: object) -> Sequence[Sequence[object]]:
        bound = statement.bindparams(bindparam("ids", expanding=True))  # type: ignore[attr-defined]  # a text clause
        return connection.execute(bound, values).all()

    for message, report, total in ask(_READINGS):
        if (kind := totals.get(str(report))) is not None:
            found[int(str(message))].setdefault(kind, Line()).add("vendor", int(str(total)))
    for message, kind, decision, count in ask(_FACTS):
        line = found[int(str(message))].setdefault(str(kind), Line())
        line.read += int(str(count))
        if str(decision) in _DECISIONS:
            line.add(_DECISIONS[str(decision)], int(str(count)))
    for message, kind, state, count in ask(_PLACEMENTS):
        found[int(str(message))].setdefault(str(kind), Line()).add(str(state), int(str(count)))
    return found


def differing(connection: Connection, org_id: int, limit: int) -> Sequence[RowMapping]:
    """The lines of messages whose books did not close the last time, with the message's name."""
    last = gaps.last_books(connection, org_id)
    if last is None:
        return ()
    statement = text("""
        SELECT r.*, m.name FROM reconciliations r LEFT JOIN messages m ON m.org_id = :org AND m.id = r.message_id
        WHERE r.run_id = :run AND r.message_id <> 0 AND NOT r.closes ORDER BY r.message_id, r.activity_group
        LIMIT :limit
    """)
    return connection.execute(statement, {"org": org_id, "run": last["id"], "limit": limit}).mappings().all()


def newest_fill(connection: Connection, org_id: int) -> RowMapping | None:
    """The newest run that filled a gap, with the message it was about (None for all)."""
    statement = text("""
        SELECT r.*, s.message_id AS about_message, m.name AS message FROM runs r
        JOIN scopes s ON s.org_id = r.org_id AND s.id = r.subject_id
        LEFT JOIN messages m ON m.org_id = r.org_id AND m.id = s.message_id
        WHERE r.org_id = :org AND r.kind = 'gap' ORDER BY r.id DESC LIMIT 1
    """)
    return connection.execute(statement, {"org": org_id}).mappings().first()
