"""Receipts of an undo beside the rows that it deleted: each row that it put back, left or could not put back."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, text


@dataclass(frozen=True)
class Kind:
    """How many rows of a kind came to an outcome ('' while they wait), with Salesforce's code and reason if any."""

    object_name: str
    activity_group: str
    outcome: str
    code: str
    reason: str
    rows: int


def by_kind(connection: Connection, run_id: int, deletion_id: int) -> list[Kind]:
    """The rows that a run changed and that this deletion put back, or was to."""
    statement = text("""
        SELECT r.object, p.activity_group, coalesce(r.outcome, ''), r.code, max(r.reason), count(*)
        FROM prior_rows r JOIN placements p ON p.id = r.placement_id
        WHERE r.run_id = :run AND r.undo_id = :id
        GROUP BY r.object, p.activity_group, coalesce(r.outcome, ''), r.code ORDER BY 3, 1, 2, 4
    """)
    found = connection.execute(statement, {"run": run_id, "id": deletion_id})
    return [Kind(str(o), str(g), str(said), str(code), str(why), int(n)) for o, g, said, code, why, n in found]


def rows(connection: Connection, run_id: int, deletion_id: int, after: int, limit: int) -> Sequence[RowMapping]:
    """These rows behind placement `after`, with the names of people and messages as they are now."""
    statement = text("""
        SELECT r.placement_id, r.object, r.salesforce_id, coalesce(r.outcome, '') AS outcome, r.code, r.reason,
            p.external_key, p.activity_group, p.person_id, p.message_id, coalesce(w.name, '') AS person,
            coalesce(m.name, '') AS message
        FROM prior_rows r JOIN placements p ON p.id = r.placement_id
        LEFT JOIN people w ON w.org_id = p.org_id AND w.id = p.person_id
        LEFT JOIN messages m ON m.org_id = p.org_id AND m.id = p.message_id
        WHERE r.run_id = :run AND r.undo_id = :id AND r.placement_id > :after ORDER BY r.placement_id LIMIT :limit
    """)
    values = {"run": run_id, "id": deletion_id, "after": after, "limit": limit}
    return connection.execute(statement, values).mappings().all()
