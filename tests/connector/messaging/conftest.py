"""One small world for all tests of single messages: each uses people and addresses of its own."""

from collections.abc import Iterator

import pytest
import stamina

from connector.store import tables  # noqa: F401  # every table must be known
from sandbox.salesforce.org import Org
from tests.connector.activity.serving import small_world
from tests.connector.activity.world import World
from tests.stores import empty_store


@pytest.fixture(scope="module", autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(testing=True, attempts=2):
        yield


@pytest.fixture(scope="module")
def shared_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("single")
    with small_world(folder, empty_store(folder / "ours.db"), Org(folder / "salesforce")) as world:
        yield world


@pytest.fixture
def world(shared_world: World) -> Iterator[World]:
    yield shared_world
    shared_world.good_day()
