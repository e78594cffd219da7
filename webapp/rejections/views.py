"""Shows what Salesforce refused, grouped by cause, and lets a person try it again or leave it so with a reason."""

from typing import Any

from flask import Blueprint, Response, abort, request

from connector import clock
from connector.errors import Temporary
from connector.model import rejections as causes
from connector.model.rights import Area, Level
from connector.model.runs import WRITE, Trigger
from connector.store import audit, claims, rejections
from connector.store.claims import Asked, Claim
from connector.store.rejections import MOST_AT_ONCE, Chosen
from webapp.guard import needs, open_to_all
from webapp.pages import page, part
from webapp.rejections import download
from webapp.sessions import visitor
from webapp.wiring import wiring

errors_list = Blueprint("errors_list", __name__, url_prefix="/errors")

UNPROCESSABLE = 422
ROWS_A_PAGE = 50
DAYS = 30
LARGEST = 2**31 - 1
LONGEST_CODE, LONGEST_REASON = 60, 500
NO_REASON = "Say why these rows are left so: whoever looks at them next year will want to know."
NOTHING = "Nothing of that is refused any more: another run may have written it meanwhile."


@errors_list.get("")
@needs(Area.TRACKING, Level.READ)
def index() -> Response:
    """Groups of refused rows, runs that failed as a whole, and what is ignored."""
    return _page()


@errors_list.get("/rows")
@needs(Area.TRACKING, Level.READ)
def rows() -> Response:
    """The rows of one code, page by page."""
    code, ignored = _code(request.args), request.args.get("ignored") == "yes"
    after = min(max(request.args.get("after", default=0, type=int), 0), LARGEST)
    with wiring().services.database.read() as connection:
        found = rejections.rows(connection, visitor().org_id, code, (after, ROWS_A_PAGE + 1), ignored=ignored)
    values = {"rows": found[:ROWS_A_PAGE], "more": len(found) > ROWS_A_PAGE, "after": after}
    return part("rejections/rows.html", code=code, ignored=ignored, **values)


@errors_list.post("/try-again")
@needs(Area.TRACKING, Level.FULL)
def try_again() -> Response:
    """Have rows sent once more, at once."""
    who, chosen, claim = visitor(), _chosen(), None
    with wiring().services.database.write() as connection:
        count = rejections.try_again(connection, who.org_id, chosen)
        if count:
            claim = claims.claim(connection, who.org_id, Asked(Trigger.TRY_AGAIN, who.user_id), WRITE)
            audit.record(connection, _actor(), "Tried refused rows again", {}, _told(chosen, count))
    if claim is not None:
        _enqueue(claim)
    return _page(said=f"{count:,} rows are sent again, in run {claim.run_id}." if claim else NOTHING, run=claim)


@errors_list.get("/ignore")
@needs(Area.TRACKING, Level.FULL)
def ask_to_ignore() -> Response:
    """Our own question for the reason: a frame may not use the browser's."""
    return part("rejections/ignore.html", code=_code(request.args), numbers=request.args.getlist("rows"), problem="")


@errors_list.post("/ignore")
@needs(Area.TRACKING, Level.FULL)
def ignore() -> Response:
    """Leave rows as they are, with a reason."""
    who, chosen = visitor(), _chosen()
    reason = " ".join(request.form.get("reason", "").split())[:LONGEST_REASON]
    if not reason:
        answer = _page(said=NO_REASON)
        answer.status_code = UNPROCESSABLE
        return answer
    with wiring().services.database.write() as connection:
        count = rejections.ignore(connection, who.org_id, chosen, reason, who.user_id)
        if count:
            audit.record(connection, _actor(), "Ignored refused rows", {}, _told(chosen, count) | {"reason": reason})
    return _page(said=f"{count:,} rows are left as they are. No run tries them." if count else NOTHING)


@errors_list.post("/stop-ignoring")
@needs(Area.TRACKING, Level.FULL)
def stop_ignoring() -> Response:
    """Count rows as refused again: the next run tries them."""
    who, chosen = visitor(), _chosen()
    with wiring().services.database.write() as connection:
        count = rejections.stop_ignoring(connection, who.org_id, chosen)
        if count:
            audit.record(connection, _actor(), "Stopped ignoring refused rows", {}, _told(chosen, count))
    return _page(said=f"{count:,} rows count as refused again: the next run tries them." if count else NOTHING)


@errors_list.post("/download")
@needs(Area.TRACKING, Level.READ)
def ask_for_file() -> Response:
    """Send the browser to the file by itself; the page stays."""
    with wiring().services.database.write() as connection:
        ticket = download.issue(connection)
    answer = Response(status=204)
    answer.headers["HX-Redirect"] = f"/errors/downloads/{ticket}"
    return answer


@errors_list.get("/downloads/<ticket>")
@open_to_all("the one-use ticket is the proof: a browser fetches a file without our token")
def fetch(ticket: str) -> Response:
    """The file of a ticket. Whoever only looks at the address, as some mail and chat programs do, uses nothing up."""
    if request.method != "GET":
        abort(405)
    return download.redeem(ticket)


def _page(*, said: str = "", run: Claim | None = None) -> Response:
    org_id, since = visitor().org_id, clock.milliseconds(clock.now()) - DAYS * 86_400_000
    with wiring().services.database.read() as connection:
        values: dict[str, Any] = {
            "groups": rejections.groups(connection, org_id),
            "ignored": rejections.groups(connection, org_id, ignored=True),
            "failed": rejections.failed_runs(connection, org_id, since),
        }
    return page("rejections/errors.html", "Errors", cause=causes.plain, said=said, run=run, days=DAYS, **values)


def _code(given: Any) -> str:
    return str(given.get("code", ""))[:LONGEST_CODE]


def _chosen() -> Chosen:
    told = request.form.getlist("rows")[:MOST_AT_ONCE]
    numbers = tuple(int(one) for one in told if one.isdecimal() and one.isascii() and int(one) <= LARGEST)
    if told and not numbers:
        abort(404)
    return Chosen(_code(request.form), numbers)


def _told(chosen: Chosen, count: int) -> dict[str, Any]:
    return {"code": chosen.code or "all", "rows": count}


def _enqueue(claim: Claim) -> None:
    if not claim.fresh:
        return
    try:
        wiring().enqueue_run(claim)
    except Temporary:
        return  # the row is committed: the tick finds it


def _actor() -> audit.Actor:
    return audit.Actor(visitor().org_id, visitor().user_id)
