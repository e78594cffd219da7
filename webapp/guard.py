"""Nobody gets past without a session and the right that a view needs; every view says which, or why it needs none."""

from collections.abc import Callable
from typing import Any

from flask import Flask, abort, current_app, request
from flask_login import current_user
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response as WerkzeugResponse

from connector.model.rights import Area, Level, allows
from webapp.pages import page
from webapp.sessions import visitor

OPEN = "_open_because"
UNLINKED = "_for_unlinked"
NEEDS = "_needs"
EVERYBODY = "_for_everybody_because"

View = Callable[..., Any]


class MissingRight(Forbidden):
    """The visitor may not do what was asked: which right it takes, and who can give it."""

    def __init__(self, area: Area, level: Level) -> None:
        super().__init__()
        self.area, self.level = area, level


def open_to_all(why: str) -> Callable[[View], View]:
    """Mark a view that needs no session, with the reason."""

    def mark(view: View) -> View:
        setattr(view, OPEN, why)
        return view

    return mark


def for_unlinked(view: View) -> View:
    """Mark a view for Salesforce users who have not logged in to Real Magnet yet."""
    setattr(view, UNLINKED, True)
    return view


def needs(area: Area, level: Level) -> Callable[[View], View]:
    """Mark a view with the right that its user must have."""

    def mark(view: View) -> View:
        setattr(view, NEEDS, (area, level))
        return view

    return mark


def for_everybody(why: str) -> Callable[[View], View]:
    """Mark a view that every user of the organization may see, whatever his rights, with the reason."""

    def mark(view: View) -> View:
        setattr(view, EVERYBODY, why)
        return view

    return mark


def require(area: Area, level: Level) -> None:
    """For a view that knows only on its way what it needs. Raises `MissingRight`."""
    if not allows(visitor().rights, area, level):
        raise MissingRight(area, level)


def install(app: Flask) -> None:
    """Stand before every view."""
    app.before_request(_check)


def _check() -> WerkzeugResponse | None:
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or hasattr(view, OPEN):
        return None
    if not current_user.is_authenticated:
        abort(401)
    if not visitor().realmagnet_login and not hasattr(view, UNLINKED):
        return page("login.html", "Log in to Real Magnet", username="", problems={})
    wanted: tuple[Area, Level] | None = getattr(view, NEEDS, None)
    if wanted:
        require(*wanted)
    elif not hasattr(view, EVERYBODY):
        abort(403)  # nobody said who may see it
    return None
