"""Lists the messages of the visitor's org with their figures, and hands the list out as a file."""

from flask import Blueprint, Response, abort, request

from connector.model.activity import Channel
from connector.model.rights import Area, Level
from connector.store import message_figures, screens
from webapp.guard import needs, open_to_all
from webapp.messages import columns, download, question
from webapp.pages import page
from webapp.sessions import visitor
from webapp.wiring import wiring

messages = Blueprint("messages", __name__)
messages.add_app_template_global(columns.share, "share_of")

MESSAGES_A_PAGE = 50
LONGEST_NUMBER = 9


@messages.get("/messages")
@needs(Area.TRACKING, Level.READ)
def index() -> Response:
    """A page of the messages that were asked for, and every figure over all of them."""
    asked, who = question.read(request.args), visitor()
    wanted = asked.wanted(who.org_id, who.zone)
    with wiring().services.database.read() as connection:
        totals = message_figures.totals(connection, wanted)
        pages = max(1, -(-int(totals["messages"]) // MESSAGES_A_PAGE))
        number = min(_page(request.args.get("page", "")), pages)
        rows = message_figures.listed(connection, wanted, (number - 1) * MESSAGES_A_PAGE, MESSAGES_A_PAGE)
        known = bool(rows) or message_figures.any_message(connection, who.org_id)
        fresh_until = screens.fresh_until(connection, who.org_id)
    return page(
        "messages/list.html",
        "Messages",
        asked=asked,
        rows=rows,
        totals=totals,
        shown=[column for column in columns.FIGURES if not column.fax or totals["fax_sent"]],
        sortable=columns.SORTABLE,
        periods=question.PERIODS,
        channels=(Channel.EMAIL, Channel.FAX),
        number=number,
        pages=pages,
        known=known,
        fresh_until=fresh_until,
    )


@messages.post("/messages/download")
@needs(Area.TRACKING, Level.READ)
def ask_for_file() -> Response:
    """Send the browser to the file by itself; the page stays, because the file is one to be kept."""
    with wiring().services.database.write() as connection:
        ticket = download.issue(connection, question.read(request.args))
    answer = Response(status=204)
    answer.headers["HX-Redirect"] = f"/messages/downloads/{ticket}"
    return answer


@messages.get("/messages/downloads/<ticket>")
@open_to_all("the one-use ticket is the proof: a browser fetches a file without our token")
def fetch(ticket: str) -> Response:
    """The file of a ticket. Whoever only looks at the address, as some mail and chat programs do, uses nothing up."""
    if request.method != "GET":
        abort(405)
    return download.redeem(ticket)


def _page(entered: str) -> int:
    """The number of a page in an address; what is none counts as the first."""
    sound = entered.isascii() and entered.isdecimal() and len(entered) <= LONGEST_NUMBER
    return max(1, int(entered)) if sound else 1
