"""An account seeded once a session and copied for each test, and a client that speaks to it."""

import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sandbox.realmagnet.account import FILE, Account
from sandbox.realmagnet.app import BASE, create_app
from sandbox.realmagnet.seed import Plan, seed_demo
from sandbox.realmagnet.server import make_http_server
from sandbox.realmagnet.wire import read_instant

START = read_instant("2026-03-12T12:00:00")  # the three weeks before it hold the change to daylight saving time
JSON = {"Accept": "application/json"}


@dataclass
class Client:
    """Logged in; `call` wants a good answer and decodes it, `post` takes what comes."""

    web: FlaskClient
    credentials: dict[str, Any]

    def post(self, op: str, **members: Any) -> TestResponse:
        return self.web.post(f"{BASE}{op}/", data=orjson.dumps({**self.credentials, **members}), headers=JSON)

    def call(self, op: str, **members: Any) -> Any:
        answer = self.post(op, **members)
        assert answer.status_code == 200, answer.text
        return orjson.loads(answer.data)

    def admin(self, path: str, **members: Any) -> Any:
        address = f"/_sandbox/{path}"
        answer = self.web.post(address, data=orjson.dumps(members)) if members else self.web.get(address)
        assert answer.status_code == 200, answer.text
        return orjson.loads(answer.data)

    def page(self, message_id: int, report: str, page: int = 1, size: int = 2000, **members: Any) -> Any:
        wanted = {"MessageID": message_id, "ReportType": report, "Page": page, "RecordsPerPage": size}
        return self.call("GetDetailedTracking", **wanted, **members)

    def messages(self) -> dict[str, int]:
        return {row["MessageName"]: row["MessageID"] for row in self.call("GetMessageList")}

    def truth(self, message_id: int) -> dict[str, Any]:
        return next(row for row in self.admin("truth")["messages"] if row["MessageID"] == message_id)


def log_in(web: FlaskClient) -> Client:
    body = orjson.dumps({"UserName": "demo", "Password": "demo"})
    triple = orjson.loads(web.post(f"{BASE}Authenticate/", data=body, headers=JSON).data)
    return Client(web, {"SessionID": triple["SessionID"], "UserID": triple["UserID"]})


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Account:
    account = Account(tmp_path_factory.mktemp("seeded"))
    seed_demo(account, Plan(start=START))
    return account


@pytest.fixture
def account(seeded: Account, tmp_path: Path) -> Iterator[Account]:
    copy = sqlite3.connect(tmp_path / FILE)
    seeded.connection.backup(copy)
    copy.close()
    account = Account(tmp_path)
    yield account
    account.close()


@pytest.fixture
def client(account: Account) -> Client:
    return log_in(create_app(account).test_client())


@pytest.fixture
def http_port(account: Account) -> Iterator[int]:
    server = make_http_server(create_app(account), "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()
