"""Where our rows in Salesforce are: by kind, by message and by age. It counts every row, so it is asked seldom."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from connector import clock
from connector.model.lists import HISTORY_OBJECT
from connector.model.storage import object_of

DAY = 86_400_000
AGES = (30, 90, 180, 365)
"""Days that part the ages from each other."""
MOST_MESSAGES = 20

_STANDS = "p.org_id = :org AND p.state <> 'deleted' AND p.salesforce_id IS NOT NULL"
_KINDS = text(f"SELECT p.activity_group, count(*) FROM placements p WHERE {_STANDS} GROUP BY p.activity_group")  # noqa: S608  # ours
_MESSAGES = text(f"""
    SELECT s.message_id, m.name, m.last_sent, s.n FROM (
        SELECT p.message_id, count(*) AS n FROM placements p WHERE {_STANDS}
        GROUP BY p.message_id ORDER BY count(*) DESC, p.message_id LIMIT :most) AS s
    LEFT JOIN messages m ON m.org_id = :org AND m.id = s.message_id ORDER BY s.n DESC, s.message_id
""")  # noqa: S608  # ours
_AGE = f"""
    SELECT CASE {{cases}} ELSE {len(AGES)} END AS age, p.activity_group, count(*) FROM placements p
    LEFT JOIN facts f ON f.org_id = p.org_id AND f.key = p.fact_key
    LEFT JOIN messages m ON m.org_id = p.org_id AND m.id = p.message_id
    WHERE {_STANDS} GROUP BY 1, 2
"""  # noqa: S608  # ours


@dataclass(frozen=True)
class Message:
    """How many rows of a message stand in Salesforce; message 0 is none in particular."""

    id: int
    name: str
    last_sent: int | None
    rows: int


@dataclass(frozen=True)
class Standing:
    """Rows by kind, by message and by age; an age is a place in `AGES`, the last one is older than them all.

    `old` has, for each number of days in `AGES`, the rows of History that are older, by kind.
    """

    kinds: Sequence[tuple[str, int]]
    messages: Sequence[Message]
    ages: Sequence[int]
    old: Sequence[dict[str, int]]

    @property
    def rows(self) -> int:
        """All of them."""
        return sum(count for _, count in self.kinds)


def standing(connection: Connection, org_id: int) -> Standing:
    """Count our rows in Salesforce."""
    kinds = [(str(kind), int(n)) for kind, n in connection.execute(_KINDS, {"org": org_id})]
    found = connection.execute(_MESSAGES, {"org": org_id, "most": MOST_MESSAGES})
    messages = [Message(int(number), str(name or ""), sent, int(n)) for number, name, sent, n in found]
    ages, old = [0] * (len(AGES) + 1), [dict[str, int]() for _ in AGES]
    for age, kind, n in _by_age(connection, org_id):
        ages[age] += n
        if object_of(kind) == HISTORY_OBJECT:
            for place in range(min(age, len(AGES))):
                old[place][kind] = old[place].get(kind, 0) + n
    return Standing(sorted(kinds, key=lambda one: -one[1]), messages, ages, old)


def _by_age(connection: Connection, org_id: int) -> list[tuple[int, str, int]]:
    now = clock.milliseconds(clock.now())
    cases = " ".join(
        f"WHEN COALESCE(f.occurred_at, m.last_sent, {now}) >= {now - days * DAY} THEN {place}"
        for place, days in enumerate(AGES)
    )
    found = connection.execute(text(_AGE.format(cases=cases)), {"org": org_id})
    return [(int(age), str(kind), int(n)) for age, kind, n in found]
