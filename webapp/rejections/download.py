"""Refused and ignored rows as a file: a ticket first, by our token; then the browser fetches the file, once."""

from collections.abc import Iterator

from flask import Response, abort
from sqlalchemy import Connection

from connector.model import rejections as causes
from connector.model.rights import Area, Level, allows
from connector.store import audit, rejections, rights, tickets, users
from connector.store.database import Database
from connector.store.tickets import Ticket
from webapp.audience import sheet
from webapp.sessions import visitor
from webapp.wiring import wiring

WHAT = "errors"
ROWS_AT_ONCE = 2000
HEADINGS = (
    *("Salesforce's code", "Cause", "Who mends it", "What to do", "List", "Kind", "Person", "Person's Salesforce ID"),
    *("Message", "Message number", "Run", "State", "What Salesforce said", "Why it is ignored"),
)


def issue(connection: Connection) -> str:
    """A ticket for the org's refused rows, noted in the audit log."""
    who = visitor()
    audit.record(connection, audit.Actor(who.org_id, who.user_id), "Downloaded errors", {}, {})
    return tickets.issue(connection, Ticket(who.org_id, who.user_id, 0, WHAT))


def redeem(name: str) -> Response:
    """The file that a ticket is for, if its user may still read it."""
    database = wiring().services.database
    with database.write() as connection:
        ticket = tickets.use(connection, name) or abort(404)
        held = rights.of_user(connection, ticket.user_id)
        if ticket.what != WHAT or users.is_barred(connection, ticket.user_id):
            abort(404)
        if not allows(held, Area.TRACKING, Level.READ):
            abort(404)
    answer = Response(_lines(database, ticket.org_id), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="Errors.csv"'
    return answer


def _lines(database: Database, org_id: int) -> Iterator[str]:
    yield sheet.BOM + sheet.lines([HEADINGS])
    for ignored in (False, True):
        with database.read() as connection:
            groups = rejections.groups(connection, org_id, ignored=ignored)
        for group in groups:
            yield from _group(database, org_id, group.code, ignored=ignored)


def _group(database: Database, org_id: int, code: str, *, ignored: bool) -> Iterator[str]:
    after, cause = 0, causes.plain(code)
    said = (cause.why, str(cause.owner), cause.advice) if cause else ("", "", "")
    while True:
        with database.read() as connection:
            found = rejections.rows(connection, org_id, code, (after, ROWS_AT_ONCE), ignored=ignored)
        for row in found:
            yield sheet.lines(
                [
                    (
                        code,
                        *said,
                        row["object"],
                        row["activity"] or row["activity_group"],
                        row["person"],
                        row["person_id"],
                        row["message"],
                        str(row["message_id"] or ""),
                        str(row["run_id"]),
                        "Ignored" if ignored else "Refused",
                        row["reason"],
                        row["ignored_why"] or "",
                    )
                ]
            )
        if len(found) < ROWS_AT_ONCE:
            return
        after = int(found[-1]["id"])
