"""The single activities, or the people, behind a number of the Activity Report, in pages. It changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping

from connector.model.report_questions import Dimension, Key, Measure
from connector.store.report_sql import Asked, source

Cell = Sequence[tuple[Dimension, Key]]
Found = Sequence[RowMapping]

_NAMES = """
    LEFT JOIN recipients r ON r.org_id = :org AND r.id = a.recipient_id
    LEFT JOIN matches y ON y.org_id = :org AND y.recipient_id = a.recipient_id AND y.slot = ''
    LEFT JOIN people w ON w.org_id = :org AND w.id = y.person_id
"""


@dataclass(frozen=True)
class Behind:
    """Where a page begins: behind this activity, or behind this recipient."""

    at: int
    key: str = ""


def rows(connection: Connection, asked: Asked, cell: Cell, behind: Behind | None, limit: int) -> Found:
    """What a cell counts: activities, newest first, or people; one more than `limit`."""
    read = _people if asked.question.measure is Measure.PEOPLE else _activities
    return read(connection, asked, cell, behind, limit)


def _activities(connection: Connection, asked: Asked, cell: Cell, behind: Behind | None, limit: int) -> Found:
    found = source(asked, (), cell, single=True)
    further = "AND (s.occurred_at < :at OR (s.occurred_at = :at AND s.key > :key))" if behind else ""
    before = """
        SELECT a.*, r.email, w.id AS person_id, w.name, w.kind, m.name AS message, l.label, l.url FROM (
        SELECT DISTINCT s.key, s.recipient_id, s.message_id, s.activity_group, s.activity, s.occurred_at, s.link_id
    """
    after = f"""
        {further} ORDER BY s.occurred_at DESC, s.key LIMIT :limit) AS a {_NAMES}
        LEFT JOIN messages m ON m.org_id = :org AND m.id = a.message_id
        LEFT JOIN links l ON l.id = a.link_id AND l.org_id = :org
        ORDER BY a.occurred_at DESC, a.key
    """
    values = {**found.values, "limit": limit + 1}
    values |= {"at": behind.at, "key": behind.key} if behind else {}
    return connection.execute(found.statement(before, after), values).mappings().all()


def _people(connection: Connection, asked: Asked, cell: Cell, behind: Behind | None, limit: int) -> Found:
    found = source(asked, (), cell, single=True)
    further = "AND s.recipient_id > :at" if behind else ""
    before = """
        SELECT a.*, r.email, w.id AS person_id, w.name, w.kind FROM (
        SELECT s.recipient_id, count(*) AS count, max(s.occurred_at) AS occurred_at
    """
    after = f"""
        {further} GROUP BY s.recipient_id ORDER BY s.recipient_id LIMIT :limit) AS a {_NAMES} ORDER BY a.recipient_id
    """
    values = {**found.values, "limit": limit + 1}
    values |= {"at": behind.at} if behind else {}
    return connection.execute(found.statement(before, after), values).mappings().all()
