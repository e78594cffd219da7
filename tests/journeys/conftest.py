"""One house for all journeys of uploads: starting one takes longer than any of them."""

from collections.abc import Generator

import pytest
from playwright.sync_api import expect

from tests.forking import Forker
from tests.journeys.hard_cases import HardCases, make_org
from tools.house import House, open_house, plan_on_free_ports

PACE = {"POLL_SECONDS": "0.2"}
PATIENCE = 15_000
"""Milliseconds that a page may take to answer on a machine with other work to do."""


@pytest.fixture(scope="session")
def uploads_house(tmp_path_factory: pytest.TempPathFactory, forker: Forker) -> Generator[tuple[House, HardCases]]:
    """Everything running over an org with hard cases. Tests make jobs and groups of names of their own."""
    expect.set_options(timeout=PATIENCE)
    folder = tmp_path_factory.mktemp("uploads") / "house"
    cases = make_org(folder / "salesforce")
    plan = plan_on_free_ports(folder, web=True, environ=PACE)
    with open_house(plan, lambda _line: None, forker) as house:
        yield house, cases
