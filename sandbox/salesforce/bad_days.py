"""Plays the bad days around the application: failures, slowness, cut connections; knows HTTP and nothing behind it."""

import socket
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from sandbox.salesforce.switches import Switch, Switches

ADMIN = "/_sandbox/"
MAINTENANCE = (
    "<!DOCTYPE html><html><head><title>Maintenance</title></head><body><h1>Sorry to interrupt</h1></body></html>"
)

JSON, HTML = "application/json;charset=UTF-8", "text/html;charset=UTF-8"
SALESFORCE_ERROR = '[{"message":"%s","errorCode":"%s"}]'
ANSWERS: dict[str, tuple[str, str, str]] = {
    "unauthorized": ("401 Unauthorized", JSON, SALESFORCE_ERROR % ("Session expired or invalid", "INVALID_SESSION_ID")),
    "request_limit": (
        "403 Forbidden",
        JSON,
        SALESFORCE_ERROR % ("TotalRequests Limit exceeded.", "REQUEST_LIMIT_EXCEEDED"),
    ),
    # assumed: Salesforce's own pages name no 429 body; proxies in front of it send one
    "too_many": ("429 Too Many Requests", JSON, SALESFORCE_ERROR % ("Too many requests.", "REQUEST_LIMIT_EXCEEDED")),
    "unavailable": ("503 Service Unavailable", HTML, MAINTENANCE),
    # assumed: the text of an internal error
    "server_error": (
        "500 Internal Server Error",
        JSON,
        SALESFORCE_ERROR % ("An unexpected error occurred.", "UNKNOWN_EXCEPTION"),
    ),
}


class BadDays:
    """The outermost layer of the server: counts each call and lets switches strike before the application sees it."""

    def __init__(self, app: WSGIApplication, switches: Switches) -> None:
        self._app = app
        self._switches = switches

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method, path = str(environ["REQUEST_METHOD"]), str(environ.get("PATH_INFO", ""))
        if path.startswith(ADMIN):
            return self._app(environ, start_response)
        if path.startswith("/services/"):
            self._switches.count(method, path)
        cut_at: int | None = None
        for switch in self._switches.due(method, path):
            if switch.kind in ANSWERS:
                return _answer(switch, start_response)
            if switch.kind == "slow":
                time.sleep(switch.seconds)
            elif switch.kind == "cut_request":
                environ["wsgi.input"] = CutInput(environ, switch.after_bytes)
            else:
                cut_at = switch.after_bytes
        body = self._app(environ, start_response)
        return body if cut_at is None else _cut_body(body, environ, cut_at)


def _answer(switch: Switch, start_response: StartResponse) -> list[bytes]:
    status, content_type, text = ANSWERS[switch.kind]
    body = text.encode()
    headers = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
    if switch.kind == "too_many":
        headers.append(("Retry-After", f"{switch.seconds:.0f}"))
    start_response(status, headers)
    return [body]


def hang_up(environ: WSGIEnvironment) -> ConnectionResetError:
    """Close the socket under the server, so that the client sees a dead connection and no polite end of chunks."""
    connection: Any = environ.get("werkzeug.socket") or environ.get("gunicorn.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    return ConnectionResetError("the sandbox hung up, as ordered")


def _cut_body(body: Iterable[bytes], environ: WSGIEnvironment, limit: int) -> Iterator[bytes]:
    sent = 0
    try:
        for piece in body:
            if sent + len(piece) > limit:
                if limit > sent:
                    yield piece[: limit - sent]
                break
            sent += len(piece)
            yield piece
        raise hang_up(environ)
    finally:
        close: Callable[[], None] | None = getattr(body, "close", None)
        if close is not None:
            close()


class CutInput:
    """A request body that dies after so many bytes."""

    def __init__(self, environ: WSGIEnvironment, limit: int) -> None:
        self._environ = environ
        self._stream: Any = environ["wsgi.input"]
        self._left = limit

    def read(self, size: int = -1) -> bytes:
        if self._left <= 0:
            raise hang_up(self._environ)
        data: bytes = self._stream.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data

    def readline(self, size: int = -1) -> bytes:
        return self.read(size)

    def __iter__(self) -> Iterator[bytes]:
        while data := self.read(65536):
            yield data
