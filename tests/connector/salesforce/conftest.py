"""An org's connection held in memory, and waiting that takes no time."""

import contextlib
import dataclasses
import threading
from collections.abc import Iterator

import pytest
import responses
import stamina

from connector.salesforce.gateway import Salesforce
from connector.salesforce.tokens import AccessToken, Connection
from connector.settings import Settings

ORG = "https://example.my.salesforce.com"
DATA = f"{ORG}/services/data/v66.0"
TOKEN = f"{ORG}/services/oauth2/token"


class MemoryKeeper:
    """What the store keeps, for one process, with a diary of what was done."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.diary: list[str] = []
        self._lock = threading.Lock()

    def load(self) -> Connection:
        return self.connection

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        with self._lock:
            self.diary.append("locked")
            yield

    def replace(self, seen_version: int, token: AccessToken) -> None:
        assert self._lock.locked()
        if seen_version != self.connection.version:
            return
        self.diary.append(f"stored {token.access_token}")
        self.connection = dataclasses.replace(
            self.connection,
            access_token=token.access_token,
            instance_url=token.instance_url,
            refresh_token=token.refresh_token or self.connection.refresh_token,
            version=seen_version + 1,
        )

    def refused(self, reason: str) -> None:
        self.diary.append(f"refused: {reason}")


def connection(**changes: object) -> Connection:
    plain = Connection(
        kind="refresh_token",
        login_url=ORG,
        client_id="client",
        client_secret="client-secret",
        refresh_token="refresh-1",
        instance_url=ORG,
        access_token="token-1",
        version=1,
    )
    return dataclasses.replace(plain, **changes)


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(testing=True, attempts=4):
        yield


@pytest.fixture
def settings() -> Settings:
    return Settings(http_timeout=5, poll_seconds=1)


@pytest.fixture
def keeper() -> MemoryKeeper:
    return MemoryKeeper(connection())


@pytest.fixture
def salesforce(keeper: MemoryKeeper, settings: Settings) -> Iterator[Salesforce]:
    gateway = Salesforce(keeper, settings)
    yield gateway
    gateway.close()


@pytest.fixture
def vendor() -> Iterator[responses.RequestsMock]:
    """Salesforce's answers by hand, for what the stand-in cannot be told to say."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock
