"""Budgets: how many calls and megabytes of an org's Salesforce we may use, and how many we use."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Integer, String, Table, text

from connector import clock
from connector.model.budgets import BUDGET_FIELDS, UNCOUNTED, Budget
from connector.model.storage import megabytes
from connector.store.database import metadata

budgets = Table(
    "budgets",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True, autoincrement=False),
    Column("calls_percent", Integer, nullable=False, server_default="80"),
    Column("calls_most", BigInteger),
    Column("consent_calls", Integer, nullable=False, server_default="200"),
    Column("storage_percent", Integer, nullable=False, server_default="95"),
    Column("storage_most_mb", BigInteger),
    Column("tidied_at", BigInteger),
)
"""The org's ceilings. Calls: no further than `calls_percent` of Salesforce's daily allowance, whoever spent them, and
no more than `calls_most` of our own in 24 hours; `consent_calls` are kept for opt-outs. Storage: no further than
`storage_percent` of Salesforce's data storage, and no more than `storage_most_mb` of our own rows. `tidied_at`: when
rows that are kept no longer were last looked for."""

call_counts = Table(
    "call_counts",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True, autoincrement=False),
    Column("hour", Integer, primary_key=True, autoincrement=False),
    Column("purpose", String(20), primary_key=True),
    Column("calls", BigInteger, nullable=False),
)
"""Our own calls by hour (hours since the epoch) and purpose."""

allowances = Table(
    "allowances",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True, autoincrement=False),
    Column("hour", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("calls_used", BigInteger, nullable=False),
    Column("calls_allowed", BigInteger, nullable=False),
    Column("storage_used_mb", BigInteger),
    Column("storage_allowed_mb", BigInteger),
)
"""What Salesforce said last in each hour of its own allowances (`Sforce-Limit-Info`, `/limits`), everybody's use."""


HOUR = 3_600_000
"""Milliseconds."""
DAY_HOURS = 24
KEPT_HOURS = 24 * 400
"""Hours that are kept: as long as the log of runs."""

_KEEP = text(
    "INSERT INTO budgets (org_id, calls_percent, calls_most, consent_calls, storage_percent, storage_most_mb) "
    "VALUES (:org, :calls_percent, :calls_most, :consent_calls, :storage_percent, :storage_most_mb) "
    "ON CONFLICT (org_id) DO UPDATE SET calls_percent = excluded.calls_percent, calls_most = excluded.calls_most, "
    "consent_calls = excluded.consent_calls, storage_percent = excluded.storage_percent, "
    "storage_most_mb = excluded.storage_most_mb"
)
_LOOK_AGAIN = text(
    "UPDATE runs SET retry_at = :now WHERE org_id = :org AND state = 'Paused' AND paused_for <> '' AND retry_at > :now"
)
_COUNT = text(
    "INSERT INTO call_counts (org_id, hour, purpose, calls) VALUES (:org, :hour, :purpose, :calls) "
    "ON CONFLICT (org_id, hour, purpose) DO UPDATE SET calls = call_counts.calls + excluded.calls"
)
_TELL = text(
    "INSERT INTO allowances (org_id, hour, at, calls_used, calls_allowed, storage_used_mb, storage_allowed_mb) "
    "VALUES (:org, :hour, :now, :used, :allowed, :storage_used, :storage_allowed) "
    "ON CONFLICT (org_id, hour) DO UPDATE SET at = excluded.at, calls_used = excluded.calls_used, "
    "calls_allowed = excluded.calls_allowed, "
    "storage_used_mb = COALESCE(excluded.storage_used_mb, allowances.storage_used_mb), "
    "storage_allowed_mb = COALESCE(excluded.storage_allowed_mb, allowances.storage_allowed_mb)"
)
_FORGET = tuple(
    text(f"DELETE FROM {name} WHERE org_id = :org AND hour < :before")  # noqa: S608  # ours
    for name in ("call_counts", "allowances")
)
_OURS_MB = text(
    "SELECT count(*) FROM placements WHERE org_id = :org AND state <> 'deleted' AND salesforce_id IS NOT NULL"
)


def hour_of(milliseconds: int) -> int:
    """The hour of an instant, counted since the epoch."""
    return milliseconds // HOUR


