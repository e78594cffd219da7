"""What every answer carries, whatever it shows: the content policy, no sniffing, no cache, and never a cookie."""

from typing import Any

from flask import Flask, Request, Response, g
from flask.sessions import NullSession, SessionInterface
from werkzeug.datastructures import ImmutableMultiDict

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "
)


class CookielessRequest(Request):
    """A request whose cookies nobody can read: Salesforce says not to rely on them, so nothing here may."""

    cookies: ImmutableMultiDict[str, str] = ImmutableMultiDict()  # type: ignore[assignment]  # hides a property


class NoSessions(SessionInterface):
    """Flask's cookie session does not exist here; sessions are rows, named by a token."""

    def open_session(self, app: Flask, request: Request) -> Any:  # noqa: ARG002  # Flask's signature
        return NullSession()

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        """There is nothing to save."""


def frame_by(ancestors: str) -> None:
    """Let the page that is being answered be framed by these sites."""
    g.frame_ancestors = ancestors


def protect(answer: Response) -> Response:
    """Put the headers on an answer. A fragment is never framed itself, so framing is opened only where asked for."""
    answer.headers["Content-Security-Policy"] = POLICY + g.get("frame_ancestors", "'none'")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    return answer
