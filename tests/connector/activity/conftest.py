"""A small world for each test: a migrated database, an empty org and an empty account, with time standing still."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina

from connector import clock
from connector.store import tables  # noqa: F401  # every table must be known
from connector.store.database import Database
from connector.store.migrate import migrate
from sandbox.salesforce.org import Org
from tests.connector.activity.serving import small_world
from tests.connector.activity.world import World


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "ours.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


@pytest.fixture(scope="session")
def empty_org(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("org")
    Org(folder).close()
    return folder


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    shutil.copy(migrated_file, tmp_path / "ours.db")
    return f"sqlite:///{tmp_path}/ours.db"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def org(empty_org: Path, tmp_path: Path) -> Org:
    shutil.copytree(empty_org, tmp_path / "salesforce")
    return Org(tmp_path / "salesforce")


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(testing=True, attempts=4):
        yield


@pytest.fixture
def world(tmp_path: Path, database_url: str, org: Org, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with small_world(tmp_path, database_url, org) as found:
        monkeypatch.setattr(clock, "now", lambda: clock.from_milliseconds(found.now))
        yield found


@pytest.fixture
def by_bulk(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few rows: a bulk job."""
    monkeypatch.setattr("connector.activity.write.FEW", 0)


@pytest.fixture(params=["bulk", "collections"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to Salesforce, for what must hold whichever is taken."""
    if request.param == "bulk":
        monkeypatch.setattr("connector.activity.write.FEW", 0)
    return str(request.param)
