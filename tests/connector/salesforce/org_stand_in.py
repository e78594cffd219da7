"""A whole org on its real protocol, on a free port of this machine."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from connector.salesforce.tokens import Connection
from sandbox.salesforce.app import create_app
from sandbox.salesforce.bad_days import BadDays
from sandbox.salesforce.bulk.ingest_views import ingest_blueprint
from sandbox.salesforce.bulk.query_views import query_blueprint
from sandbox.salesforce.bulk.service import Bulk
from sandbox.salesforce.options import AppOptions
from sandbox.salesforce.org import INTEGRATION, Org
from sandbox.salesforce.sessions import Sessions
from sandbox.salesforce.switches import Switches
from sandbox.serving import make_http_server


@dataclass
class StandIn:
    org: Org
    options: AppOptions
    app: Flask
    switches: Switches
    bulk: Bulk

    @property
    def sessions(self) -> Sessions:
        found: Sessions = self.app.extensions["sessions"]
        return found

    def connection(self, kind: str = "refresh_token", **more: str) -> Connection:
        options, user = self.options, self.org.integration_user_id
        refresh = self.sessions.issue_refresh(user, options.consumer_key, "api refresh_token")
        given = {
            "client_id": options.consumer_key,
            "client_secret": options.consumer_secret,
            "refresh_token": refresh if kind == "refresh_token" else "",
            "username": INTEGRATION.username,
            "password": options.password + options.security_token if kind == "password" else "",
        }
        return Connection(kind=kind, login_url=options.instance_url, **{**given, **more})


@contextlib.contextmanager
def serving(folder: Path, certificate: str | None = None, *, rotate: bool = False) -> Iterator[StandIn]:
    org, switches = Org(folder), Switches()
    org.set_setting("bulk_seconds", "0")
    server = make_http_server(_nobody, "127.0.0.1", 0)
    options = AppOptions(
        f"http://127.0.0.1:{server.server_port}", certificate=certificate, rotate_refresh_tokens=rotate
    )
    app, bulk = create_app(org, options), Bulk(org, switches)
    for blueprint in (ingest_blueprint(bulk), query_blueprint(bulk)):
        if blueprint.name not in app.blueprints:
            app.register_blueprint(blueprint)
    server.app = BadDays(app, switches)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield StandIn(org, options, app, switches, bulk)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        bulk.close()
        org.close()


def _nobody(_environ: object, _start: object) -> list[bytes]:
    return []
