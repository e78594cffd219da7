"""Bulk jobs: which rows are on their way to Salesforce, so that a crash anywhere loses and repeats nothing."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Index, Integer, String, Table, Text, text

from connector import clock
from connector.store.database import metadata, new_id

bulk_jobs = Table(
    "bulk_jobs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("run_id", Integer, ForeignKey("runs.id"), nullable=False),
    Column("object", String(80), nullable=False),
    Column("operation", String(20), nullable=False),
    Column("salesforce_id", String(18)),
    Column("state", String(20), nullable=False),
    Column("rows", BigInteger, nullable=False, server_default="0"),
    Column("created_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),
    Column("reason", Text, nullable=False, server_default=""),
    Index("ix_bulk_jobs_org_id_settled_at", "org_id", "settled_at"),
)
"""A row stands before its Salesforce job exists; `salesforce_id` and `state` follow it."""


class CarryState(StrEnum):
    """Where a bulk job of ours is, as far as we have committed it."""

    PREPARING = "Preparing"
    OPEN = "Open"
    UPLOADED = "Uploaded"
    SETTLED = "Settled"
    ABANDONED = "Abandoned"


@dataclass(frozen=True)
class Carry:
    """One row of `bulk_jobs`."""

    id: int
    object_name: str
    salesforce_id: str | None
    state: CarryState
    rows: int
    operation: str = "upsert"


DELETE = "delete"
"""The operation of a bulk job that takes rows out."""


def create(connection: Connection, org_id: int, run_id: int, object_name: str, rows: int) -> int:
    """A bulk job about to be made, which writes rows; answers our id of it."""
    return _create(connection, (org_id, run_id), object_name, "upsert", rows)


def create_delete(connection: Connection, org_id: int, run_id: int, object_name: str, rows: int) -> int:
    """A bulk job about to be made, which deletes rows; answers our id of it."""
    return _create(connection, (org_id, run_id), object_name, DELETE, rows)


def _create(connection: Connection, whose: tuple[int, int], object_name: str, operation: str, rows: int) -> int:
    org_id, run_id = whose
    return new_id(
        connection.execute(
            bulk_jobs.insert().values(
                org_id=org_id,
                run_id=run_id,
                object=object_name,
                operation=operation,
                state=CarryState.PREPARING,
                rows=rows,
                created_at=clock.milliseconds(clock.now()),
            )
        )
    )


def set_state(connection: Connection, job: int, state: CarryState, salesforce_id: str | None = None) -> None:
    """Follow the bulk job; the two end states note when."""
    ended = clock.milliseconds(clock.now()) if state in {CarryState.SETTLED, CarryState.ABANDONED} else None
    connection.execute(
        text(
            "UPDATE bulk_jobs SET state = :state, settled_at = :ended, "
            "salesforce_id = coalesce(:salesforce_id, salesforce_id) WHERE id = :id"
        ),
        {"state": state, "ended": ended, "salesforce_id": salesforce_id, "id": job},
    )


def unsettled(connection: Connection, org_id: int) -> list[Carry]:
    """The org's bulk jobs whose answers have not been read to the end."""
    statement = text(
        "SELECT id, object, salesforce_id, state, rows, operation FROM bulk_jobs "
        "WHERE org_id = :org AND settled_at IS NULL ORDER BY id"
    )
    rows = connection.execute(statement, {"org": org_id})
    return [Carry(int(i), str(o), s and str(s), CarryState(state), int(n), str(how)) for i, o, s, state, n, how in rows]
