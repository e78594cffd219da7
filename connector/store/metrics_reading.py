"""What is measured from outside, read from the rows that every process shares. It knows no format of figures."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, text

from connector import clock

_HOURS = 24
_HOUR = 3600 * 1000

Labelled = Sequence[tuple[tuple[str, ...], float]]
"""The values of labels, and the figure."""


def _read(connection: Connection, statement: str, values: Mapping[str, int] | None = None) -> Labelled:
    rows = connection.execute(text(statement), dict(values or {}))
    return [(tuple(str(label) for label in row[:-1]), float(row[-1])) for row in rows]


def runs(connection: Connection) -> Labelled:
    """(org, kind, state) → how many runs are kept."""
    return _read(connection, "SELECT org_id, kind, state, count(*) FROM runs GROUP BY org_id, kind, state")


def rows(connection: Connection) -> Labelled:
    """(org, kind, outcome) → rows of the runs that are kept."""
    return _read(
        connection,
        "SELECT r.org_id, r.kind, c.outcome, sum(c.count) FROM run_counts c JOIN runs r ON r.id = c.run_id "
        "GROUP BY r.org_id, r.kind, c.outcome",
    )


def vendor_calls(connection: Connection) -> Labelled:
    """(org, kind, vendor) → calls of the runs that are kept."""
    return _read(
        connection,
        "SELECT org_id, kind, 'salesforce', sum(salesforce_calls) FROM runs GROUP BY org_id, kind UNION ALL "
        "SELECT org_id, kind, 'realmagnet', sum(realmagnet_calls) FROM runs GROUP BY org_id, kind",
    )


def calls_of_the_day(connection: Connection) -> Labelled:
    """(org, purpose) → our calls to Salesforce in the last 24 hours."""
    since = _now() // _HOUR - _HOURS + 1
    statement = "SELECT org_id, purpose, sum(calls) FROM call_counts WHERE hour >= :since GROUP BY org_id, purpose"
    return _read(connection, statement, {"since": since})


def queued_seconds(connection: Connection) -> float:
    """How long the oldest run that could begin has waited."""
    statement = text(
        "SELECT min(COALESCE(retry_at, queued_at)) FROM runs "
        "WHERE state = 'Queued' AND COALESCE(retry_at, queued_at) <= :now"
    )
    found = connection.execute(statement, {"now": _now()}).scalar()
    return 0.0 if found is None else _ago(int(found))


def fresh_seconds(connection: Connection) -> Labelled:
    """(org) → how old the newest activity is, for those that ever had a whole night."""
    found = _read(
        connection,
        "SELECT org_id, max(started_at) FROM runs WHERE kind = 'activity' AND started_at IS NOT NULL "
        "AND state IN ('Completed', 'Completed with errors') GROUP BY org_id",
    )
    return [(labels, _ago(int(at))) for labels, at in found]


def open_notices(connection: Connection) -> Labelled:
    """(org, kind) → troubles that are not over."""
    statement = "SELECT org_id, kind, count(*) FROM notices WHERE recovered_at IS NULL GROUP BY org_id, kind"
    return _read(connection, statement)


def heartbeat_seconds(connection: Connection) -> Labelled:
    """(name) → how long ago a process that nobody looks at was seen."""
    return [(labels, _ago(int(at))) for labels, at in _read(connection, "SELECT name, at FROM heartbeats")]


def _ago(at: int) -> float:
    return max(0.0, (_now() - at) / 1000)


def _now() -> int:
    return clock.milliseconds(clock.now())