def budget(connection: Connection, org_id: int) -> Budget:
    """The org's ceilings; the usual ones until somebody chose others."""
    statement = text(f"SELECT {', '.join(BUDGET_FIELDS)} FROM budgets WHERE org_id = :org")  # noqa: S608  # our own names
    row = connection.execute(statement, {"org": org_id}).mappings().first()
    return Budget() if row is None else Budget(**row)


def choose(connection: Connection, org_id: int, chosen: Budget) -> None:
    """Set the org's ceilings."""
    connection.execute(_KEEP, {"org": org_id, **asdict(chosen)})


def look_again(connection: Connection, org_id: int) -> None:
    """Let the runs that wait for a budget see at once whether there is room now; the next tick starts them."""
    connection.execute(_LOOK_AGAIN, {"org": org_id, "now": clock.milliseconds(clock.now())})


def count_calls(connection: Connection, org_id: int, calls: Mapping[str, int]) -> None:
    """Add calls by purpose to those of this hour."""
    hour = hour_of(clock.milliseconds(clock.now()))
    rows = [{"org": org_id, "hour": hour, "purpose": p[:20], "calls": n} for p, n in calls.items() if n]
    if rows:
        connection.execute(_COUNT, rows)


def note_allowance(
    connection: Connection, org_id: int, calls: tuple[int, int], storage: tuple[int, int] | None = None
) -> None:
    """Keep what Salesforce says of its allowances: used and allowed calls, used and allowed megabytes."""
    now = clock.milliseconds(clock.now())
    used_mb, allowed_mb = storage or (None, None)
    values = {"used": calls[0], "allowed": calls[1], "storage_used": used_mb, "storage_allowed": allowed_mb}
    connection.execute(_TELL, {"org": org_id, "hour": hour_of(now), "now": now, **values})


@dataclass(frozen=True)
class Told:
    """What Salesforce said last of an allowance, and when."""

    at: int
    used: int
    allowed: int


def calls_told(connection: Connection, org_id: int) -> Told | None:
    """The latest word about calls; None before there was any."""
    return _told(connection, org_id, "calls_used", "calls_allowed")


def storage_told(connection: Connection, org_id: int) -> Told | None:
    """The latest word about storage, in megabytes; None before there was any."""
    return _told(connection, org_id, "storage_used_mb", "storage_allowed_mb")


def _told(connection: Connection, org_id: int, used: str, allowed: str) -> Told | None:
    statement = text(
        f"SELECT at, {used}, {allowed} FROM allowances WHERE org_id = :org AND {allowed} IS NOT NULL "  # noqa: S608  # ours
        "ORDER BY hour DESC LIMIT 1"
    )
    row = connection.execute(statement, {"org": org_id}).first()
    return None if row is None else Told(*map(int, row))


def ours_by_hour(connection: Connection, org_id: int, hours: int = DAY_HOURS) -> dict[tuple[int, str], int]:
    """Our calls of the last hours, this one included, by hour and purpose."""
    since = hour_of(clock.milliseconds(clock.now())) - hours
    statement = text("SELECT hour, purpose, calls FROM call_counts WHERE org_id = :org AND hour > :since")
    found = connection.execute(statement, {"org": org_id, "since": since})
    return {(int(hour), str(purpose)): int(calls) for hour, purpose, calls in found}


def used_by_hour(connection: Connection, org_id: int, hours: int = DAY_HOURS) -> dict[int, int]:
    """Everybody's calls of the last 24 hours as Salesforce told them, by the hour in which it did."""
    since = hour_of(clock.milliseconds(clock.now())) - hours
    statement = text("SELECT hour, calls_used FROM allowances WHERE org_id = :org AND hour > :since")
    return {int(hour): int(used) for hour, used in connection.execute(statement, {"org": org_id, "since": since})}


def our_calls(connection: Connection, org_id: int) -> int:
    """Our calls of the last 24 hours that Salesforce takes off its allowance."""
    return sum(n for (_, purpose), n in ours_by_hour(connection, org_id).items() if purpose not in UNCOUNTED)


def our_megabytes(connection: Connection, org_id: int) -> int:
    """What our rows take in Salesforce; every row is counted, so ask seldom."""
    return round(megabytes(int(connection.execute(_OURS_MB, {"org": org_id}).scalar_one())))


def forget_old(connection: Connection, org_id: int) -> None:
    """Drop the hours that nobody asks for any more."""
    before = hour_of(clock.milliseconds(clock.now())) - KEPT_HOURS
    for statement in _FORGET:
        connection.execute(statement, {"org": org_id, "before": before})
