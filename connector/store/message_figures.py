"""The figures of messages as the screens list them: read from `figures`, never from the facts. It changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from connector.model.figures import RULES, Counted, Rule
from connector.store.searching import containing


def _pivoted(name: str, rule: Rule) -> str:
    plus, minus = (", ".join(f"'{activity}'" for activity in part) for part in (rule.plus, rule.minus))
    less = f" WHEN f.activity IN ({minus}) THEN -f.{rule.of}" if minus else ""
    return (
        f"coalesce(sum(CASE WHEN f.activity_group <> '{rule.group}' THEN 0 "
        f"WHEN f.activity IN ({plus}) THEN f.{rule.of}{less} ELSE 0 END), 0) AS {name}"
    )


PIVOT = ", ".join(_pivoted(name, rule) for name, rule in RULES.items())
"""Every figure by its name from rows of `figures` called f, grouped by message."""

SORTS = {"name": "lower(name)", "last_sent": "last_sent", "channels": "channels", **{name: name for name in RULES}}
"""What a list can be sorted by: its name in addresses, and what it is in the store."""

_JOINED = """
    FROM messages m LEFT JOIN figures f ON f.org_id = m.org_id AND f.message_id = m.id
    WHERE m.org_id = :org AND m.id <> 0
"""


@dataclass(frozen=True)
class Wanted:
    """Which messages of an org, and in which order. Instants are milliseconds; `before_at` is not included."""

    org_id: int
    search: str = ""
    channel: str = ""
    from_at: int | None = None
    before_at: int | None = None
    sort: str = "last_sent"
    descending: bool = True

    @property
    def condition(self) -> str:
        """What holds for each of them, beside being the org's."""
        parts = {
            "lower(m.name) LIKE lower(:search) ESCAPE '!'": self.search,
            "',' || m.channels || ',' LIKE :channel": self.channel,
            "m.last_sent >= :from_at": self.from_at is not None,
            "m.last_sent < :before_at": self.before_at is not None,
        }
        return "".join(f" AND {sql}" for sql, asked in parts.items() if asked)

    @property
    def order(self) -> str:
        """A message without a value comes last either way; the newer of two equal ones first."""
        return f"{SORTS[self.sort]} {'DESC' if self.descending else 'ASC'} NULLS LAST, id DESC"

    @property
    def values(self) -> dict[str, Any]:
        """As the condition names them."""
        return {
            "org": self.org_id,
            "search": containing(self.search),
            "channel": f"%,{self.channel},%",
            "from_at": self.from_at,
            "before_at": self.before_at,
        }


def listed(connection: Connection, wanted: Wanted, offset: int, limit: int) -> Sequence[RowMapping]:
    """Messages with every figure."""
    statement = text(f"""
        SELECT * FROM (SELECT m.id, m.name, m.channels, m.last_sent, {PIVOT} {_JOINED} {wanted.condition}
                       GROUP BY m.id, m.name, m.channels, m.last_sent) AS found
        ORDER BY {wanted.order} LIMIT :limit OFFSET :offset
    """)  # noqa: S608  # our own words
    return connection.execute(statement, {**wanted.values, "limit": limit, "offset": offset}).mappings().all()


def totals(connection: Connection, wanted: Wanted) -> RowMapping:
    """Every figure added up over all of them, and how many `messages` they are."""
    statement = text(f"SELECT count(DISTINCT m.id) AS messages, {PIVOT} {_JOINED} {wanted.condition}")  # ours
    return connection.execute(statement, wanted.values).mappings().one()


def any_message(connection: Connection, org_id: int) -> bool:
    """Whether the org has any message at all."""
    statement = text("SELECT 1 FROM messages WHERE org_id = :org AND id <> 0 LIMIT 1")
    return connection.execute(statement, {"org": org_id}).first() is not None


def message(connection: Connection, org_id: int, message_id: int) -> RowMapping | None:
    """One message, only if it is this org's; `asked_on` is the day (ordinal) of the newest question about it."""
    statement = text("""
        SELECT m.id, m.name, m.channels, m.last_sent, m.stale,
               (SELECT max(r.asked_on) FROM readings r WHERE r.org_id = m.org_id AND r.message_id = m.id) AS asked_on
        FROM messages m WHERE m.org_id = :org AND m.id = :id AND m.id <> 0
    """)
    return connection.execute(statement, {"org": org_id, "id": message_id}).mappings().first()


def counted(connection: Connection, org_id: int, message_id: int) -> dict[tuple[str, str], Counted]:
    """(activity group, activity) → how many and of how many recipients; activity '' is the whole group."""
    statement = text(
        "SELECT activity_group, activity, count, people FROM figures WHERE org_id = :org AND message_id = :id"
    )
    rows = connection.execute(statement, {"org": org_id, "id": message_id})
    return {(str(group), str(activity)): Counted(int(count), int(people)) for group, activity, count, people in rows}
