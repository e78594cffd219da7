"""Rows that Salesforce refused: grouped by its code, one by one, tried again, or left so with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, bindparam, text

from connector import clock

MOST_AT_ONCE = 500
"""Rows that can be chosen one by one in one go."""


@dataclass(frozen=True)
class Group:
    """Rows of one code: how many, an example of what Salesforce said, the run that was refused last."""

    code: str
    rows: int
    example: str
    run_id: int


def groups(connection: Connection, org_id: int, *, ignored: bool = False) -> list[Group]:
    """The org's refused rows by code, the most frequent first; or those that are ignored."""
    statement = text("""
        SELECT code, count(*) AS rows, max(reason), max(run_id) FROM placements
        WHERE org_id = :org AND state = :state GROUP BY code ORDER BY rows DESC, code
    """)
    found = connection.execute(statement, {"org": org_id, "state": _state(ignored=ignored)})
    return [Group(str(code), int(number), str(said), int(run)) for code, number, said, run in found]


def rows(
    connection: Connection, org_id: int, code: str, wanted: tuple[int, int], *, ignored: bool = False
) -> Sequence[RowMapping]:
    """The rows of a code behind a placement, at most so many (`wanted`), with names and why one is ignored."""
    after, limit = wanted
    statement = text("""
        SELECT p.id, p.object, p.person_id, p.message_id, p.activity_group, p.code, p.reason, p.run_id,
            coalesce(w.name, '') AS person, coalesce(m.name, '') AS message, f.activity, f.occurred_at,
            i.reason AS ignored_why, i.ignored_at, coalesce(u.name, '') AS ignored_by
        FROM placements p
        LEFT JOIN facts f ON f.org_id = p.org_id AND f.key = p.fact_key
        LEFT JOIN people w ON w.org_id = p.org_id AND w.id = p.person_id
        LEFT JOIN messages m ON m.org_id = p.org_id AND m.id = p.message_id
        LEFT JOIN ignored_rows i ON i.placement_id = p.id
        LEFT JOIN users u ON u.id = i.ignored_by
        WHERE p.org_id = :org AND p.state = :state AND p.code = :code AND p.id > :after ORDER BY p.id LIMIT :limit
    """)
    values = {"org": org_id, "state": _state(ignored=ignored), "code": code, "after": after, "limit": limit}
    return connection.execute(statement, values).mappings().all()


def failed_runs(connection: Connection, org_id: int, since: int) -> Sequence[RowMapping]:
    """Runs of activity that failed as a whole since an instant in milliseconds, alike ones together."""
    statement = text("""
        SELECT reason, max(advice) AS advice, count(*) AS runs, max(id) AS run_id, max(ended_at) AS ended_at FROM runs
        WHERE org_id = :org AND state = 'Failed' AND ended_at >= :since AND reason <> ''
            AND kind NOT IN ('upload', 'send', 'preview', 'single send')
        GROUP BY reason ORDER BY ended_at DESC LIMIT 20
    """)
    return connection.execute(statement, {"org": org_id, "since": since}).mappings().all()


@dataclass(frozen=True)
class Chosen:
    """All rows of a code, or some of them by their numbers; no code means every refused row."""

    code: str = ""
    numbers: tuple[int, ...] = ()


def try_again(connection: Connection, org_id: int, chosen: Chosen) -> int:
    """Put refused rows back among those to write; answers how many."""
    return _change(
        connection,
        org_id,
        chosen,
        "UPDATE placements SET state = 'to write', attempts = 0, outcome = NULL WHERE {which} AND state = 'rejected'",
    )


def ignore(connection: Connection, org_id: int, chosen: Chosen, reason: str, user_id: int | None) -> int:
    """Leave refused rows so, with the reason: no run tries them until somebody takes it back. Answers how many."""
    values = {"reason": reason, "user": user_id, "now": clock.milliseconds(clock.now())}
    _change(
        connection,
        org_id,
        chosen,
        "INSERT INTO ignored_rows (placement_id, org_id, ignored_at, ignored_by, reason) "
        "SELECT id, org_id, :now, :user, :reason FROM placements WHERE {which} AND state = 'rejected' "
        "ON CONFLICT (placement_id) DO UPDATE SET ignored_at = excluded.ignored_at, "
        "ignored_by = excluded.ignored_by, reason = excluded.reason",
        **values,
    )
    return _change(
        connection, org_id, chosen, "UPDATE placements SET state = 'ignored' WHERE {which} AND state = 'rejected'"
    )


def stop_ignoring(connection: Connection, org_id: int, chosen: Chosen) -> int:
    """Have ignored rows counted as refused again; the next run tries them. Answers how many."""
    _change(
        connection,
        org_id,
        chosen,
        "DELETE FROM ignored_rows WHERE placement_id IN (SELECT id FROM placements WHERE {which})",
    )
    return _change(
        connection, org_id, chosen, "UPDATE placements SET state = 'rejected' WHERE {which} AND state = 'ignored'"
    )


def _change(connection: Connection, org_id: int, chosen: Chosen, change: str, **values: object) -> int:
    which = "org_id = :org"
    if chosen.code:
        which += " AND code = :code"
    if chosen.numbers:
        which += " AND id IN :numbers"
    statement = text(change.format(which=which))
    if chosen.numbers:
        statement = statement.bindparams(bindparam("numbers", expanding=True))
        values["numbers"] = list(chosen.numbers)
    if chosen.code:
        values["code"] = chosen.code
    return int(connection.execute(statement, {"org": org_id, **values}).rowcount)


def _state(*, ignored: bool) -> str:
    return "ignored" if ignored else "rejected"
