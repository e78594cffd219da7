"""Which records were, or are, one person: merges and conversions followed back from whom they became."""

from sqlalchemy import Connection, text


def ids_of(connection: Connection, org_id: int, person_id: str) -> list[str]:
    """This record, and every Contact and Lead that became it, directly or by way of others."""
    return [str(row[0]) for row in connection.execute(_IDS, {"org": org_id, "id": person_id})]


_IDS = text(
    "WITH RECURSIVE mine(id) AS (SELECT CAST(:id AS VARCHAR(18)) UNION "
    "SELECT p.id FROM people p JOIN mine ON p.became_id = mine.id WHERE p.org_id = :org) SELECT id FROM mine"
)
