"""Takes a database to the newest tables, or to any step before; safe when two processes start it at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from connector.store.database import Database
from connector.store.planning import teach

FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_411_201
"""Any number of our own: PostgreSQL's advisory lock of migrations."""


def migrate(database: Database, revision: str = "head") -> None:
    """Upgrade to a revision; below the present one, downgrade is `step_down`."""
    with database.engine.connect() as connection:
        plain = connection.execution_options(writes=True)
        if not database.sqlite:
            plain.exec_driver_sql(f"SELECT pg_advisory_lock({_LOCK})")
            plain.commit()
        try:
            command.upgrade(config(plain), revision)
        finally:
            if not database.sqlite:
                plain.exec_driver_sql(f"SELECT pg_advisory_unlock({_LOCK})")
                plain.commit()
    if revision == "head":
        teach(database)


def step_down(database: Database, revision: str) -> None:
    """Go back to an earlier revision (`base`: to nothing)."""
    with database.engine.connect() as connection:
        command.downgrade(config(connection), revision)


def config(connection: object) -> Config:
    """Alembic's configuration for one connection; it has no file of its own."""
    found = Config()
    found.set_main_option("script_location", str(FOLDER))
    found.attributes["connection"] = connection
    return found
