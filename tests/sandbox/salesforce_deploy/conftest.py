"""A bare org whose deployments take no time, and callers with different rights."""

from collections.abc import Generator
from pathlib import Path

import pytest
from flask import Flask

from sandbox.salesforce.app import close_app, create_app
from sandbox.salesforce.deploy.deployments import SECONDS
from sandbox.salesforce.options import AppOptions
from sandbox.salesforce.org import Org
from tests.sandbox.salesforce_deploy.packing import BASE, Deployer


def open_bare(folder: Path) -> Flask:
    org = Org(folder, bare=True)
    org.set_setting(SECONDS, "0")
    return create_app(org, AppOptions(instance_url=BASE))


@pytest.fixture
def app(tmp_path: Path) -> Generator[Flask]:
    running = open_bare(tmp_path / "org")
    yield running
    close_app(running)


@pytest.fixture
def org(app: Flask) -> Org:
    return app.extensions["salesforce"].org


@pytest.fixture
def admin(app: Flask, org: Org) -> Deployer:
    return Deployer(app, org.admin_user_id)


@pytest.fixture
def integration(app: Flask, org: Org) -> Deployer:
    return Deployer(app, org.integration_user_id)
