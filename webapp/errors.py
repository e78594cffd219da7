"""What a person reads when something fails: each class of error has its status and its words; views never catch."""

from dataclasses import dataclass

import structlog
from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from connector.errors import (
    ConnectorError,
    CredentialsRefused,
    LimitReached,
    Misconfigured,
    NotFound,
    Refused,
    Temporary,
)
from connector.store import rights
from webapp.api import answers
from webapp.guard import MissingRight
from webapp.pages import in_frame
from webapp.sessions import visitor
from webapp.wiring import wiring

log = structlog.get_logger("webapp")

SERVER_ERROR = 500
MOST_NAMED = 3
UNAUTHORIZED = 401


@dataclass(frozen=True)
class Words:
    title: str
    text: str


NO_SESSION = Words(
    "Open Real Magnet inside Salesforce",
    "This page opens inside Salesforce only. Go to Salesforce and choose the Real Magnet tab; if it is already open, "
    "open it again: a session ends after a while without work.",
)
WORDS = {
    400: Words("We could not read that", "The request was not complete. Go back and try again."),
    401: NO_SESSION,
    403: Words("You may not do this here", "Your rights do not reach so far."),
    404: Words("There is no such page", "What you asked for is not here, or it belongs to another organization."),
    405: Words("That does not work here", "The page cannot be used in this way. Choose one of the links above."),
    413: Words("That is too large", "More was sent than this page can take. Nothing was saved."),
    429: Words("Too many tries", "Wait a minute, then try again."),
}
UNEXPECTED = Words(
    "Something went wrong on our side",
    "Nothing you entered was lost by this page. Try again; if it happens again, tell your administrator when it was.",
)
STATUSES: tuple[tuple[type[ConnectorError], int, str], ...] = (
    (NotFound, 404, "Not found"),
    (CredentialsRefused, 409, "A connection needs attention"),
    (LimitReached, 503, "An allowance is used up"),
    (Refused, 409, "The other side said no"),
    (Temporary, 503, "Please try again in a moment"),
    (Misconfigured, 500, "A setting is missing"),
)


def install(app: Flask) -> None:
    """Map error classes to pages."""
    app.register_error_handler(ConnectorError, _ours)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def tell(words: Words, status: int) -> Response:
    """An error as a notice over the page that the frame shows, which stays as it is; or as a page of its own."""
    template = "errors/notice.html" if in_frame() else "errors/page.html"
    answer = Response(render_template(template, title=words.title, words=words), status)
    if in_frame():
        answer.headers["HX-Retarget"] = "#notice"
        answer.headers["HX-Reswap"] = "innerHTML"
    if status == UNAUTHORIZED:
        answer.headers["Session-Over"] = "true"
    return answer


def _ours(error: ConnectorError) -> Response:
    status, title = next(((s, t) for kind, s, t in STATUSES if isinstance(error, kind)), (SERVER_ERROR, "Not done"))
    log.warning("refused", error=type(error).__name__, reason=str(error))
    if isinstance(error, Misconfigured):
        return tell(Words(title, "The operator of this connector has to look at its settings."), status)
    return tell(Words(title, f"{error} {error.advice}".strip()), status)


def _http(error: HTTPException) -> ResponseReturnValue:
    if request.path.startswith(f"{answers.PREFIX}/"):
        return answers.refused(error)  # no address of theirs was found, so their own handler is not asked
    status = error.code or SERVER_ERROR
    if isinstance(error, MissingRight):
        return tell(_missing(error), status)
    return tell(WORDS.get(status, UNEXPECTED), status)


def _missing(error: MissingRight) -> Words:
    with wiring().services.database.read() as connection:
        givers = rights.givers(connection, visitor().org_id, MOST_NAMED)
    who = f"{', '.join(givers)} can give it" if givers else "An administrator of Real Magnet for Salesforce gives it"
    return Words(WORDS[403].title, f"This takes the right {error.area}: {error.level}. {who}, in Access.")


def _unexpected(error: Exception) -> Response:
    log.error("unexpected", error=type(error).__name__, exc_info=error)
    return tell(UNEXPECTED, SERVER_ERROR)
