"""Our own store on either database, with one org in it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.store import orgs, tables  # noqa: F401  # every table must be known
from connector.store.database import Database
from connector.store.migrate import migrate


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("migrated")
    database = Database(f"sqlite:///{folder}/ours.db")
    migrate(database)
    database.dispose()
    return folder


@pytest.fixture
def sqlite_url(migrated: Path, tmp_path: Path) -> str:
    shutil.copytree(migrated, tmp_path / "store")
    return f"sqlite:///{tmp_path}/store/ours.db"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    found = Database(request.getfixturevalue(f"{request.param}_url"))
    yield found
    found.dispose()


@pytest.fixture
def org_id(database: Database) -> int:
    with database.write() as connection:
        return orgs.create(connection, "00D", "Example", "")
