"""Retention: how long rows of each kind stay in Real Magnet Activity History, and the deletions that keep it so.

A deletion by retention names the History object, so it takes rows and buries nothing else: the lists that sum up, the
totals of messages and links, and everything that is known here stay as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

from connector import clock
from connector.model.activity import COLLECTED
from connector.model.lists import HISTORY_OBJECT
from connector.model.runs import Trigger, deletion_of
from connector.model.scope import Scope
from connector.store import claims, deletion_scopes, deletions
from connector.store.claims import Asked, Claim
from connector.store.database import Database

DAY = 86_400_000
"""Milliseconds."""
SOONEST = 20 * 3_600_000
LATEST = 26 * 3_600_000
"""Once a day after the night; where there is none, after so long."""

_DAYS = text("SELECT activity_group, keep_days FROM kind_choices WHERE org_id = :org AND keep_days IS NOT NULL")
_CHOOSE = text(
    "INSERT INTO kind_choices (org_id, activity_group, selected, keep_days) VALUES (:org, :kind, :off, :days) "
    "ON CONFLICT (org_id, activity_group) DO UPDATE SET keep_days = excluded.keep_days"
)
_AT_ONCE = text("UPDATE budgets SET tidied_at = NULL WHERE org_id = :org")
_DUE = text("""
    SELECT o.id, b.tidied_at FROM orgs o LEFT JOIN budgets b ON b.org_id = o.id
    WHERE EXISTS (SELECT 1 FROM kind_choices k WHERE k.org_id = o.id AND k.keep_days IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.org_id = o.id AND r.kind = 'activity'
                        AND r.state IN ('Queued', 'Running', 'Paused', 'Held'))
        AND (b.tidied_at IS NULL OR b.tidied_at < :latest
             OR (b.tidied_at < :soonest AND EXISTS (SELECT 1 FROM runs r WHERE r.org_id = o.id
                 AND r.kind = 'activity' AND r.ended_at > b.tidied_at)))
    ORDER BY o.id
""")
_TIDY = text(
    "INSERT INTO budgets (org_id, tidied_at) VALUES (:org, :now) "
    "ON CONFLICT (org_id) DO UPDATE SET tidied_at = excluded.tidied_at "
    "WHERE COALESCE(budgets.tidied_at, -1) = :seen"
)


@dataclass(frozen=True)
class Due:
    """An org whose old rows are to be looked for, and when that was done last."""

    org_id: int
    tidied_at: int | None


def days(connection: Connection, org_id: int) -> dict[str, int]:
    """Kind → days that its rows stay, for those that do not stay for ever."""
    return {str(kind): int(kept) for kind, kept in connection.execute(_DAYS, {"org": org_id})}


def choose(connection: Connection, org_id: int, chosen: Mapping[str, int]) -> None:
    """Keep the rows of these kinds for so many days, and of all others for ever; the next tick deletes what is old."""
    rows = [{"org": org_id, "kind": str(kind), "off": False, "days": chosen.get(kind)} for kind in COLLECTED]
    connection.execute(_CHOOSE, rows)
    connection.execute(_AT_ONCE, {"org": org_id})


def scope(kind: str, kept: int) -> Scope:
    """The rows of a kind that are older than so many days, at the last midnight (UTC)."""
    midnight = clock.milliseconds(clock.now()) // DAY * DAY
    return Scope(activity_group=kind, object_name=HISTORY_OBJECT, before_at=midnight - kept * DAY)


def old(connection: Connection, org_id: int, chosen: Mapping[str, int]) -> dict[str, int]:
    """Kind → rows in Salesforce, or on their way there, that would be deleted now."""
    found = {kind: deletion_scopes.counted(connection, org_id, scope(kind, kept)) for kind, kept in chosen.items()}
    return {kind: sum(one.rows + one.waiting for one in kinds) for kind, kinds in found.items()}


def due(connection: Connection) -> list[Due]:
    """Orgs that keep something not for ever, and whose night is over since the last time."""
    now = clock.milliseconds(clock.now())
    found = connection.execute(_DUE, {"soonest": now - SOONEST, "latest": now - LATEST})
    return [Due(int(org_id), tidied_at) for org_id, tidied_at in found]


def begin(database: Database, found: Due) -> list[Claim]:
    """Order the deletions of what is old, a run for each kind; none when another tick was faster or nothing is old."""
    with database.read() as connection:
        chosen = days(connection, found.org_id)
        counts = old(connection, found.org_id, chosen)
    seen = -1 if found.tidied_at is None else found.tidied_at
    with database.write() as connection:
        values = {"org": found.org_id, "now": clock.milliseconds(clock.now()), "seen": seen}
        if not connection.execute(_TIDY, values).rowcount:
            return []
        return [_order(connection, found.org_id, kind, chosen[kind], n) for kind, n in counts.items() if n]


def _order(connection: Connection, org_id: int, kind: str, kept: int, rows: int) -> Claim:
    number = deletions.order(connection, org_id, scope(kind, kept), None, tombstone=True, expected=rows)
    return claims.claim(connection, org_id, Asked(Trigger.RETENTION), deletion_of(number))
