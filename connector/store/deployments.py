"""What we deployed into an org: Salesforce does the work, a row here lets it be found again after leaving the page."""

import json
from collections.abc import Sequence

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Index, Integer, RowMapping, String, Table, Text, text

from connector import clock
from connector.model.connection import ComponentError, Deployment
from connector.store.database import metadata

CLAIM_LASTS = 5 * 60 * 1000
"""Milliseconds after which nobody is asking Salesforce any more who said that he would."""
FORGOTTEN_AFTER = 3600 * 1000
"""Milliseconds after which a deployment that nobody may look at no longer stands in the way of another."""
FORGOTTEN = "Forgotten"

_UNFINISHED = text("finished_at IS NULL")

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
    Index("uq_deployments_unfinished", "org_id", unique=True, sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED),
)
"""`salesforce_id` is the deployment's own id there, empty while Salesforce is being asked for one.

`errors` is a JSON array of [kind, name, problem]."""


def claim(connection: Connection, org_id: int, user_id: int | None) -> int | None:
    """Be the one who asks Salesforce for a deployment; its number here, None while another is under way.

    Follow it by `taken` or `withdraw`.
    """
    now = clock.milliseconds(clock.now())
    values = {"org": org_id, "user": user_id, "now": now, "claimed": now - CLAIM_LASTS, "old": now - FORGOTTEN_AFTER}
    connection.execute(
        text(
            "DELETE FROM deployments "
            "WHERE org_id = :org AND finished_at IS NULL AND salesforce_id = '' AND started_at <= :claimed"
        ),
        values,
    )
    connection.execute(
        text(
            "UPDATE deployments SET finished_at = :now, state = :forgotten "
            "WHERE org_id = :org AND finished_at IS NULL AND started_at <= :old"
        ),
        {**values, "forgotten": FORGOTTEN},
    )
    statement = text(
        "INSERT INTO deployments (org_id, user_id, salesforce_id, started_at) VALUES (:org, :user, '', :now) "
        "ON CONFLICT DO NOTHING RETURNING id"
    )
    found = connection.execute(statement, values).scalar()
    return None if found is None else int(found)


def taken(connection: Connection, deployment_id: int, salesforce_id: str) -> None:
    """Salesforce took what was claimed."""
    connection.execute(
        text("UPDATE deployments SET salesforce_id = :salesforce WHERE id = :id"),
        {"salesforce": salesforce_id, "id": deployment_id},
    )


def withdraw(connection: Connection, deployment_id: int) -> None:
    """Salesforce did not take what was claimed."""
    connection.execute(text("DELETE FROM deployments WHERE id = :id AND salesforce_id = ''"), {"id": deployment_id})


def under_way(connection: Connection, org_id: int) -> RowMapping | None:
    """The deployment that has not ended, as far as we know; not one that nobody could follow to its end."""
    row = latest(connection, org_id)
    if row is None or row["finished_at"] is not None:
        return None
    lasts = FORGOTTEN_AFTER if row["salesforce_id"] else CLAIM_LASTS
    return row if clock.milliseconds(clock.now()) - row["started_at"] < lasts else None


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
