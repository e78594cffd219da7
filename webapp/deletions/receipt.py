"""The receipt of a deletion as a file: a ticket first, by our token; then the browser fetches the file, once."""

from collections.abc import Callable, Iterator, Sequence

from flask import Response, abort
from sqlalchemy import Connection, RowMapping

from connector import clock
from connector.model.rights import Area, Level, allows
from connector.store import audit, deletion_receipts, deletions, rights, tickets, undo_receipts, users
from connector.store.database import Database
from connector.store.tickets import Ticket
from webapp.audience import sheet
from webapp.deletions import words
from webapp.moments import machine
from webapp.sessions import visitor
from webapp.wiring import wiring

ROWS_AT_ONCE = 2000
HEADINGS = (
    "External key",
    "List",
    "Object",
    "Salesforce ID",
    "Person",
    "Person's Salesforce ID",
    "Message",
    "Message number",
    "Kind",
    "Deleted at",
    "What was done",
    "Reason",
)
_WHAT = "deletion "


def issue(connection: Connection, row: RowMapping) -> str:
    """A ticket for the receipt, noted in the audit log."""
    who = visitor()
    actor = audit.Actor(who.org_id, who.user_id)
    audit.record(connection, actor, "Downloaded a receipt", {}, {"deletion": row["id"]})
    return tickets.issue(connection, Ticket(who.org_id, who.user_id, int(row["run"]), f"{_WHAT}{row['id']}"))


def redeem(name: str) -> Response:
    """The file that a ticket is for."""
    database = wiring().services.database
    with database.write() as connection:
        ticket = tickets.use(connection, name) or abort(404)
        if not _still_may(connection, ticket.user_id) or not ticket.what.startswith(_WHAT):
            abort(404)
    number = int(ticket.what.removeprefix(_WHAT))
    with database.read() as connection:
        row = deletions.shown(connection, ticket.org_id, number) or abort(404)
    answer = Response(_lines(database, ticket.org_id, row), mimetype="text/csv")
    answer.headers["Content-Disposition"] = sheet.attached("Deleted from Salesforce", words.subject(row), str(number))
    return answer


def _still_may(connection: Connection, user_id: int) -> bool:
    """A ticket proves who asked; that user may have been shut out, or lost the right, since then."""
    return not users.is_barred(connection, user_id) and allows(
        rights.of_user(connection, user_id), Area.DELETION, Level.READ
    )


def _lines(database: Database, org_id: int, deletion: RowMapping) -> Iterator[str]:
    yield sheet.BOM + sheet.lines([HEADINGS])
    number, undone = int(deletion["id"]), deletion["undone_run_id"]

    def deleted(connection: Connection, after: int) -> Sequence[RowMapping]:
        return deletion_receipts.rows(connection, org_id, number, after, ROWS_AT_ONCE)

    def put_back(connection: Connection, after: int) -> Sequence[RowMapping]:
        return undo_receipts.rows(connection, int(undone), number, after, ROWS_AT_ONCE)

    yield from _pages(database, deleted, _cells)
    if undone is not None:
        yield from _pages(database, put_back, _put_back_cells)


def _pages(
    database: Database,
    ask: Callable[[Connection, int], Sequence[RowMapping]],
    cells: Callable[[RowMapping], tuple[str, ...]],
) -> Iterator[str]:
    after = 0
    while True:
        with database.read() as connection:  # short ones: a slow reader must not keep the store's old pages alive
            rows = ask(connection, after)
        if not rows:
            return
        yield sheet.lines(cells(row) for row in rows)
        after = int(rows[-1]["placement_id"])


def _cells(row: RowMapping) -> tuple[str, ...]:
    return (
        *_what(row),
        machine(clock.from_milliseconds(int(row["deleted_at"]))),
        "Deleted",
        "",
    )


def _put_back_cells(row: RowMapping) -> tuple[str, ...]:
    done = row["outcome"] or "Waits"
    return (*_what(row), "", done, " ".join(part for part in (row["code"], row["reason"]) if part))


def _what(row: RowMapping) -> tuple[str, ...]:
    return (
        row["external_key"],
        words.list_name(row["object"]),
        row["object"],
        row["salesforce_id"],
        row["person"],
        row["person_id"],
        row["message"],
        str(row["message_id"]) if row["message_id"] else "",
        row["activity_group"],
    )
