"""Answers that break off: a connection cut in the middle, a body that ends half way; knows no operation."""

import contextlib
import socket
from collections.abc import Iterator

from flask import Response, request


def half_of(answer: Response) -> Response:
    """A complete answer by its length, whose JSON stops in the middle."""
    body = answer.get_data()
    answer.set_data(body[: len(body) // 2])
    return answer


def cut_short(answer: Response, after_bytes: int) -> Response:
    """Announce the whole length, send so many bytes of it, then really close the socket."""
    body = answer.get_data()
    link: socket.socket | None = request.environ.get("werkzeug.socket")

    def broken() -> Iterator[bytes]:
        if after_bytes > 0:
            yield body[:after_bytes]
        if link is not None:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
        raise ConnectionAbortedError("the switch cut this connection")

    headers = {"Content-Length": str(len(body) or 1), "Content-Type": answer.content_type}
    return Response(broken(), answer.status, headers)
