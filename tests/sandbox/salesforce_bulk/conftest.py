"""An org with a hundred Contacts, over real HTTP."""

from collections.abc import Iterator

import pytest

from sandbox.salesforce.org import Org
from sandbox.salesforce.rows import plan_write, upsert_rows
from tests.sandbox.salesforce_bulk.bulk_caller import Caller, Running


@pytest.fixture
def org(tmp_path) -> Iterator[Org]:
    org = Org(tmp_path / "org")
    org.set_setting("bulk_seconds", "0")
    yield org
    org.close()


@pytest.fixture
def running(org) -> Iterator[Running]:
    running = Running(org)
    yield running
    running.stop()


@pytest.fixture
def caller(running) -> Caller:
    return Caller(running.url, running.token())


@pytest.fixture
def contacts(org) -> list[str]:
    """The ids of a hundred Contacts, in order."""
    plan = plan_write(org, org.system_access(), org.schema.get("Contact"), "insert", ["LastName", "Email"])
    people = ([f"Person {number}", f"person{number}@example.org"] for number in range(100))
    return sorted(result.id or "" for result in upsert_rows(org, plan, people))
