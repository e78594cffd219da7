"""Serves a WSGI app over HTTP/1.1 with connections that are kept, a thread each; knows nothing of either vendor.

Werkzeug closes every connection because it does not know what of a request's body is still unread. This handler keeps
those whose body was read to its end, as the vendors do, and closes the others.
"""

import io
import socket
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server


class KeepAliveHandler(WSGIRequestHandler):
    """Silent, HTTP/1.1, kept alive."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes: without this each answer waits 40 ms
    _body: Any = None
    _headers_buffer: list[bytes]
    _unread = False

    def run_wsgi(self) -> None:
        """After an answer Werkzeug reads on, up to the next request: show it an ended stream instead."""
        kept = self.connection, self.rfile
        try:
            super().run_wsgi()
        finally:
            self.connection.close()
            self.connection, self.rfile = kept

    def make_environ(self) -> dict[str, Any]:
        """Count what is read of a body of known length; a chunked body is never trusted to have been read."""
        environ = super().make_environ()
        length = int(environ.get("CONTENT_LENGTH") or 0)
        self._unread = bool(environ.get("HTTP_TRANSFER_ENCODING"))
        self._body = _Counted(environ["wsgi.input"], length)
        if not self._unread:
            environ["wsgi.input"] = self._body
        self.connection, other = socket.socketpair()
        other.close()
        self.rfile = io.BytesIO()
        return environ

    def send_header(self, keyword: str, value: str) -> None:
        """Drop Werkzeug's `Connection: close` where the connection can be kept; there is one Date."""
        if keyword == "Connection" and value == "close" and not self._unread and self._body.drain():
            return
        if keyword == "Date":  # the app's own takes the place of the server's
            self._headers_buffer = [line for line in self._headers_buffer if not line.startswith(b"Date:")]
        super().send_header(keyword, value)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: request lines would bury the demo's own output."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  # the base class names it so
        """Say nothing either: a connection that a switch cuts is no news."""


class _Counted:
    """A request body that knows how much of it is left."""

    DRAINED = 65_536

    def __init__(self, stream: Any, length: int) -> None:
        self._stream = stream
        self._left = length

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        found: bytes = self._stream.read(wanted) if wanted else b""
        self._left -= len(found)
        return found

    def readinto(self, buffer: Any) -> int:
        found = self.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)

    def readline(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        found: bytes = self._stream.readline(wanted) if wanted else b""
        self._left -= len(found)
        return found

    def __iter__(self) -> Any:
        return iter(self.readline, b"")

    def drain(self) -> bool:
        """Read a small rest, so that the next request begins where it should; False when the rest is large."""
        if self._left > self.DRAINED:
            return False
        self.read()
        return not self._left


def make_http_server(app: Any, host: str, port: int) -> BaseWSGIServer:
    """Port 0 takes a free one; read it back from `server_port`."""
    return make_server(host, port, app, threaded=True, request_handler=KeepAliveHandler)
