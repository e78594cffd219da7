"""Serves the account over HTTP with kept connections; the handler is shared with the other stand-in."""

from sandbox.serving import make_http_server

__all__ = ["make_http_server"]
