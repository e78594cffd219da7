"""The few cookies there are: for pages outside the frame, which nobody else frames. Inside it there are none.

`__Host-` keeps a cookie to this very host, over https. A browser refuses that name over plain http, which is served to
its own machine only: there the cookie goes by its bare name.
"""

from flask import Response, request
from werkzeug.http import dump_cookie, parse_cookie

from webapp.wiring import wiring


def read(name: str) -> str:
    """What the browser sent under a name; empty for nothing."""
    return parse_cookie(request.headers.get("Cookie", "")).get(_named(name), "")


def keep(answer: Response, name: str, value: str, seconds: int) -> None:
    """Have the browser keep a value.

    Lax: these pages are entered again from Salesforce's own, by links and redirects of another site, and a Strict
    cookie would stay at home then. What changes anything is a POST, with a token of its own.
    """
    answer.headers.add(
        "Set-Cookie",
        dump_cookie(_named(name), value, max_age=seconds, path="/", secure=_secure(), httponly=True, samesite="Lax"),
    )


def forget(answer: Response, name: str) -> None:
    """Have the browser drop it."""
    keep(answer, name, "", 0)


def _named(name: str) -> str:
    return f"__Host-{name}" if _secure() else name


def _secure() -> bool:
    return wiring().services.settings.public_url.startswith("https://")
