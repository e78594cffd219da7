"""Deletions: what people took out of Salesforce, and the tombstones that keep it out until they restore it.

There are two kinds of tombstone. Each row that was deleted names its deletion (`placements.deletion_id`). And a
deletion by message, by person, or by kind and age holds for whatever of it is learned later: `buried` says so of a
fact.
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table

from connector.store.database import metadata

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
    Index("ix_deletions_org_id", "org_id", "id"),
)
"""`tombstone`: whether it stays out; a list that was cleared because its mode changed may be filled again.
`expected` is how many rows the person was shown. `restored_at` ends it."""

_RULE = "d.org_id = {fact}.org_id AND d.tombstone AND d.restored_at IS NULL"

BURIED = f"""(
    EXISTS (SELECT 1 FROM scopes s JOIN deletions d ON d.scope_id = s.id
            WHERE s.org_id = {{fact}}.org_id AND s.message_id = {{fact}}.message_id AND s.person_id = ''
                AND s.activity_group = '' AND s.object = '' AND s.run_id IS NULL AND s.from_at IS NULL
                AND s.before_at IS NULL AND {_RULE})
    OR EXISTS (SELECT 1 FROM deletions d JOIN scopes s ON s.id = d.scope_id
            JOIN people p ON p.org_id = s.org_id AND p.id = s.person_id
            JOIN matches b ON b.org_id = s.org_id AND b.person_id = p.survivor_id
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
"""Whether a fact, under the name given for `fact`, belongs to what was deleted and not restored."""


def buried(fact: str) -> str:
    """The condition for facts that the statement calls so."""
    return BURIED.format(fact=fact)
