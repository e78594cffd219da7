"""Serves an app over HTTP/1.1 with kept-alive connections, a thread each; knows nothing of the account."""

from typing import Any

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server


class KeepAliveHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes: without this each answer waits 40 ms

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: request lines would bury the demo's own output."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Say nothing either: a connection that a switch cuts is no news."""


def make_http_server(app: Flask, host: str, port: int) -> BaseWSGIServer:
    """Port 0 takes a free one; read it back from `server_port`."""
    return make_server(host, port, app, threaded=True, request_handler=KeepAliveHandler)
