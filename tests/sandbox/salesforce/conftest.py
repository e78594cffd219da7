"""An empty org with what is shipped deployed to it, its application, and callers with different rights."""

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from sandbox.salesforce.app import close_app, create_app
from sandbox.salesforce.options import AppOptions
from sandbox.salesforce.org import Org
from sandbox.salesforce.plans import Operation, PlanOptions, RowResult
from sandbox.salesforce.rows import plan_write, upsert_rows

if TYPE_CHECKING:
    from flask.testing import FlaskClient

BASE = "http://localhost:8001"


@pytest.fixture
def app(tmp_path: Path) -> Generator[Flask]:
    running = create_app(Org(tmp_path / "org"), AppOptions(instance_url=BASE))
    yield running
    close_app(running)


@pytest.fixture
def org(app: Flask) -> Org:
    return app.extensions["salesforce"].org


class Caller:
    """Calls the data API as one user; paths start behind the version."""

    def __init__(self, app: Flask, user_id: str) -> None:
        self.user_id = user_id
        self.client: FlaskClient = app.test_client()
        token = app.extensions["sessions"].issue(user_id, "key", "api id")
        self.headers = {"Authorization": f"Bearer {token}"}

    def __call__(self, method: str, path: str, **options: Any) -> TestResponse:
        address = path if path.startswith("/services") else "/services/data/v66.0" + path
        headers = self.headers | options.pop("headers", {})
        return self.client.open(address, method=method, headers=headers, base_url=BASE, **options)

    def query(self, text: str, kind: str = "query") -> Any:
        return self("GET", f"/{kind}", query_string={"q": text}).json

    def records(self, text: str, kind: str = "query") -> list[dict[str, Any]]:
        """The answer's records without their attributes."""
        return [{key: row[key] for key in row if key != "attributes"} for row in self.query(text, kind)["records"]]

    def error(self, method: str, path: str, **options: Any) -> tuple[int, str]:
        """Status and code of a refusal."""
        reply = self(method, path, **options)
        return reply.status_code, reply.json[0]["errorCode"]


@pytest.fixture
def integration(app: Flask, org: Org) -> Caller:
    """The user our product connects as: only what the shipped permission set grants."""
    return Caller(app, org.integration_user_id)


@pytest.fixture
def stranger(tmp_path: Path) -> Generator[Caller]:
    """The same user in an org where nothing is deployed: no permission set lets it see a standard object."""
    bare = create_app(Org(tmp_path / "bare", tmp_path / "nothing deployed"), AppOptions(instance_url=BASE))
    yield Caller(bare, bare.extensions["salesforce"].org.integration_user_id)
    close_app(bare)


@pytest.fixture
def user(app: Flask, org: Org) -> Caller:
    """An ordinary user."""
    return Caller(app, org.user_id("ada@salesforce.example"))


def write(
    org: Org,
    sobject: str,
    operation: Operation,
    columns: list[str],
    rows: Sequence[tuple[object, ...]],
    **options: Unpack[PlanOptions],
) -> list[RowResult]:
    """Write as the org itself, with every right."""
    plan = plan_write(org, org.system_access(), org.schema.get(sobject), operation, columns, **options)
    return list(upsert_rows(org, plan, rows))


class People:
    """Makes contacts and leads in one line."""

    def __init__(self, org: Org) -> None:
        self._org = org

    def contact(self, last_name: str = "Berg", email: str | None = None) -> str:
        (made,) = write(self._org, "Contact", "insert", ["LastName", "Email"], [(last_name, email)])
        assert made.id is not None
        return made.id

    def lead(self, last_name: str = "Sol", email: str | None = None) -> str:
        columns = ["LastName", "Company", "Email"]
        (made,) = write(self._org, "Lead", "insert", columns, [(last_name, "Example Ltd", email)])
        assert made.id is not None
        return made.id

    def activity(self, key: str, **values: object) -> str:
        columns, row = ["External_Key__c", *values], (key, *values.values())
        (made,) = write(
            self._org, "Real_Magnet_Activity__c", "upsert", columns, [row], external_field="External_Key__c"
        )
        assert made.id is not None, made.errors
        return made.id


@pytest.fixture
def people(org: Org) -> People:
    return People(org)
