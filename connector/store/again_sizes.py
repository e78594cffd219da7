"""How much running again is about to look at, as far as that is cheap to say before it begins."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from connector.model.scope import Scope
from connector.store import person_activity


@dataclass(frozen=True)
class Size:
    """None: not known before. `refused` are rows that Salesforce refused and that wait for another chance."""

    messages: int | None = None
    activities: int | None = None
    rows: int | None = None
    refused: int = 0


def of(connection: Connection, org_id: int, scope: Scope) -> Size:
    """What is known here of a scope. Of a night it is what that run wrote."""
    values = {"org": org_id, "message": scope.message_id, "run": scope.run_id}
    values |= {"from_at": scope.from_at, "before_at": scope.before_at}
    refused = int(connection.execute(_REFUSED, values).scalar_one())
    if scope.person_id:
        return Size(activities=person_activity.count(connection, org_id, scope.person_id), refused=refused)
    if scope.message_id is not None:
        activities, rows = connection.execute(_OF_MESSAGE, values).one()
        return Size(1, int(activities), int(rows), refused)
    if scope.from_at is not None:
        return Size(messages=int(connection.execute(_OF_DAYS, values).scalar_one()), refused=refused)
    if scope.run_id is not None:
        return Size(rows=int(connection.execute(_OF_RUN, values).scalar_one() or 0), refused=refused)
    return Size(refused=refused)


_REFUSED = text("SELECT count(*) FROM placements WHERE org_id = :org AND state = 'rejected'")
_OF_MESSAGE = text("""
    SELECT (SELECT count(*) FROM facts WHERE org_id = :org AND message_id = :message),
        (SELECT count(*) FROM placements WHERE org_id = :org AND message_id = :message AND salesforce_id IS NOT NULL
            AND state <> 'deleted')
""")
_OF_DAYS = text(
    "SELECT count(*) FROM messages WHERE org_id = :org AND last_sent >= :from_at AND last_sent < :before_at"
)
_OF_RUN = text("SELECT sum(count) FROM run_counts WHERE run_id = :run AND outcome = 'Written'")
