"""A started stand-in, and a caller who knows the order of a bulk job's requests."""

import csv
import io
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import requests

from sandbox.salesforce.app import create_app
from sandbox.salesforce.options import AppOptions
from sandbox.salesforce.org import Org
from sandbox.serving import make_http_server

ACTIVITY, KEY = "Real_Magnet_Activity__c", "External_Key__c"
OPTIONS = AppOptions()
Rows = list[dict[str, str]]


@dataclass
class Running:
    """A started stand-in; ``stop`` it to see what survives."""

    org: Org

    def __post_init__(self) -> None:
        self.app = create_app(self.org, OPTIONS)
        self.server = make_http_server(self.app, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self._thread.start()

    def token(self, user_id: str = "") -> str:
        sessions = self.app.extensions["sessions"]
        return sessions.issue(user_id or self.org.integration_user_id, OPTIONS.consumer_key, "api id")

    def stop(self) -> None:
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()
        self.app.extensions["bulk"].close()


def to_csv(rows: list[list[str]], ending: str = "\n", delimiter: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator=ending, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode()


def read_csv(data: bytes, delimiter: str = ",") -> Rows:
    return list(csv.DictReader(io.StringIO(data.decode()), delimiter=delimiter))


@dataclass
class Caller:
    """A client of the API; every answer is handed back as it came."""

    url: str
    token: str = field(repr=False)
    version: str = "66.0"

    def call(self, method: str, path: str, **given: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", **given.pop("headers", {})}
        address = self.url + (path if path.startswith("/services") else f"/services/data/v{self.version}{path}")
        return requests.request(method, address, headers=headers, timeout=30, **given)

    def create(self, operation: str = "upsert", **given: Any) -> dict[str, Any]:
        body = {"object": ACTIVITY, "operation": operation, "contentType": "CSV", **given}
        if operation == "upsert":
            body.setdefault("externalIdFieldName", KEY)
        reply = self.call("POST", "/jobs/ingest", json=body)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def put(self, job: dict[str, Any], data: Any, **headers: str) -> requests.Response:
        headers = {"Content-Type": "text/csv", **headers}
        return self.call("PUT", f"/{job['contentUrl']}", data=data, headers=headers)

    def close(self, job: dict[str, Any]) -> requests.Response:
        return self.call("PATCH", f"/jobs/ingest/{job['id']}", json={"state": "UploadComplete"})

    def status(self, job: dict[str, Any], kind: str = "ingest") -> dict[str, Any]:
        return self.call("GET", f"/jobs/{kind}/{job['id']}").json()

    def wait(self, job: dict[str, Any], kind: str = "ingest", *states: str) -> dict[str, Any]:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            status = self.status(job, kind)
            if status["state"] in (states or ("JobComplete", "Failed", "Aborted")):
                return status
            time.sleep(0.01)
        raise AssertionError(f"the job stays {status['state']}")

    def run(self, rows: list[list[str]] | bytes, operation: str = "upsert", **given: Any) -> dict[str, Any]:
        """A whole job; its status at the end."""
        job = self.create(operation, **given)
        assert self.put(job, rows if isinstance(rows, bytes) else to_csv(rows)).status_code == 201
        assert self.close(job).status_code == 200
        return self.wait(job)

    def results(self, job: dict[str, Any], kind: str = "successfulResults") -> Rows:
        return read_csv(self.call("GET", f"/jobs/ingest/{job['id']}/{kind}").content)

    def query(self, soql: str) -> list[dict[str, Any]]:
        return self.call("GET", "/query", params={"q": soql}).json()["records"]
