"""Gives every log line of a request its number and whose it is: our own numbers, nothing of a person."""

import secrets

import structlog
from flask import Flask
from flask_login import current_user

from webapp.sessions import visitor


def install(app: Flask) -> None:
    """Before anything else looks at a request: a thread that served another one forgets it."""
    app.before_request(_begin)


def install_who(app: Flask) -> None:
    """Once the guard knows who comes."""
    app.before_request(_name)


def _begin() -> None:
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=secrets.token_hex(8))


def _name() -> None:
    if current_user.is_authenticated:
        structlog.contextvars.bind_contextvars(org=visitor().org_id, user=visitor().user_id)
