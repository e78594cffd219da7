"""What the ledger holds of one message, for whoever reads that message alone; the night asks about all at once."""

from collections.abc import Mapping

from sqlalchemy import Connection, text

from connector.model.runs import NEWLY_FOUND

Held = dict[str, dict[str, int]]
"""Activity group → activity → how many facts."""


def held(connection: Connection, org_id: int, message_id: int) -> Held:
    """How many facts there are of each activity."""
    found: Held = {}
    statement = text(
        "SELECT activity_group, activity, count(*) FROM facts WHERE org_id = :org AND message_id = :message "
        "GROUP BY activity_group, activity"
    )
    for group, activity, count in connection.execute(statement, {"org": org_id, "message": message_id}):
        found.setdefault(str(group), {})[str(activity)] = int(count)
    return found


def asked_on(connection: Connection, org_id: int, message_id: int) -> dict[str, int]:
    """Report → the day (ordinal) on which the vendor was last asked."""
    statement = text("SELECT report, asked_on FROM readings WHERE org_id = :org AND message_id = :message")
    rows = connection.execute(statement, {"org": org_id, "message": message_id})
    return {str(report): int(day) for report, day in rows}


def settled(connection: Connection, org_id: int, message_id: int, off: str) -> dict[str, int]:
    """Activity group → how many activities a back-fill would not bring to Salesforce: those that are known, but for
    those kept out for the reason `off`. Label of a list → how many rows stand, or are about to, in Salesforce."""
    values = {"org": org_id, "message": message_id, "off": off}
    return {str(group): int(count) for group, count in connection.execute(_SETTLED, values)}


_SETTLED = text("""
    SELECT activity_group, count(*) FROM facts WHERE org_id = :org AND message_id = :message
        AND NOT (COALESCE(decision, '') = 'filtered' AND reason = :off) GROUP BY activity_group
    UNION ALL
    SELECT activity_group, count(*) FROM placements WHERE org_id = :org AND message_id = :message
        AND fact_key IS NULL AND state <> 'deleted' GROUP BY activity_group
""")


def channels(connection: Connection, org_id: int, message_id: int) -> list[str]:
    """The channels it was sent by, as far as they have been found."""
    statement = text("SELECT channels FROM messages WHERE org_id = :org AND id = :message")
    found = connection.execute(statement, {"org": org_id, "message": message_id}).scalar()
    return str(found).split(",") if found else []


def count_found(connection: Connection, run_id: int, found: Mapping[str, int]) -> None:
    """Add to what a run found that nobody here knew: activity group → how many."""
    rows = [{"run": run_id, "kind": kind, "new": NEWLY_FOUND, "count": n} for kind, n in found.items() if n > 0]
    if rows:
        connection.execute(_COUNT, rows)


_COUNT = text(
    "INSERT INTO run_counts (run_id, activity_group, outcome, count) VALUES (:run, :kind, :new, :count) "
    "ON CONFLICT (run_id, activity_group, outcome) DO UPDATE SET count = run_counts.count + excluded.count"
)
