"""Real servers and processes for tests: each test has its own, in its own folder, and leaves nothing behind."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.forking import Forker, forking
from tools.processes import Processes
from tools.redis_server import RedisServer, embedded_redis


@pytest.fixture
def redis_server(tmp_path: Path) -> Generator[RedisServer]:
    with embedded_redis(tmp_path / "redis") as server:
        yield server


@pytest.fixture(scope="session")
def forker() -> Generator[Forker]:
    """Whoever hands this on to `Processes` has them started without seconds of imports each."""
    with forking() as found:
        yield found


@pytest.fixture
def processes(tmp_path: Path) -> Generator[Processes]:
    with Processes(tmp_path / "logs") as running:
        yield running
