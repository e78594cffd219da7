"""Which rows in Salesforce, and which facts, a deletion is about; it changes nothing."""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from connector.model.lists import SummaryList
from connector.model.scope import Scope
from connector.store.database import Database
from connector.store.deletions import buried

DELETED_BY_HAND = "deleted from Salesforce"
"""Why a fact stays out of Salesforce that somebody deleted there."""

_PERSON = """(p.person_id = :person OR p.person_id = (SELECT h.survivor_id FROM people h
    WHERE h.org_id = :org AND h.id = :person))"""
_MATCHED = """f.recipient_id IN (SELECT b.recipient_id FROM matches b WHERE b.org_id = :org
    AND (b.person_id = :person OR b.person_id = (SELECT h.survivor_id FROM people h
                                                 WHERE h.org_id = :org AND h.id = :person)))"""
_JOINS = """
    LEFT JOIN facts f ON f.org_id = p.org_id AND f.key = p.fact_key
    LEFT JOIN messages m ON m.org_id = p.org_id AND m.id = p.message_id
"""
_AGE = "coalesce(f.occurred_at, m.last_sent)"
"""A row of a summary has no instant of its own: it is as old as its message."""

_ROWS: tuple[tuple[str, str, str], ...] = (
    ("message_id", "message", "p.message_id = :message"),
    ("person_id", "person", _PERSON),
    ("activity_group", "kind", "p.activity_group = :kind"),
    ("object_name", "object", "p.object = :object"),
    ("run_id", "run", "p.run_id = :run AND p.outcome = 'Written'"),
    ("undone_run_id", "undone", "p.created_run = :undone"),
    ("from_at", "from_at", f"{_AGE} >= :from_at"),
    ("before_at", "before_at", f"{_AGE} < :before_at"),
)
_FACTS: tuple[tuple[str, str, str], ...] = (
    ("message_id", "message", "f.message_id = :message"),
    (
        "person_id",
        "person",
        _MATCHED,
    ),
    ("activity_group", "kind", "f.activity_group = :kind"),
    ("from_at", "from_at", "f.occurred_at >= :from_at"),
    ("before_at", "before_at", "f.occurred_at < :before_at"),
)

_STANDING = "p.state <> 'deleted' AND p.deletion_id IS NULL"


@dataclass(frozen=True)
class Kind:
    """How many rows of a kind stand in an object of Salesforce; `waiting` were to be written and are not there yet."""

    object_name: str
    activity_group: str
    rows: int
    waiting: int


def counted(connection: Connection, org_id: int, scope: Scope) -> list[Kind]:
    """What a deletion of this scope would take out, by object and kind."""
    source, values = _source(org_id, scope)
    statement = text(
        f"SELECT p.object, p.activity_group, count(p.salesforce_id), count(*) {source} "  # ours
        f"AND {_STANDING} GROUP BY p.object, p.activity_group ORDER BY p.object, p.activity_group"
    )
    rows = connection.execute(statement, values)
    return [Kind(str(o), str(g), int(there), int(whole) - int(there)) for o, g, there, whole in rows]


def sample(connection: Connection, org_id: int, scope: Scope, limit: int) -> Sequence[RowMapping]:
    """Some of these rows, with names."""
    source, values = _source(org_id, scope)
    statement = text(
        f"SELECT s.*, coalesce(w.name, '') AS person, coalesce(n.name, '') AS message, e.activity, e.occurred_at "  # noqa: S608  # ours
        f"FROM (SELECT p.org_id, p.object, p.activity_group, p.person_id, p.message_id, p.fact_key {source} "
        f"AND {_STANDING} AND p.salesforce_id IS NOT NULL LIMIT :limit) AS s "
        "LEFT JOIN people w ON w.org_id = s.org_id AND w.id = s.person_id "
        "LEFT JOIN messages n ON n.org_id = s.org_id AND n.id = s.message_id "
        "LEFT JOIN facts e ON e.org_id = s.org_id AND e.key = s.fact_key"
    )
    return connection.execute(statement, values | {"limit": limit}).mappings().all()


def to_take(database: Database, org_id: int, scope: Scope, deletion_id: int, *, tombstone: bool) -> Generator[int]:
    """The placements that this deletion has to take: what stands or waits, and, to bury it, what another one left."""
    left = "(p.state = 'to delete' AND p.deletion_id <> :deletion)" if tombstone else "1 = 0"
    condition = f"((p.deletion_id IS NULL AND p.state NOT IN ('deleted', 'in flight')) OR {left})"
    return _ids(database, org_id, scope, condition, deletion_id)


def buried_too(database: Database, org_id: int, scope: Scope, deletion_id: int) -> Generator[int]:
    """The placements that one deletion took out and that this scope covers as well."""
    return _ids(database, org_id, scope, "p.deletion_id = :deletion AND p.state = 'deleted'", deletion_id)


def to_bury(database: Database, org_id: int, scope: Scope) -> Generator[str]:
    """The keys of the facts that the rule of this scope keeps out from now on; none where it is no rule."""
    return _keys(database, org_id, scope, "(f.decision IS NULL OR f.decision = 'placed')")


def to_bring_back(database: Database, org_id: int, scope: Scope) -> Generator[str]:
    """The keys of the facts that were kept out because of this scope and that no other deletion buries."""
    return _keys(
        database, org_id, scope, f"f.decision = 'filtered' AND f.reason = '{DELETED_BY_HAND}' AND NOT {buried('f')}"
    )


def is_rule(scope: Scope) -> bool:
    """Whether a deletion of this scope keeps out what is learned later, too (`deletions.buried` says the same)."""
    if scope.object_name or scope.run_id is not None or scope.activity_group in set(SummaryList):
        return False
    if scope.person_id:
        return not scope.activity_group
    dated = scope.from_at is not None or scope.before_at is not None
    return dated or (scope.message_id is not None and not scope.activity_group)


def _source(org_id: int, scope: Scope) -> tuple[str, dict[str, Any]]:
    conditions, values = _conditions(scope, _ROWS)
    joins = _JOINS if scope.from_at is not None or scope.before_at is not None else ""
    where = " AND ".join(["p.org_id = :org", *conditions])
    return f"FROM placements p {joins} WHERE {where}", values | {"org": org_id}


def _conditions(scope: Scope, known: Sequence[tuple[str, str, str]]) -> tuple[list[str], dict[str, Any]]:
    asked = [(name, condition, getattr(scope, field)) for field, name, condition in known]
    kept = [(name, condition, value) for name, condition, value in asked if value not in {None, ""}]
    return [condition for _, condition, _ in kept], {name: value for name, _, value in kept}


def _ids(database: Database, org_id: int, scope: Scope, condition: str, deletion_id: int) -> Generator[int]:
    source, values = _source(org_id, scope)
    statement = f"SELECT p.id {source} AND {condition}"  # ours
    with (
        database.read() as connection,
        closing(database.stream(connection, statement, values | {"deletion": deletion_id})) as rows,
    ):
        for (number,) in rows:
            yield int(number)


def _keys(database: Database, org_id: int, scope: Scope, condition: str) -> Generator[str]:
    if not is_rule(scope):
        return
    conditions, values = _conditions(scope, _FACTS)
    where = " AND ".join(["f.org_id = :org", *conditions, condition])
    statement = f"SELECT f.key FROM facts f WHERE {where}"  # noqa: S608  # ours
    with (
        database.read() as connection,
        closing(database.stream(connection, statement, values | {"org": org_id})) as rows,
    ):
        for (key,) in rows:
            yield str(key)
