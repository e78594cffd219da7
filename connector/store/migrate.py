"""Takes a database to the newest tables, or to any step before; safe when two processes start it at once."""

from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

from connector.store.database import Database
from connector.store.planning import teach
from connector.store.turnstile import alone

FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_411_201
"""Any number of our own: PostgreSQL's advisory lock of migrations."""


def migrate(database: Database, revision: str = "head") -> None:
    """Upgrade to a revision; below the present one, downgrade is `step_down`."""
    with _alone(database), database.engine.connect() as connection:
        command.upgrade(config(connection.execution_options(writes=True)), revision)
    if revision == "head":
        teach(database)


def step_down(database: Database, revision: str) -> None:
    """Go back to an earlier revision (`base`: to nothing)."""
    with _alone(database), database.engine.connect() as connection:
        command.downgrade(config(connection.execution_options(writes=True)), revision)


def is_current(database: Database) -> bool:
    """Whether the database has the newest tables. Raises SQLAlchemy's errors where it has none of ours, or is away."""
    with database.read() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == newest()


@cache
def newest() -> str | None:
    """The last revision there is."""
    return ScriptDirectory.from_config(config(None)).get_current_head()


@contextmanager
def _alone(database: Database) -> Generator[None]:
    """Nobody else migrates until the end: each revision is a transaction, and between two of them anybody may come."""
    if database.sqlite:
        with alone(Path(f"{database.url.database}-migration")):
            yield
        return
    with database.engine.connect() as plain:
        holder = plain.execution_options(isolation_level="AUTOCOMMIT")
        holder.exec_driver_sql(f"SELECT pg_advisory_lock({_LOCK})")
        try:
            yield
        finally:
            holder.exec_driver_sql(f"SELECT pg_advisory_unlock({_LOCK})")


def config(connection: object) -> Config:
    """Alembic's configuration for one connection; it has no file of its own."""
    found = Config()
    found.set_main_option("script_location", str(FOLDER))
    found.attributes["connection"] = connection
    return found
