"""Shows what a file of settings would change before it changes it, and every state that the settings were in."""

import json
import re
from collections.abc import Sequence
from typing import Any

import structlog
from flask import Blueprint, Response, abort, request
from sqlalchemy import Connection, RowMapping, text
from werkzeug.exceptions import RequestEntityTooLarge

from connector.errors import Refused
from connector.housekeeping import settings_changes, settings_check, settings_document, settings_import
from connector.housekeeping.settings_document import Document
from connector.housekeeping.settings_faults import Fault
from connector.housekeeping.settings_import import Meanwhile, Plan
from connector.model.rights import Area, Level
from connector.store import settings_history
from connector.store.audit import Actor
from webapp.guard import needs, open_to_all
from webapp.pages import page
from webapp.sessions import visitor
from webapp.settings_file import download, keeping
from webapp.wiring import wiring
from webapp.wizard.forms.when import entered

log = structlog.get_logger("webapp.settings_file")
settings_file = Blueprint("settings_file", __name__, url_prefix="/settings-file")

STATES_A_PAGE = 25
UNPROCESSABLE = 422
LARGEST = 2**31 - 1
_STATE = re.compile(r"state [0-9]{1,10}")
_FORM_BYTES = 3 * settings_check.MOST_BYTES
"""A document that comes back in a form is longer than its file: signs are escaped."""


@settings_file.get("")
@needs(Area.SETTINGS, Level.FULL)
def index() -> Response:
    """Download, check a file, and the history."""
    before = request.args.get("before", default=LARGEST, type=_number)
    return _index(before=before)


@settings_file.post("/download")
@needs(Area.SETTINGS, Level.FULL)
def ask_for_file() -> Response:
    """Send the browser to the file by itself; the page stays."""
    with wiring().services.database.write() as connection:
        ticket = download.issue(connection)
    answer = Response(status=204)
    answer.headers["HX-Redirect"] = f"/settings-file/downloads/{ticket}"
    return answer


@settings_file.get("/downloads/<ticket>")
@open_to_all("the one-use ticket is the proof: a browser fetches a file without our token")
def fetch(ticket: str) -> Response:
    """The file of a ticket. Whoever only looks at the address, as some mail and chat programs do, uses nothing up."""
    if request.method != "GET":
        abort(405)
    return download.redeem(ticket)


@settings_file.post("/check")
@needs(Area.SETTINGS, Level.FULL)
def check() -> Response:
    """What a file would change. Nothing is changed yet."""
    request.max_content_length = _FORM_BYTES
    try:
        chosen = request.files.get("file")
        raw = chosen.stream.read(settings_check.MOST_BYTES + 1) if chosen and chosen.filename else None
    except RequestEntityTooLarge:
        raw = b" " * (settings_check.MOST_BYTES + 1)
    if raw is None:
        return _refused([Fault("", "Choose a file first: one that was downloaded here.")])
    return _compared(raw, "a file")


@settings_file.post("/apply")
@needs(Area.SETTINGS, Level.FULL)
def apply() -> Response:
    """Do what was shown, all of it or none."""
    request.max_content_length = request.max_form_memory_size = 4 * _FORM_BYTES
    raw, who, database = request.form.get("document", "").encode(), visitor(), wiring().services.database
    wanted, faults = _checked(raw)
    if wanted is None:
        return _refused(faults)
    seen, origin = request.form.get("seen", ""), request.form.get("origin", "")[:60] or "a file"
    try:
        with database.write() as connection:
            made = settings_import.apply(connection, Actor(who.org_id, who.user_id), wanted, seen, entered)
            keeping.keep(
                connection, f"Rolled back to {origin}" if _STATE.fullmatch(origin) else settings_import.IMPORTED
            )
    except Meanwhile as changed:
        return _compared(raw, origin, str(changed))
    except Refused as refusal:
        return _compared(raw, origin, str(refusal))
    log.info("settings applied", org=who.org_id, user=who.user_id, lines=len(made.lines))
    return _index(said=f"Done. {_counted(len(made.lines))} changed.")


@settings_file.get("/states/<int(max=2147483647):number>")
@needs(Area.SETTINGS, Level.FULL)
def state(number: int) -> Response:
    """One state: what it changed, or how it differs from another."""
    other = request.args.get("with", type=_number)
    with wiring().services.database.read() as connection:
        row = _own(connection, number)
        older = settings_history.states(connection, visitor().org_id, number, 1)
        against = _own(connection, other) if other else older[0] if older else None
        names = settings_import.user_names(connection, visitor().org_id)
        others = [
            one for one in settings_history.states(connection, visitor().org_id, LARGEST, 200) if one["id"] != number
        ]
    lines = settings_changes.between(_document(against), _document(row), names) if against else ()
    title = f"Settings, state {number}"
    return page("settings_file/state.html", title, row=row, against=against, lines=lines, others=others)


@settings_file.post("/states/<int(max=2147483647):number>/check")
@needs(Area.SETTINGS, Level.FULL)
def check_state(number: int) -> Response:
    """What rolling back to a state would change."""
    with wiring().services.database.read() as connection:
        row = _own(connection, number)
    return _compared(str(row["document"]).encode(), f"state {number}")


def _compared(raw: bytes, origin: str, trouble: str = "") -> Response:
    wanted, faults = _checked(raw)
    if wanted is None:
        return _refused(faults)
    with wiring().services.database.read() as connection:
        made = settings_import.plan(connection, visitor().org_id, wanted)
    values: dict[str, Any] = {"made": made, "document": settings_document.canonical(wanted), "origin": origin}
    answer = page("settings_file/compared.html", "Check settings", trouble=trouble, **_grouped(made), **values)
    if trouble:
        answer.status_code = UNPROCESSABLE
    return answer


def _grouped(made: Plan) -> dict[str, Any]:
    return {"lines": made.lines, "counted": _counted(len(made.lines))}


def _checked(raw: bytes) -> tuple[Document | None, Sequence[Fault]]:
    with wiring().services.database.read() as connection:
        statement = text("SELECT salesforce_id FROM orgs WHERE id = :org")
        organization = str(connection.execute(statement, {"org": visitor().org_id}).scalar_one())
    return settings_check.check(raw, organization)


def _refused(faults: Sequence[Fault]) -> Response:
    answer = _index(faults=faults)
    answer.status_code = UNPROCESSABLE
    return answer


def _index(before: int = LARGEST, **told: Any) -> Response:
    database, org_id = wiring().services.database, visitor().org_id
    with database.write() as connection:
        keeping.keep(connection, _why(connection, org_id), seen=False)
        states = settings_history.states(connection, org_id, before, STATES_A_PAGE + 1)
    values: dict[str, Any] = {"said": "", "faults": (), "before": before if before < LARGEST else None} | told
    shown, more = states[:STATES_A_PAGE], len(states) > STATES_A_PAGE
    return page("settings_file/settings_file.html", "Settings as a file", states=shown, more=more, **values)


def _why(connection: Connection, org_id: int) -> str:
    """What changed them, if nobody saw it happen."""
    return keeping.FIRST if settings_history.newest(connection, org_id) is None else keeping.UNSEEN


def _own(connection: Connection, number: int) -> RowMapping:
    return settings_history.state(connection, visitor().org_id, number) or abort(404)


def _document(row: RowMapping) -> Document:
    return json.loads(row["document"])


def _counted(lines: int) -> str:
    return {0: "Nothing", 1: "1 setting"}.get(lines, f"{lines} settings")


def _number(entered_number: str) -> int:
    number = int(entered_number)
    if not 0 < number <= LARGEST:
        raise ValueError("No state has such a number.")
    return number
