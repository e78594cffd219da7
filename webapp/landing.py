"""The first screen of a frame: that of the record it stands on, else Home."""

from flask import Response

from webapp.home import views as home
from webapp.sessions import visitor


def show() -> Response:
    """What a user sees who has just come in."""
    _ = visitor().record_id
    return home.show()
