"""What we deployed into an org: Salesforce does the work, a row here lets it be found again after leaving the page."""

import json
from collections.abc import Sequence

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Index, Integer, RowMapping, String, Table, Text, text

from connector import clock
from connector.model.connection import ComponentError, Deployment
from connector.store.database import metadata, new_id

deployments = Table(
    "deployments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("user_id", Integer, ForeignKey("users.id")),
    Column("salesforce_id", String(18), nullable=False),
    Column("state", String(20), nullable=False, server_default="Pending"),
    Column("deployed", Integer, nullable=False, server_default="0"),
    Column("total", Integer, nullable=False, server_default="0"),
    Column("errors", Text, nullable=False, server_default="[]"),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Index("ix_deployments_org_id", "org_id", "id"),
)
"""`salesforce_id` is the deployment's own id there; `errors` is a JSON array of [kind, name, problem]."""


def begin(connection: Connection, org_id: int, user_id: int | None, salesforce_id: str) -> int:
    """Salesforce took a deployment; answers its number here."""
    return new_id(
        connection.execute(
            deployments.insert().values(
                org_id=org_id,
                user_id=user_id,
                salesforce_id=salesforce_id,
                started_at=clock.milliseconds(clock.now()),
            )
        )
    )


def note(connection: Connection, org_id: int, deployment: Deployment) -> None:
    """How it stands now, as Salesforce told."""
    connection.execute(
        text(
            "UPDATE deployments SET state = :state, deployed = :deployed, total = :total, errors = :errors, "
            "finished_at = :finished WHERE org_id = :org AND salesforce_id = :id"
        ),
        {
            "state": deployment.state[:20],
            "deployed": deployment.deployed,
            "total": deployment.total,
            "errors": json.dumps([[error.kind, error.name, error.problem] for error in deployment.errors]),
            "finished": clock.milliseconds(clock.now()) if deployment.done else None,
            "org": org_id,
            "id": deployment.id,
        },
    )


def latest(connection: Connection, org_id: int) -> RowMapping | None:
    """The newest deployment of an org."""
    statement = text("SELECT * FROM deployments WHERE org_id = :org ORDER BY id DESC LIMIT 1")
    return connection.execute(statement, {"org": org_id}).mappings().first()


def errors(row: RowMapping) -> Sequence[ComponentError]:
    """What Salesforce refused of it."""
    return [ComponentError(*each) for each in json.loads(row["errors"])]
