"""The settings as a file to keep: a ticket first, by our token; then the browser fetches the file with it, once."""

import json

from flask import Response, abort
from sqlalchemy import Connection

from connector import clock
from connector.housekeeping import settings_document
from connector.model.rights import Area, Level, allows
from connector.store import audit, rights, tickets, users
from connector.store.tickets import Ticket
from webapp.sessions import visitor
from webapp.wiring import wiring

_WHAT = "settings"


def issue(connection: Connection) -> str:
    """A ticket for the settings as they are, noted in the audit log."""
    who = visitor()
    audit.record(connection, audit.Actor(who.org_id, who.user_id), "Downloaded the settings", {}, {})
    return tickets.issue(connection, Ticket(who.org_id, who.user_id, 0, _WHAT))


def redeem(name: str) -> Response:
    """The file that a ticket is for."""
    with wiring().services.database.write() as connection:
        ticket = tickets.use(connection, name) or abort(404)
        if ticket.what != _WHAT or not _still_may(connection, ticket.user_id):
            abort(404)
        document = settings_document.read(connection, ticket.org_id)
    answer = Response(json.dumps(document, indent=2, ensure_ascii=False) + "\n", mimetype="application/json")
    day = f"{clock.now():%Y-%m-%d}"
    answer.headers["Content-Disposition"] = f'attachment; filename="real-magnet-settings-{day}.json"'
    return answer


def _still_may(connection: Connection, user_id: int) -> bool:
    """A ticket proves who asked; that user may have been shut out, or lost the right, since then."""
    return not users.is_barred(connection, user_id) and allows(
        rights.of_user(connection, user_id), Area.SETTINGS, Level.FULL
    )
