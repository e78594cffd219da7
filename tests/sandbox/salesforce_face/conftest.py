"""An org with a face over real HTTP on one site, and an application that it frames on another."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from flask import Flask, request
from werkzeug.wrappers import Response

from sandbox.salesforce.app import create_app
from sandbox.salesforce.options import AppOptions
from sandbox.salesforce.org import Org
from sandbox.salesforce.rows import plan_write, upsert_rows
from sandbox.serving import make_http_server

ACTIVITY = "Real_Magnet_Activity__c"
PAGE = "<!doctype html><title>framed</title><p id=launched>launched</p><script>{}</script>"
CHILD = """
const told = new Map(); window.events = []; let seq = 0;
addEventListener("message", (event) => {
  const message = JSON.parse(event.data);
  if (message.type === "callback") told.get(message.seq)?.(message);
  else window.events.push(message.payload);
});
window.ask = (body) => new Promise((done) => {
  told.set(++seq, done);
  parent.postMessage(JSON.stringify({seq, src: "client", clientVersion: "41.0", body, targetModule: "Canvas"}), "*");
});
"""


@dataclass
class FramedApp:
    """Records what reaches it; its page can speak the Canvas wire protocol."""

    url: str = ""
    launches: list[dict[str, Any]] = field(default_factory=list)

    def create(self, port: int) -> Flask:
        self.url = f"http://127.0.0.1:{port}"
        app = Flask("framed")

        @app.route("/canvas/<org_id>", methods=["GET", "POST"])
        def canvas(org_id: str) -> Response:
            told = {"method": request.method, "org": org_id, "form": request.form.to_dict()}
            self.launches.append(told | {"args": request.args.to_dict(), "cookie": request.headers.get("Cookie")})
            return Response(PAGE.format(CHILD), mimetype="text/html")

        return app


@contextmanager
def serving(create: Callable[[int], Flask]) -> Iterator[Flask]:
    """Serve the application that is made for the port it gets."""
    server = make_http_server(None, "127.0.0.1", 0)
    app = server.app = create(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield app
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def framed() -> Iterator[FramedApp]:
    framed = FramedApp()
    with serving(framed.create):
        yield framed


@pytest.fixture
def org(tmp_path) -> Iterator[Org]:
    org = Org(tmp_path / "org")
    org.set_setting("bulk_seconds", "0")
    yield org
    org.close()


@dataclass
class Face:
    """A visitor of the face, and the application behind it."""

    url: str
    options: AppOptions
    app: Flask
    org: Org

    def get(self, path: str, **given: Any) -> requests.Response:
        return requests.get(self.url + path, timeout=20, **given)

    def post(self, path: str, **given: Any) -> requests.Response:
        return requests.post(self.url + path, timeout=20, **given)

    def insert(self, name: str, **columns: list[str]) -> list[str]:
        """Records made by the org itself; their ids in the order of the values."""
        plan = plan_write(self.org, self.org.system_access(), self.org.schema.get(name), "insert", list(columns))
        results = list(upsert_rows(self.org, plan, zip(*columns.values(), strict=True)))
        assert all(result.success for result in results), results
        return [result.id or "" for result in results]

    def activities(self, contact: str, count: int) -> None:
        self.insert(
            ACTIVITY,
            External_Key__c=[f"{contact}-{number}" for number in range(count)],
            Contact__c=[contact] * count,
            Activity_Date__c=[f"2026-11-{1 + number % 28:02d}T15:00:00.000Z" for number in range(count)],
            Activity_Group__c=["Clicked"] * count,
            Activity__c=["Clicked"] * count,
            Message_Name__c=[f"Newsletter {number}" for number in range(count)],
            Link_Label__c=["Register"] * count,
            Link_URL__c=["https://example.org/register"] * count,
        )


@pytest.fixture
def face(org, framed) -> Iterator[Face]:
    def create(port: int) -> Flask:
        # the application's site is 127.0.0.1; the face is looked at as localhost, another site
        return create_app(org, AppOptions(instance_url=f"http://localhost:{port}", app_url=framed.url))

    with serving(create) as app:
        options = app.extensions["salesforce"].options
        yield Face(options.instance_url, options, app, org)
    app.extensions["bulk"].close()
