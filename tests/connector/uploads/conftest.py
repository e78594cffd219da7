"""One small world for the tests of a module: they share its servers and make people, sources and jobs of their own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina

from connector.store import tables  # noqa: F401  # every table must be known
from connector.store.database import Database
from connector.store.migrate import migrate
from sandbox.salesforce.org import Org
from tests.connector.activity.serving import small_world
from tests.connector.uploads.world import UploadWorld


@pytest.fixture(scope="session")
def migrated_for_uploads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "ours.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


@pytest.fixture(scope="session")
def org_for_uploads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("org")
    Org(folder).close()
    return folder


@pytest.fixture(scope="module", autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(testing=True, attempts=4):
        yield


@pytest.fixture(scope="module")
def shared_world(
    tmp_path_factory: pytest.TempPathFactory, migrated_for_uploads: Path, org_for_uploads: Path
) -> Iterator[UploadWorld]:
    folder = tmp_path_factory.mktemp("uploads")
    shutil.copy(migrated_for_uploads, folder / "ours.db")
    shutil.copytree(org_for_uploads, folder / "salesforce")
    with small_world(folder, f"sqlite:///{folder}/ours.db", Org(folder / "salesforce")) as world:
        yield UploadWorld(world)


@pytest.fixture
def world(shared_world: UploadWorld) -> Iterator[UploadWorld]:
    """The module's world on a good day, in both vendors' and our books whatever the tests before put there."""
    yield shared_world
    shared_world.mend()
