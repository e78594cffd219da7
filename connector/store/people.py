"""The local index of Contacts and Leads, so that matching never asks Salesforce about one recipient.

A merged record and a converted Lead point at whom they became: `survivor_id` is the living person in the end, the
person itself while it lives, and NULL for a deleted one without successor.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Boolean, Column, Connection, ForeignKey, Index, Integer, String, Table, text

from connector.store.database import metadata, stage

people = Table(
    "people",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True),
    Column("id", String(18), primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("name", String(255), nullable=False, server_default=""),
    Column("email", String(255), nullable=False, server_default=""),
    Column("deleted", Boolean, nullable=False, server_default="0"),
    Column("became_id", String(18)),
    Column("survivor_id", String(18)),
    Column("created_at", String(30), nullable=False, server_default=""),
    Column("changed_run", Integer),
    Column("owner_id", String(18), nullable=False, server_default=""),
    Index("ix_people_org_id_email", "org_id", "email"),
    Index("ix_people_org_id_became_id", "org_id", "became_id"),
    Index("ix_people_org_id_changed_run", "org_id", "changed_run"),
)
"""`email` is lower case; `became_id` is who a merged or converted one became; `created_at` only has to sort."""

people_phones = Table(
    "people_phones",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True),
    Column("person_id", String(18), primary_key=True),
    Column("phone", String(20), primary_key=True),
    Column("changed_run", Integer),
    Index("ix_people_phones_org_id_phone", "org_id", "phone"),
    Index("ix_people_phones_org_id_changed_run", "org_id", "changed_run"),
)
"""Telephone numbers of people as they are dialled from anywhere; kept once somebody is known by a number only."""

owners = Table(
    "owners",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True),
    Column("id", String(18), primary_key=True),
    Column("name", String(255), nullable=False),
)
"""Whom people belong to in Salesforce: users, and queues of Leads."""

watermarks = Table(
    "watermarks",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True),
    Column("subject", String(40), primary_key=True),
    Column("value", String(40), nullable=False),
)
"""How far something was read: for people the newest SystemModstamp seen."""

_STAGED = {
    "id": "TEXT",
    "kind": "TEXT",
    "name": "TEXT",
    "email": "TEXT",
    "deleted": "BOOLEAN",
    "became_id": "TEXT",
    "created_at": "TEXT",
    "owner_id": "TEXT",
}


def upsert(connection: Connection, org_id: int, run_id: int, rows: Iterable[Sequence[Any]]) -> int:
    """Remember people: columns as `_STAGED`. Answers how many changed; who only belongs to somebody else did not.

    Each is its own survivor, or its successor is, until `follow` has looked at the successors.
    """
    stage(connection, "staged_people", _STAGED, rows)
    changed = connection.execute(
        text("""
            INSERT INTO people (org_id, id, kind, name, email, deleted, became_id, survivor_id, created_at, owner_id,
                                changed_run)
            SELECT :org, id, kind, name, email, deleted, became_id,
                   CASE WHEN became_id IS NOT NULL THEN became_id WHEN deleted THEN NULL ELSE id END, created_at,
                   owner_id, :run
            FROM staged_people WHERE true
            ON CONFLICT (org_id, id) DO UPDATE SET name = excluded.name, email = excluded.email,
                deleted = excluded.deleted, became_id = excluded.became_id, survivor_id = excluded.survivor_id,
                changed_run = excluded.changed_run
            WHERE people.name <> excluded.name OR people.email <> excluded.email OR people.deleted <> excluded.deleted
                OR coalesce(people.became_id, '') <> coalesce(excluded.became_id, '')
        """),
        {"org": org_id, "run": run_id},
    ).rowcount
    connection.execute(
        text("""
            UPDATE people SET owner_id = s.owner_id FROM staged_people s
            WHERE people.org_id = :org AND people.id = s.id AND people.owner_id <> s.owner_id
        """),
        {"org": org_id},
    )
    return int(changed)


def follow(connection: Connection, org_id: int, run_id: int) -> None:
    """Work out the survivors along whole chains (a merged Contact of a converted Lead), whichever run read them.

    A person whose end changes counts as changed too. A ring, which Salesforce cannot make, would end nowhere: each step
    is taken only while something still moves, and at most sixteen times.
    """
    values = {"org": org_id, "run": run_id}
    step = text("""
        UPDATE people SET changed_run = :run, survivor_id = (
            SELECT heir.survivor_id FROM people heir WHERE heir.org_id = people.org_id AND heir.id = people.became_id)
        WHERE org_id = :org AND became_id IS NOT NULL AND EXISTS (
            SELECT 1 FROM people heir WHERE heir.org_id = people.org_id AND heir.id = people.became_id
                AND coalesce(heir.survivor_id, '') <> coalesce(people.survivor_id, ''))
    """)
    for _ in range(16):
        if not connection.execute(step, values).rowcount:
            return


def watermark(connection: Connection, org_id: int, subject: str) -> str | None:
    """How far `subject` was read, if ever."""
    statement = text("SELECT value FROM watermarks WHERE org_id = :org AND subject = :subject")
    return connection.execute(statement, {"org": org_id, "subject": subject}).scalar()


def set_watermark(connection: Connection, org_id: int, subject: str, value: str) -> None:
    """Remember how far `subject` was read."""
    connection.execute(
        text(
            "INSERT INTO watermarks (org_id, subject, value) VALUES (:org, :subject, :value) "
            "ON CONFLICT (org_id, subject) DO UPDATE SET value = excluded.value"
        ),
        {"org": org_id, "subject": subject, "value": value},
    )


def unnamed_owners(connection: Connection, org_id: int) -> list[str]:
    """Whom people belong to as far as `owners` does not know them."""
    statement = text("""
        SELECT DISTINCT owner_id FROM people WHERE org_id = :org AND owner_id <> ''
            AND owner_id NOT IN (SELECT id FROM owners WHERE org_id = :org) ORDER BY owner_id
    """)
    return [str(found) for found in connection.execute(statement, {"org": org_id}).scalars()]


def name_owners(connection: Connection, org_id: int, names: Mapping[str, str]) -> None:
    """Remember how owners are called; an empty name is one that Salesforce does not tell."""
    found = [{"org": org_id, "id": owner, "name": name[:255]} for owner, name in names.items()]
    if found:
        connection.execute(
            text(
                "INSERT INTO owners (org_id, id, name) VALUES (:org, :id, :name) "
                "ON CONFLICT (org_id, id) DO UPDATE SET name = excluded.name"
            ),
            found,
        )
