"""Asks which runs somebody wants as a file, and hands it out."""

from flask import Blueprint, Response, abort, request

from connector.model.rights import Level, allows
from webapp.guard import for_everybody, open_to_all
from webapp.pages import page
from webapp.run_log import asked, download
from webapp.run_log.asked import Asked
from webapp.runs.views import AREAS
from webapp.sessions import visitor
from webapp.wiring import wiring

run_log = Blueprint("run_log", __name__, url_prefix="/runs/export")

UNPROCESSABLE = 422
_WHY = "hands out the runs of those areas that the visitor may read"


@run_log.get("")
@for_everybody(_WHY)
def show() -> Response:
    """Which kind, which days, which form."""
    return _page(asked.read(request.args))


@run_log.post("")
@for_everybody(_WHY)
def ask_for_file() -> Response:
    """Send the browser to the file by itself; or say what has to be mended."""
    wanted = asked.read(request.form)
    if wanted.problems:
        answer = _page(wanted)
        answer.status_code = UNPROCESSABLE
        return answer
    with wiring().services.database.write() as connection:
        ticket = download.issue(connection, wanted)
    answer = Response(status=204)
    answer.headers["HX-Redirect"] = f"/runs/export/downloads/{ticket}"
    return answer


@run_log.get("/downloads/<ticket>")
@open_to_all("the one-use ticket is the proof: a browser fetches a file without our token")
def fetch(ticket: str) -> Response:
    """The file of a ticket. Whoever only looks at the address, as some mail and chat programs do, uses nothing up."""
    if request.method != "GET":
        abort(405)
    return download.redeem(ticket)


def _page(wanted: Asked) -> Response:
    kinds = [str(kind) for kind, area in AREAS.items() if allows(visitor().rights, area, Level.READ)]
    days = wiring().services.settings.run_log_days
    return page("runs/export.html", "Export runs", asked=wanted, kinds=kinds, days=days)
