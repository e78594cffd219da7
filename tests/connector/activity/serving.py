"""Starts a small world: both stand-ins served on free ports, and an org of ours connected to them."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from connector import bootstrap
from connector.bootstrap import Services
from connector.settings import Settings
from connector.store import orgs
from sandbox.realmagnet import app as realmagnet_app
from sandbox.realmagnet.account import Account
from sandbox.realmagnet.seed import Plan, add_login
from sandbox.salesforce import app as salesforce_app
from sandbox.salesforce.options import AppOptions
from sandbox.salesforce.org import Org
from sandbox.serving import make_http_server
from tests.connector.activity.world import NOON, World


def settings_for(folder: Path, database_url: str, realmagnet_port: int) -> Settings:
    return Settings(
        database_url=database_url,
        secret_keys=(Fernet.generate_key().decode(),),
        realmagnet_url=f"http://127.0.0.1:{realmagnet_port}/ApiAdapter/Rest/",
        work_dir=str(folder / "work"),
        poll_seconds=0.1,
        http_timeout=10,
    )


def connect(services: Services, options: AppOptions, salesforce_id: str) -> int:
    """An org of ours, connected to both stand-ins as the operator's command would do it."""
    vault = services.vault
    with services.database.write() as connection:
        org_id = orgs.create(connection, salesforce_id, "Example", vault.seal("x", "consumer_secret", "x"))
        secrets = vault.seal(str(org_id), "salesforce.secrets", json.dumps({"client_secret": options.consumer_secret}))
        connection.execute(
            orgs.salesforce_connections.insert().values(
                org_id=org_id,
                kind="client_credentials",
                login_url=options.instance_url,
                instance_url=options.instance_url,
                client_id=options.consumer_key,
                secrets=secrets,
            )
        )
        password = vault.seal(str(org_id), "realmagnet.password", Plan().password)
        connection.execute(
            orgs.realmagnet_connections.insert().values(org_id=org_id, username=Plan().username, password=password)
        )
    return org_id


def _nobody(_environ: object, _start: object) -> list[bytes]:
    return []


@contextmanager
def serving(app: Callable[[int], Any]) -> Iterator[int]:
    """Serve on a free port the application that is made for it."""
    server = make_http_server(_nobody, "127.0.0.1", 0)
    server.app = app(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def small_world(folder: Path, database_url: str, org: Org) -> Iterator[World]:
    account = Account(folder / "realmagnet")
    account.create(NOON)
    add_login(account, Plan(start=NOON))
    account.index_events()
    org.set_setting("bulk_seconds", "0")
    found: dict[str, Any] = {}

    def salesforce(port: int) -> Any:
        found["options"] = AppOptions(f"http://127.0.0.1:{port}")
        found["salesforce"] = salesforce_app.create_app(org, found["options"])
        return found["salesforce"]

    with serving(lambda _port: realmagnet_app.create_app(account)) as port, serving(salesforce):
        services = bootstrap.services(settings_for(folder, database_url, port))
        try:
            url = f"http://127.0.0.1:{port}"
            backstage = found["salesforce"].extensions["salesforce"]
            switches = found["salesforce"].extensions["switches"]
            org_id = connect(services, found["options"], org.id)
            yield World(folder, account, url, org, switches, services, org_id, backstage.calls)
        finally:
            services.database.dispose()
            services.redis.close()
            salesforce_app.close_app(found["salesforce"])
