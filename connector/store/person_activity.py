"""What one person received and did, from the ledger: it needs no row in Salesforce, and changes nothing.

A person's recipients are found by their matches; a merged record or a converted Lead leads to whom it became.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, bindparam, text

_OF_PERSON = """
    FROM matches x JOIN facts f ON f.org_id = x.org_id AND f.recipient_id = x.recipient_id
    WHERE x.org_id = :org AND x.person_id = :person
"""


@dataclass(frozen=True)
class Who:
    """A living person of an org."""

    org_id: int
    person_id: str

    @property
    def values(self) -> dict[str, object]:
        """As the statements name them."""
        return {"org": self.org_id, "person": self.person_id}


@dataclass(frozen=True)
class Before:
    """Where a page of messages begins: behind the one whose latest activity was at `latest`."""

    latest: int
    message_id: int


def person(connection: Connection, org_id: int, record_id: str) -> RowMapping | None:
    """The living person behind a Contact or Lead; `was_id` is that record, `id` is NULL for a deleted one."""
    statement = text("""
        SELECT p.id AS was_id, p.kind AS was_kind, who.id, who.kind, who.name, who.email
        FROM people p LEFT JOIN people who ON who.org_id = p.org_id AND who.id = p.survivor_id
        WHERE p.org_id = :org AND p.id = :id
    """)
    return connection.execute(statement, {"org": org_id, "id": record_id}).mappings().first()


def recipients(connection: Connection, org_id: int, person_id: str) -> list[int]:
    """The recipients that a living person is."""
    statement = text("SELECT recipient_id FROM matches WHERE org_id = :org AND person_id = :person ORDER BY 1")
    return [int(number) for number in connection.execute(statement, {"org": org_id, "person": person_id}).scalars()]


def count(connection: Connection, org_id: int, person_id: str) -> int:
    """How many activities a living person has."""
    return sum(totals(connection, Who(org_id, person_id)).values())


def totals(connection: Connection, who: Who) -> dict[str, int]:
    """Activity group → how many activities there are."""
    statement = text(f"SELECT f.activity_group, count(*) {_OF_PERSON} GROUP BY f.activity_group")  # ours
    return {str(group): int(count) for group, count in connection.execute(statement, who.values)}


def messages(
    connection: Connection, who: Who, groups: Sequence[str], before: Before | None, limit: int
) -> Sequence[RowMapping]:
    """The messages with activity of these groups, the one with the latest activity first; one more than `limit`."""
    behind = "HAVING max(f.occurred_at) < :latest OR (max(f.occurred_at) = :latest AND f.message_id < :message)"
    statement = text(f"""
        SELECT s.message_id, s.latest, s.count, m.name, m.channels FROM (
            SELECT f.message_id, max(f.occurred_at) AS latest, count(*) AS count {_OF_PERSON}
            AND f.activity_group IN :groups GROUP BY f.message_id {behind if before else ""}
            ORDER BY latest DESC, f.message_id DESC LIMIT :limit) AS s
        LEFT JOIN messages m ON m.org_id = :org AND m.id = s.message_id
        ORDER BY s.latest DESC, s.message_id DESC
    """).bindparams(bindparam("groups", expanding=True))  # noqa: S608  # our own words
    values = {**who.values, "groups": list(groups), "limit": limit + 1}
    values |= {"latest": before.latest, "message": before.message_id} if before else {}
    return connection.execute(statement, values).mappings().all()


def kinds(connection: Connection, who: Who, message_ids: Sequence[int]) -> dict[int, list[RowMapping]]:
    """Message → its activities by kind, each with how often, when first and last, and its latest detail."""
    statement = text(f"""
        SELECT f.message_id, f.activity_group, f.activity, count(*) AS count, min(f.occurred_at) AS first,
               max(f.occurred_at) AS last, max(f.detail) AS detail {_OF_PERSON} AND f.message_id IN :messages
        GROUP BY f.message_id, f.activity_group, f.activity ORDER BY f.message_id, first, f.activity_group
    """).bindparams(bindparam("messages", expanding=True))  # our own words
    found: dict[int, list[RowMapping]] = {}
    values = {**who.values, "messages": list(message_ids)}
    for row in connection.execute(statement, values).mappings():
        found.setdefault(int(row["message_id"]), []).append(row)
    return found


def activities(connection: Connection, who: Who, message_id: int, limit: int) -> Sequence[RowMapping]:
    """Everything of one message, newest first; one more than `limit`."""
    statement = text(f"""
        SELECT f.key, f.activity_group, f.activity, f.occurred_at, f.detail, l.label, l.url
        FROM (SELECT f.* {_OF_PERSON} AND f.message_id = :message ORDER BY f.occurred_at DESC, f.key LIMIT :limit) AS f
        LEFT JOIN links l ON l.id = f.link_id
        ORDER BY f.occurred_at DESC, f.key
    """)  # noqa: S608  # our own words
    values = {**who.values, "message": message_id, "limit": limit + 1}
    return connection.execute(statement, values).mappings().all()


def latest(
    connection: Connection, who: Who, kinds_wanted: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], RowMapping]:
    """(activity group, activity) → its newest occurrence, for those of the wanted ones that there are."""
    statement = text(f"""
        SELECT * FROM (
            SELECT f.activity_group, f.activity, f.occurred_at, f.detail, f.message_id, row_number() OVER (
                PARTITION BY f.activity_group, f.activity ORDER BY f.occurred_at DESC, f.key) AS place
            {_OF_PERSON} AND f.activity_group IN :groups) AS ranked WHERE place = 1
    """).bindparams(bindparam("groups", expanding=True))  # noqa: S608  # our own words
    groups = sorted({group for group, _ in kinds_wanted})
    rows = connection.execute(statement, {**who.values, "groups": groups}).mappings()
    found = {(str(row["activity_group"]), str(row["activity"])): row for row in rows}
    return {kind: found[kind] for kind in kinds_wanted if kind in found}
