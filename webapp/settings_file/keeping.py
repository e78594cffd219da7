"""Keeps every state of an org's settings: looks after each request that may have changed one."""

import structlog
from flask import Flask, Response, current_app, request
from flask_login import current_user
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from connector.housekeeping import settings_document
from connector.model.rights import Area, Level
from connector.store import audit, settings_history
from connector.store.settings_history import Change
from webapp.guard import NEEDS
from webapp.sessions import visitor
from webapp.wiring import wiring

log = structlog.get_logger("webapp.settings_file")

CHANGING = frozenset({(Area.SETTINGS, Level.FULL), (Area.UPLOADS, Level.FULL), (Area.TRACKING, Level.FULL)})
"""The rights by which settings are changed."""
FIRST = "As they were found"
UNSEEN = "Changed outside the app"
BAD = 400


def install(app: Flask) -> None:
    """Look before, so that the first change has something to go back to, and afterwards."""
    app.before_request(_before)
    app.after_request(_after)


def keep(connection: Connection, why: str, *, seen: bool = True) -> None:
    """Keep the settings of the visitor's org, unless they are as they were; as the visitor's work, if that was seen."""
    who = visitor()
    document = settings_document.canonical(settings_document.read(connection, who.org_id))
    settings_history.keep(connection, Change(who.org_id, who.user_id if seen else None, why), document)


def _before() -> None:
    if not _may_change():
        return
    with wiring().services.database.read() as connection:
        known = settings_history.newest(connection, visitor().org_id)
    if known is None:
        with wiring().services.database.write() as connection:
            keep(connection, FIRST, seen=False)


def _after(answer: Response) -> Response:
    if answer.status_code >= BAD or not _may_change():
        return answer
    try:
        _look()
    except SQLAlchemyError:
        log.warning("settings not kept", exc_info=True)  # the change itself is made; the next one keeps this, too
    return answer


def _look() -> None:
    org_id, database = visitor().org_id, wiring().services.database
    with database.read() as connection:
        now = settings_document.canonical(settings_document.read(connection, org_id))
        if settings_history.newest(connection, org_id) == now:
            return
        newest = audit.entries(connection, org_id, 1)
    with database.write() as connection:
        keep(connection, str(newest[0]["action"]) if newest else UNSEEN)


def _may_change() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    changing = request.method == "POST" and getattr(view, NEEDS, None) in CHANGING
    return bool(changing and current_user.is_authenticated)
