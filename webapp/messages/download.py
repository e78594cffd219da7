"""The list of messages as a file: a ticket first, by our token; then the browser fetches the file with it, once."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode

from flask import Response, abort
from sqlalchemy import Connection, RowMapping

from connector import clock
from connector.model.figures import RULES
from connector.model.rights import Area, Level, allows
from connector.store import audit, message_figures, rights, tickets, users
from connector.store.database import Database
from connector.store.message_figures import Wanted
from connector.store.tickets import Ticket
from webapp.audience import sheet
from webapp.messages import columns, question
from webapp.messages.question import Question
from webapp.moments import zone_of
from webapp.sessions import visitor
from webapp.wiring import wiring

ROWS_AT_ONCE = 500
WHAT = "messages?"
"""How a ticket for this list begins; behind it stand the question and the zone in which its days are."""

HEADED = {name: columns.SORTABLE.get(name) or name.replace("_", " ").capitalize() for name in RULES}


def issue(connection: Connection, asked: Question) -> str:
    """A ticket for the messages of a question, noted in the audit log."""
    who = visitor()
    audit.record(connection, audit.Actor(who.org_id, who.user_id), "Exported messages", {}, {"asked": asked.query})
    what = f"{WHAT}{asked.query}&{urlencode({'zone': who.zone})}"
    return tickets.issue(connection, Ticket(who.org_id, who.user_id, 0, what))


def redeem(name: str) -> Response:
    """The file that a ticket is for."""
    database = wiring().services.database
    with database.write() as connection:
        ticket = tickets.use(connection, name) or abort(404)
        if not _still_may(connection, ticket.user_id) or not ticket.what.startswith(WHAT):
            abort(404)
    given = dict(parse_qsl(ticket.what.removeprefix(WHAT)))
    zone = given.get("zone", "")
    wanted = question.read(given).wanted(ticket.org_id, zone)
    answer = Response(_lines(database, wanted, zone), mimetype="text/csv")
    answer.headers["Content-Disposition"] = sheet.attached("Messages")
    return answer


def _still_may(connection: Connection, user_id: int) -> bool:
    """A ticket proves who asked; that user may have been shut out, or lost the right, since then."""
    return not users.is_barred(connection, user_id) and allows(
        rights.of_user(connection, user_id), Area.TRACKING, Level.READ
    )


def _lines(database: Database, wanted: Wanted, zone: str) -> Iterator[str]:
    headings = ("Message Id", "Message", "Channel", f"Last sent ({zone_of(zone).key})", *HEADED.values())
    yield sheet.BOM + sheet.lines([headings])
    offset = 0
    while True:
        with database.read() as connection:  # short ones: a slow reader must not keep the store's old pages alive
            rows = message_figures.listed(connection, wanted, offset, ROWS_AT_ONCE)
        if not rows:
            return
        yield sheet.lines(_cells(row, zone) for row in rows)
        offset += len(rows)


def _cells(row: RowMapping, zone: str) -> tuple[str, ...]:
    sent = clock.from_milliseconds(row["last_sent"]).astimezone(zone_of(zone)) if row["last_sent"] else None
    channels = str(row["channels"]).replace(",", ", ")
    told = (str(row["id"]), str(row["name"]), channels, f"{sent:%Y-%m-%d %H:%M}" if sent else "")
    return (*told, *(str(row[name]) for name in RULES))
