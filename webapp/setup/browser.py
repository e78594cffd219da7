"""Which browser goes on with a set-up: a cookie names it, and every form carries a token that only its pages know."""

import hashlib
import hmac
import secrets

from flask import Response, g, request
from sqlalchemy import RowMapping

from connector.store import setups
from webapp import cookies
from webapp.wiring import wiring

COOKIE = "setup"


def name() -> str:
    """What this browser is called here; a new name for one that has none yet."""
    if "setup_browser" not in g:
        g.setup_browser = cookies.read(COOKIE) or secrets.token_urlsafe(32)
    return str(g.setup_browser)


def rename(session: str) -> None:
    """From now on this browser is the one that goes on with a set-up."""
    g.setup_browser = session


def remember(answer: Response) -> Response:
    """Let the browser keep its name as long as a set-up may take."""
    cookies.keep(answer, COOKIE, name(), setups.SETUP_SECONDS)
    return answer


def token() -> str:
    """What a form of this browser must bring back. It is made of the name, and says nothing of it."""
    return hmac.digest(name().encode(), b"set-up form", hashlib.sha256).hex()


def is_ours() -> bool:
    """Whether the form that came was of this browser's pages."""
    return hmac.compare_digest(request.form.get("token", "").encode(), token().encode())


def under_way() -> RowMapping | None:
    """The set-up that this browser goes on with, while it lasts."""
    with wiring().services.database.read() as connection:
        return setups.of_session(connection, name())
