"""Alembic's entry: the database it is given and the tables that should be there."""

from alembic import context
from sqlalchemy import Connection

from connector.store import tables
from connector.store.database import metadata

TABLES = tables.ALL


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


_migrate(context.config.attributes["connection"])
