"""Scopes that somebody asked about, each once: what a run of an update, a back-fill or a deletion is about."""

from sqlalchemy import BigInteger, Boolean, Column, Connection, ForeignKey, Index, Integer, String, Table, text

from connector.model.scope import Scope
from connector.store.database import metadata

scopes = Table(
    "scopes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("digest", String(32), nullable=False),
    Column("message_id", BigInteger),
    Column("person_id", String(18), nullable=False, server_default=""),
    Column("activity_group", String(40), nullable=False, server_default=""),
    Column("object", String(80), nullable=False, server_default=""),
    Column("run_id", Integer),
    Column("from_at", BigInteger),
    Column("before_at", BigInteger),
    Column("undone_run_id", Integer),
    Column("only_failed", Boolean),
    Index("uq_scopes_org_id", "org_id", "digest", unique=True),
)


def keep(connection: Connection, org_id: int, scope: Scope) -> int:
    """The id of a scope, made on first sight."""
    return int(
        connection.execute(
            text("""
                INSERT INTO scopes (org_id, digest, message_id, person_id, activity_group, object, run_id, from_at,
                                    before_at, undone_run_id, only_failed)
                VALUES (:org, :digest, :message, :person, :kind, :object, :run, :from_at, :before_at,
                        :undone, :failed)
                ON CONFLICT (org_id, digest) DO UPDATE SET digest = excluded.digest RETURNING id
            """),
            {
                "org": org_id,
                "digest": scope.digest,
                "message": scope.message_id,
                "person": scope.person_id,
                "kind": scope.activity_group,
                "object": scope.object_name,
                "run": scope.run_id,
                "from_at": scope.from_at,
                "before_at": scope.before_at,
                "undone": scope.undone_run_id,
                "failed": scope.only_failed,
            },
        ).scalar_one()
    )


def get(connection: Connection, org_id: int, scope_id: int) -> Scope | None:
    """A scope of this org."""
    statement = text(
        "SELECT message_id, person_id, activity_group, object, run_id, from_at, before_at, undone_run_id, "
        "only_failed FROM scopes WHERE org_id = :org AND id = :id"
    )
    row = connection.execute(statement, {"org": org_id, "id": scope_id}).first()
    return None if row is None else Scope(*row[:-1], only_failed=True if row.only_failed else None)
