"""People behind a number as a file: a ticket first, by our token; then the browser fetches the file with it, once."""

from collections.abc import Iterator

from flask import Response, abort
from sqlalchemy import Connection, RowMapping

from connector.model.audience import Reason, Step
from connector.model.rights import Area, Level, allows
from connector.store import audience_people, audit, rights, screens, tickets, upload_runs, users
from connector.store.audience_people import Wanted
from connector.store.database import Database
from connector.store.tickets import Ticket
from webapp.audience import sheet, words
from webapp.sessions import visitor
from webapp.wiring import wiring

ROWS_AT_ONCE = 2000
HEADINGS = ("Row", "Salesforce ID", "Name", "Address", "Result", "Why", "Detail", "Real Magnet said")


def issue(connection: Connection, wanted: Wanted) -> str:
    """A ticket for the rows of a number, noted in the audit log: a list of people leaves the house."""
    who = visitor()
    audit.record(
        connection,
        audit.Actor(who.org_id, who.user_id),
        "Exported people",
        {},
        {"run": wanted.run_id, "people": str(wanted.number)},
    )
    return tickets.issue(connection, Ticket(who.org_id, who.user_id, wanted.run_id, str(wanted.number)))


def redeem(name: str) -> Response:
    """The file that a ticket is for."""
    database = wiring().services.database
    with database.write() as connection:
        ticket = tickets.use(connection, name) or abort(404)
        if not _still_may(connection, ticket.user_id):
            abort(404)
    number = audience_people.number_named(ticket.what) or abort(404)
    with database.read() as connection:
        run = screens.run(connection, ticket.org_id, ticket.run_id) or abort(404)
        wanted = wanted_of(connection, ticket.run_id, number)
        job = upload_runs.job_names(connection, ticket.org_id, [run["subject_id"]]).get(run["subject_id"], "")
    answer = Response(_lines(database, wanted), mimetype="text/csv")
    answer.headers["Content-Disposition"] = sheet.attached(job, f"run {ticket.run_id}", words.of(number).label)
    return answer


def _still_may(connection: Connection, user_id: int) -> bool:
    """A ticket proves who asked; that user may have been shut out, or lost the right, since then."""
    return not users.is_barred(connection, user_id) and allows(
        rights.of_user(connection, user_id), Area.UPLOADS, Level.READ
    )


def wanted_of(connection: Connection, run_id: int, number: audience_people.Number) -> Wanted:
    """What to look for behind a number of a run."""
    return Wanted(run_id, number, audience_people.before_run(connection, run_id))


def _lines(database: Database, wanted: Wanted) -> Iterator[str]:
    yield sheet.BOM + sheet.lines([HEADINGS])
    after = 0
    while True:
        with database.read() as connection:  # short ones: a slow reader must not keep the store's old pages alive
            rows = audience_people.people(connection, wanted, after, ROWS_AT_ONCE)
        if not rows:
            return
        yield sheet.lines(_cells(row) for row in rows)
        after = int(rows[-1]["place"])


def _cells(row: RowMapping) -> tuple[str, ...]:
    reason = row["reason"]
    why = words.REASONS[Reason(reason)] if reason else None
    result = "rejected" if row["refusal"] is not None else why.label if why else str(Step.MAILABLE)
    person = (str(row["place"]), row["person_id"], row["name"], row["address"])
    return (*person, result, why.meaning if why else "", row["detail"], row["refusal"] or "")
