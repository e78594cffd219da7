"""Deletions: what people took out of Salesforce, and the tombstones that keep it out until they restore it.

There are two kinds of tombstone. Each row that was deleted names its deletion (`placements.deletion_id`). And a
deletion by message, by person, or by kind and age holds for whatever of it is learned later: `buried` says so of a
fact.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Connection, ForeignKey, Index, Integer, RowMapping, Table, text

from connector import clock
from connector.model.scope import Scope
from connector.store import scopes
from connector.store.database import metadata, new_id

deletions = Table(
    "deletions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("scope_id", Integer, ForeignKey("scopes.id"), nullable=False),
    Column("tombstone", Boolean, nullable=False),
    Column("made_by", Integer, ForeignKey("users.id")),
    Column("made_at", BigInteger, nullable=False),
    Column("expected", BigInteger, nullable=False, server_default="0"),
    Column("restored_by", Integer, ForeignKey("users.id")),
    Column("restored_at", BigInteger),
    Column("brought_back_at", BigInteger),
    Index("ix_deletions_org_id", "org_id", "id"),
)
"""`tombstone`: whether it stays out; a list that was cleared because its mode changed may be filled again.
`expected` is how many rows the person was shown. `restored_at` ends it, and `brought_back_at` is when its rows were
put back among those to be written."""

_RULE = "d.org_id = {fact}.org_id AND d.tombstone AND d.restored_at IS NULL"

BURIED = f"""(
    EXISTS (SELECT 1 FROM scopes s JOIN deletions d ON d.scope_id = s.id
            WHERE s.org_id = {{fact}}.org_id AND s.message_id = {{fact}}.message_id AND s.person_id = ''
                AND s.activity_group = '' AND s.object = '' AND s.run_id IS NULL AND s.from_at IS NULL
                AND s.before_at IS NULL AND {_RULE})
    OR EXISTS (SELECT 1 FROM deletions d JOIN scopes s ON s.id = d.scope_id
            JOIN people p ON p.org_id = s.org_id AND p.id = s.person_id
            JOIN matches b ON b.org_id = s.org_id AND b.person_id = p.survivor_id
                AND (p.survivor_id = p.id OR substr(p.survivor_id, 1, 3) <> substr(p.id, 1, 3))
            WHERE s.person_id <> '' AND s.activity_group = '' AND s.object = '' AND s.run_id IS NULL
                AND (s.message_id IS NULL OR s.message_id = {{fact}}.message_id)
                AND (s.from_at IS NULL OR {{fact}}.occurred_at >= s.from_at)
                AND (s.before_at IS NULL OR {{fact}}.occurred_at < s.before_at)
                AND b.recipient_id = {{fact}}.recipient_id AND {_RULE})
    OR EXISTS (SELECT 1 FROM deletions d JOIN scopes s ON s.id = d.scope_id
            WHERE s.person_id = '' AND s.object = '' AND s.run_id IS NULL
                AND (s.from_at IS NOT NULL OR s.before_at IS NOT NULL)
                AND (s.message_id IS NULL OR s.message_id = {{fact}}.message_id)
                AND (s.activity_group = '' OR s.activity_group = {{fact}}.activity_group)
                AND (s.from_at IS NULL OR {{fact}}.occurred_at >= s.from_at)
                AND (s.before_at IS NULL OR {{fact}}.occurred_at < s.before_at) AND {_RULE})
)"""  # noqa: S608  # our own words
"""Whether a fact, under the name given for `fact`, belongs to what was deleted and not restored.
A converted Lead stays itself as a Contact. Into whom a person is merged is somebody else, whose own activity is not
meant."""


def buried(fact: str) -> str:
    """The condition for facts that the statement calls so."""
    return BURIED.format(fact=fact)


@dataclass(frozen=True)
class Deletion:
    """One deletion with what it is about."""

    id: int
    org_id: int
    scope: Scope
    tombstone: bool
    expected: int
    restored_at: int | None


def order(  # noqa: PLR0913  # each of them is asked for by name, and none has a sensible default
    connection: Connection, org_id: int, scope: Scope, user_id: int | None, *, tombstone: bool, expected: int
) -> int:
    """Make a deletion; answers its id. The run of `deletion_of(id)` carries it out: claim it in this transaction.

    With `tombstone` the rows stay out until somebody restores them; without, a later fill writes them anew.
    """
    return new_id(
        connection.execute(
            deletions.insert().values(
                org_id=org_id,
                scope_id=scopes.keep(connection, org_id, scope),
                tombstone=tombstone,
                made_by=user_id,
                made_at=clock.milliseconds(clock.now()),
                expected=expected,
            )
        )
    )


def get(connection: Connection, org_id: int, deletion_id: int) -> Deletion | None:
    """A deletion of this org."""
    statement = text(
        "SELECT scope_id, tombstone, expected, restored_at FROM deletions WHERE org_id = :org AND id = :id"
    )
    row = connection.execute(statement, {"org": org_id, "id": deletion_id}).first()
    scope = None if row is None else scopes.get(connection, org_id, row.scope_id)
    if row is None or scope is None:
        return None
    return Deletion(deletion_id, org_id, scope, bool(row.tombstone), int(row.expected), row.restored_at)


def restore(connection: Connection, org_id: int, deletion_id: int, user_id: int | None) -> bool:
    """Lift a tombstone; False when there is none to lift. The next run of `WRITE` brings its rows back."""
    statement = text(
        "UPDATE deletions SET restored_by = :user, restored_at = :now "
        "WHERE org_id = :org AND id = :id AND tombstone AND restored_at IS NULL"
    )
    values = {"user": user_id, "now": clock.milliseconds(clock.now()), "org": org_id, "id": deletion_id}
    return bool(connection.execute(statement, values).rowcount)


def waiting_to_return(connection: Connection, org_id: int) -> list[Deletion]:
    """Deletions that were restored and whose rows have not been put back yet."""
    return _found(connection, org_id, "restored_at IS NOT NULL AND brought_back_at IS NULL")


def standing(connection: Connection, org_id: int) -> list[Deletion]:
    """Deletions whose tombstones hold."""
    return _found(connection, org_id, "tombstone AND restored_at IS NULL")


def brought_back(connection: Connection, deletion_id: int) -> None:
    """Note that the rows of a restored deletion have been put back."""
    connection.execute(
        text("UPDATE deletions SET brought_back_at = :now WHERE id = :id"),
        {"now": clock.milliseconds(clock.now()), "id": deletion_id},
    )


def _found(connection: Connection, org_id: int, condition: str) -> list[Deletion]:
    statement = text(f"SELECT id FROM deletions WHERE org_id = :org AND {condition} ORDER BY id")  # noqa: S608  # ours
    ids = connection.execute(statement, {"org": org_id}).scalars().all()
    found = [get(connection, org_id, int(number)) for number in ids]
    return [deletion for deletion in found if deletion is not None]


_LISTED = """
    SELECT d.id, d.tombstone, d.made_at, d.expected, d.restored_at, d.brought_back_at, u.name AS maker,
           b.name AS restorer, s.message_id, s.person_id, s.activity_group, s.object, s.run_id, s.from_at, s.before_at,
           s.undone_run_id,
           m.name AS message, p.name AS person, p.kind AS person_kind, r.id AS run, r.state, r.phase, r.done, r.total,
           r.reason, r.advice, r.retry_at, r.started_at, r.ended_at, r.cancel_requested
    FROM deletions d JOIN scopes s ON s.id = d.scope_id
    LEFT JOIN users u ON u.id = d.made_by
    LEFT JOIN users b ON b.id = d.restored_by
    LEFT JOIN messages m ON m.org_id = d.org_id AND m.id = s.message_id
    LEFT JOIN people p ON p.org_id = d.org_id AND p.id = s.person_id
    LEFT JOIN runs r ON r.id = (SELECT max(n.id) FROM runs n WHERE n.org_id = d.org_id AND n.kind = 'deletion'
                                AND n.subject_id = d.id)
    WHERE d.org_id = :org AND {condition} ORDER BY d.id DESC LIMIT :limit
"""


def shown(connection: Connection, org_id: int, deletion_id: int) -> RowMapping | None:
    """A deletion as its screen shows it: what it is about by name, who made it, and its newest run."""
    values: dict[str, Any] = {"org": org_id, "id": deletion_id, "limit": 1}
    return connection.execute(text(_LISTED.format(condition="d.id = :id")), values).mappings().first()


def listed(connection: Connection, org_id: int, before: int, limit: int) -> list[RowMapping]:
    """The newest deletions older than this one, each as `shown`."""
    values = {"org": org_id, "before": before, "limit": limit}
    return list(connection.execute(text(_LISTED.format(condition="d.id < :before")), values).mappings())
