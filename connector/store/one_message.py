"""What one message's page reads beside its figures: when things happened, its links, and what of it is in Salesforce.

It reads the facts of that message and no others, by their index.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, text

from connector.model.lists import OBJECTS, SummaryList

HOUR = 3_600_000


@dataclass(frozen=True)
class Overview:
    """When the message first went out (milliseconds; None when nothing says), and how many recipients are nobody in
    Salesforce."""

    first_sent: int | None
    unmatched: int


def overview(connection: Connection, org_id: int, message_id: int) -> Overview:
    """Of one message."""
    statement = text("""
        SELECT min(CASE WHEN activity_group IN ('Sent', 'Fax Sent') AND occurred_at > 0 THEN occurred_at END),
               count(DISTINCT CASE WHEN decision = 'unmatched' THEN recipient_id END)
        FROM facts WHERE org_id = :org AND message_id = :id
    """)
    first, unmatched = connection.execute(statement, {"org": org_id, "id": message_id}).one()
    return Overview(None if first is None else int(first), int(unmatched))


def hours(connection: Connection, org_id: int, message_id: int, since: int) -> dict[str, dict[int, int]]:
    """Opened and Clicked → hours after `since` → how many. What is said to be earlier counts to the first hour."""
    statement = text("""
        SELECT activity_group, CASE WHEN occurred_at < :since THEN 0 ELSE (occurred_at - :since) / :hour END AS hour,
               count(*)
        FROM facts WHERE org_id = :org AND message_id = :id AND activity_group IN ('Opened', 'Clicked')
        GROUP BY 1, 2
    """)
    found: dict[str, dict[int, int]] = {}
    values = {"org": org_id, "id": message_id, "since": since, "hour": HOUR}
    for group, hour, count in connection.execute(statement, values):
        found.setdefault(str(group), {})[int(hour)] = int(count)
    return found


def links(connection: Connection, org_id: int, message_id: int, limit: int) -> Sequence[RowMapping]:
    """Its links that somebody clicked, the most clicked first; one more than `limit`."""
    statement = text("""
        SELECT id, url, label, text, clicks, people FROM links WHERE org_id = :org AND message_id = :id AND clicks > 0
        ORDER BY clicks DESC, id LIMIT :limit
    """)
    return connection.execute(statement, {"org": org_id, "id": message_id, "limit": limit + 1}).mappings().all()


def in_salesforce(connection: Connection, org_id: int, message_id: int) -> Sequence[RowMapping]:
    """Rows by object, kind and state."""
    statement = text("""
        SELECT object, activity_group, state, count(*) AS count FROM placements
        WHERE org_id = :org AND message_id = :id GROUP BY object, activity_group, state
        ORDER BY object, activity_group, state
    """)
    return connection.execute(statement, {"org": org_id, "id": message_id}).mappings().all()


def record(connection: Connection, org_id: int, message_id: int) -> str:
    """The Salesforce id of the message's own row there; empty when there is none."""
    statement = text("""
        SELECT max(salesforce_id) FROM placements WHERE org_id = :org AND message_id = :id AND activity_group = :list
            AND object = :object AND state <> 'deleted'
    """)
    label = SummaryList.MESSAGES
    values = {"org": org_id, "id": message_id, "list": str(label), "object": OBJECTS[label]}
    return str(connection.execute(statement, values).scalar() or "")
