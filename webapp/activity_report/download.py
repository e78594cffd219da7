"""The Activity Report as a file: a ticket first, by our token; then the browser fetches the file with it, once."""

from urllib.parse import parse_qsl

from flask import Response, abort
from sqlalchemy import Connection

from connector.model.rights import Area, Level, allows
from connector.store import audit, rights, tickets, users
from connector.store.activity_report import Most
from connector.store.report_standing import standing
from connector.store.tickets import Ticket
from webapp.activity_report import answers, asking, words
from webapp.activity_report.table import Table, table
from webapp.audience import sheet
from webapp.sessions import visitor
from webapp.wiring import wiring

MOST = Most(rows=50_000, columns=1000)
"""A file holds more than a screen."""
_MARK = "report?"
_LOCALE = "en_GB"


def issue(connection: Connection, query: str) -> str:
    """A ticket for a question's answer, noted in the audit log."""
    who = visitor()
    actor = audit.Actor(who.org_id, who.user_id)
    audit.record(connection, actor, "Exported the Activity Report", {}, {"question": query})
    return tickets.issue(connection, Ticket(who.org_id, who.user_id, 0, _MARK + query))


def redeem(name: str) -> Response:
    """The file that a ticket is for."""
    database = wiring().services.database
    with database.write() as connection:
        ticket = tickets.use(connection, name) or abort(404)
        if not _still_may(connection, ticket.user_id) or not ticket.what.startswith(_MARK):
            abort(404)
    entered = asking.Entered(parse_qsl(ticket.what.removeprefix(_MARK), keep_blank_values=True))
    with database.read() as connection:
        now = standing(connection, ticket.org_id)
        form = asking.form_of(entered, answers.today(now))
        asked = answers.asked_of(ticket.org_id, form.question, now)
        found = answers.answer(connection, asked, MOST, id(database))
    made = table(
        found.numbers,
        form.question.dimensions,
        lambda dimension, key: words.label(dimension, key, found.names[dimension], _LOCALE),
    )
    answer = Response(_lines(made, words.NAMES[form.question.rows]), mimetype="text/csv")
    answer.headers["Content-Disposition"] = sheet.attached("Activity Report", asking.PERIODS[form.period])
    return answer


def _still_may(connection: Connection, user_id: int) -> bool:
    """A ticket proves who asked; that user may have been shut out, or lost the right, since then."""
    held = rights.of_user(connection, user_id)
    return not users.is_barred(connection, user_id) and allows(held, Area.TRACKING, Level.READ)


def _lines(made: Table, corner: str) -> str:
    heads = [corner, *(column.label for column in made.columns), "Total"]
    lines = [[line.head.label, *(str(cell) for cell in line.cells), str(line.head.total)] for line in made.lines]
    foot = ["Total", *(str(column.total) for column in made.columns), str(made.total)]
    return sheet.BOM + sheet.lines([heads, *lines, foot])
