"""Gaps: messages whose books do not close, and rows that Salesforce has otherwise than we think."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, RowMapping, text

from connector.store.database import stage

CHANGED = "changed"
"""Stands for the content of a row that somebody changed: no content has this hash, so the row is written whole."""

_GONE = """p.salesforce_id IS NOT NULL AND p.state <> 'deleted' AND p.deletion_id IS NULL
    AND NOT EXISTS (SELECT 1 FROM standing s WHERE s.key = p.external_key)"""
_LAST = "(SELECT max(id) FROM runs WHERE org_id = :org AND closes IS NOT NULL)"


def last_books(connection: Connection, org_id: int) -> RowMapping | None:
    """The newest run that came to comparing the books."""
    statement = text(f"SELECT * FROM runs WHERE id = {_LAST}")  # noqa: S608  # ours
    return connection.execute(statement, {"org": org_id}).mappings().first()


def open_messages(connection: Connection, org_id: int) -> list[int]:
    """The messages whose books did not close the last time that they were compared."""
    statement = text(
        "SELECT DISTINCT message_id FROM reconciliations "  # noqa: S608  # ours
        f"WHERE run_id = {_LAST} AND message_id <> 0 AND NOT closes ORDER BY message_id"
    )
    return [int(row[0]) for row in connection.execute(statement, {"org": org_id})]


def objects(connection: Connection, org_id: int, message_id: int) -> dict[str, int]:
    """Object → how many rows of the message should stand in it."""
    statement = text(
        "SELECT object, count(*) FROM placements WHERE org_id = :org AND message_id = :message "
        "AND salesforce_id IS NOT NULL AND state <> 'deleted' GROUP BY object"
    )
    found = connection.execute(statement, {"org": org_id, "message": message_id})
    return {str(name): int(count) for name, count in found}


def stands(connection: Connection, org_id: int, object_name: str) -> bool:
    """Whether anything of ours was ever put into the object."""
    statement = text("SELECT 1 FROM placements WHERE org_id = :org AND object = :object LIMIT 1")
    return connection.execute(statement, {"org": org_id, "object": object_name}).first() is not None


def put(connection: Connection, rows: Iterable[Sequence[object]]) -> None:
    """Keep what Salesforce has (external key, 1 where somebody else changed it last) for the questions below."""
    stage(connection, "standing", {"key": "TEXT", "changed": "INTEGER"}, rows)
    connection.exec_driver_sql("CREATE INDEX IF NOT EXISTS ix_standing_key ON standing (key)")


def missing(connection: Connection, org_id: int, object_name: str, message_id: int) -> list[int]:
    """The placements of a message that Salesforce does not have any more."""
    statement = text(f"""
        SELECT p.id FROM placements p WHERE p.org_id = :org AND p.message_id = :message AND p.object = :object
            AND {_GONE}
    """)  # noqa: S608  # ours
    values = {"org": org_id, "message": message_id, "object": object_name}
    return [int(row[0]) for row in connection.execute(statement, values)]


def missing_of_person(connection: Connection, org_id: int, object_name: str, person_id: str) -> list[int]:
    """The placements of a person that Salesforce does not have any more."""
    statement = text(f"""
        SELECT p.id FROM placements p WHERE p.org_id = :org AND p.person_id = :person AND p.object = :object AND {_GONE}
    """)  # noqa: S608  # ours
    values = {"org": org_id, "person": person_id, "object": object_name}
    return [int(row[0]) for row in connection.execute(statement, values)]


def changed(connection: Connection, org_id: int, object_name: str) -> list[int]:
    """The placements behind the keys that were put as changed by somebody else."""
    statement = text("""
        SELECT p.id FROM standing s CROSS JOIN placements p WHERE s.changed = 1 AND p.org_id = :org
            AND p.object = :object AND p.external_key = s.key AND p.state = 'written'
    """)
    return [int(row[0]) for row in connection.execute(statement, {"org": org_id, "object": object_name})]


def strangers(connection: Connection, org_id: int, object_name: str) -> int:
    """How many of the keys that were put belong to no row of ours that should stand."""
    statement = text("""
        SELECT count(*) FROM standing s WHERE NOT EXISTS (
            SELECT 1 FROM placements p WHERE p.org_id = :org AND p.object = :object AND p.external_key = s.key
                AND p.state <> 'deleted')
    """)
    return int(connection.execute(statement, {"org": org_id, "object": object_name}).scalar_one())


def lost(connection: Connection, run_id: int, rows: Iterable[Sequence[object]]) -> None:
    """Rows (placement id,) that are gone from Salesforce: they are written as if they had never been."""
    _again(connection, run_id, rows, "salesforce_id = NULL, content_hash = ''")


def rewrite(connection: Connection, run_id: int, rows: Iterable[Sequence[object]]) -> None:
    """Rows (placement id,) that somebody changed in Salesforce: they are written whole."""
    _again(connection, run_id, rows, f"content_hash = '{CHANGED}'")


def _again(connection: Connection, run_id: int, rows: Iterable[Sequence[object]], also: str) -> None:
    stage(connection, "astray", {"id": "BIGINT"}, rows)
    connection.execute(
        text(
            f"UPDATE placements SET {also}, state = 'to write', attempts = 0, outcome = NULL, run_id = :run "  # noqa: S608  # ours
            "WHERE id IN (SELECT id FROM astray)"
        ),
        {"run": run_id},
    )
