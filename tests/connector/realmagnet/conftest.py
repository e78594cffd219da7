"""A Real Magnet account on its real protocol, seeded once a worker, calm again for every test."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
import requests
import stamina

from connector.model.tracking import Period
from connector.realmagnet.gateway import RealMagnet
from connector.settings import Settings
from sandbox.realmagnet import documents
from sandbox.realmagnet.account import DAY, Account
from sandbox.realmagnet.app import create_app
from sandbox.realmagnet.seed import Plan, add_groups, add_login, add_message, seed_demo, store_recipients
from sandbox.realmagnet.server import make_http_server
from sandbox.realmagnet.wire import read_instant

START = "2026-11-20T12:00:00"
GROUP, MESSAGE, FIRST_MEMBER, MEMBERS = 5, 18_952_101, 2_778_600_001, 6
PERIOD = Period(date(2026, 10, 1), date(2026, 11, 20))


@dataclass(frozen=True)
class Vendor:
    """Where the stand-in is, and its own admin address."""

    root: str
    account: Account

    @property
    def settings(self) -> Settings:
        return Settings(realmagnet_url=f"{self.root}/ApiAdapter/Rest/", http_timeout=5)

    @property
    def now(self) -> int:
        return self.account.now()

    def switch(self, **wanted: Any) -> None:
        requests.post(f"{self.root}/_sandbox/switches", json=wanted, timeout=5).raise_for_status()

    def calm(self) -> None:
        requests.delete(f"{self.root}/_sandbox/switches", timeout=5).raise_for_status()

    def look(self, path: str) -> list[dict[str, Any]]:
        """What truly stands in the account's tables."""
        found: list[dict[str, Any]] = requests.get(f"{self.root}/_sandbox/{path}", timeout=5).json()
        return found


@contextmanager
def serving(account: Account) -> Iterator[Vendor]:
    server = make_http_server(create_app(account), "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Vendor(f"http://127.0.0.1:{server.server_port}", account)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def _vendor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vendor]:
    account = Account(tmp_path_factory.mktemp("account"))
    seed_demo(account, Plan(start=read_instant(START)))
    with serving(account) as vendor:
        yield vendor


@pytest.fixture(scope="session")
def _desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vendor]:
    account, start = Account(tmp_path_factory.mktemp("desk")), read_instant(START)
    account.create(start)
    account.index_events()
    add_login(account, Plan())
    fields = ({"Email": f"p{number}@people.example", "CustomID": f"P{number}"} for number in range(MEMBERS))
    store_recipients(account, (documents.row_of(FIRST_MEMBER + place, one) for place, one in enumerate(fields)))
    add_groups(account, {GROUP: list(range(FIRST_MEMBER, FIRST_MEMBER + MEMBERS)), 7: []}, ["Members", "Empty"], start)
    add_message(account, (MESSAGE, "Annual appeal", start - DAY), [])
    with serving(account) as vendor:
        yield vendor


@pytest.fixture
def desk(_desk: Vendor) -> Vendor:
    """A small account for tests that change it: each makes the groups that it fills, and uploads are done at once."""
    _desk.calm()
    _desk.switch(upload_delay={"seconds": 0, "times": -1})
    return _desk


@pytest.fixture
def clerk(desk: Vendor) -> Iterator[RealMagnet]:
    """A gateway to the small account, logged in."""
    gateway = RealMagnet(Plan().username, Plan().password, desk.settings)
    gateway.login()
    yield gateway
    gateway.close()


@pytest.fixture
def vendor(_vendor: Vendor) -> Vendor:
    _vendor.calm()
    return _vendor


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(testing=True, attempts=4):
        yield


@pytest.fixture
def connect(vendor: Vendor) -> Iterator[Callable[..., RealMagnet]]:
    made: list[RealMagnet] = []

    def build(password: str = Plan().password) -> RealMagnet:
        made.append(RealMagnet(Plan().username, password, vendor.settings))
        return made[-1]

    yield build
    for gateway in made:
        gateway.close()


@pytest.fixture
def gateway(connect: Callable[..., RealMagnet]) -> RealMagnet:
    return connect()
