"""The list of runs as a file: a ticket first, by our token; then the browser fetches the file with it, once."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Response, abort
from sqlalchemy import Connection, RowMapping

from connector import clock
from connector.model.activity import Outcome
from connector.model.rights import Level, allows
from connector.store import audit, rights, run_log, screens, tickets, users
from connector.store.database import Database
from connector.store.run_log import Wanted
from connector.store.tickets import Ticket
from webapp.audience import sheet
from webapp.moments import machine
from webapp.run_log import asked as questions
from webapp.run_log.asked import Asked
from webapp.runs.views import AREAS
from webapp.sessions import visitor
from webapp.wiring import wiring

ROWS_AT_ONCE = 500
WHAT = "runs?"
_SECOND = 1000
_PLAIN = (
    *("run", "kind", "about", "trigger", "by_whom", "state", "queued", "started", "ended", "seconds"),
    *("salesforce_calls", "realmagnet_calls", "reason", "advice"),
)
_MOMENTS = ("queued", "started", "ended")


def issue(connection: Connection, wanted: Asked) -> str:
    """A ticket for these runs, noted in the audit log."""
    who = visitor()
    told = {"kind": wanted.kind or "all", "first day": wanted.first, "last day": wanted.last, "form": wanted.form}
    audit.record(connection, audit.Actor(who.org_id, who.user_id), "Exported runs", {}, told)
    what = f"{WHAT}{wanted.query}&{urlencode({'zone': who.zone})}"
    return tickets.issue(connection, Ticket(who.org_id, who.user_id, 0, what))


def redeem(name: str) -> Response:
    """The file that a ticket is for: what its user may read now, whatever he could when he asked."""
    database = wiring().services.database
    with database.write() as connection:
        ticket = tickets.use(connection, name) or abort(404)
        if not ticket.what.startswith(WHAT) or users.is_barred(connection, ticket.user_id):
            abort(404)
        held = rights.of_user(connection, ticket.user_id)
    given = dict(parse_qsl(ticket.what.removeprefix(WHAT), keep_blank_values=True))
    chosen, zone = questions.read(given), given.get("zone", "")
    readable = [str(kind) for kind, area in AREAS.items() if allows(held, area, Level.READ)]
    kinds = [kind for kind in readable if chosen.kind in ("", kind)] or abort(404)
    wanted = Wanted(ticket.org_id, kinds, chosen.from_at(zone), chosen.before_at(zone))
    if chosen.form == "json":
        answer = Response(_objects(database, wanted), mimetype="application/json")
        answer.headers["Content-Disposition"] = 'attachment; filename="Runs.json"'
        return answer
    answer = Response(_lines(database, wanted), mimetype="text/csv")
    answer.headers["Content-Disposition"] = sheet.attached("Runs")
    return answer


def _lines(database: Database, wanted: Wanted) -> Iterator[str]:
    headings = [name.replace("_", " ").capitalize() for name in _PLAIN]
    yield sheet.BOM + sheet.lines([[*headings, *Outcome, "Other counts"]])
    for told in _told(database, wanted):
        rows: Mapping[str, int] = told["rows"]
        others = ", ".join(f"{name} {count}" for name, count in rows.items() if name not in set(Outcome))
        plain = ["" if told[name] is None else str(told[name]) for name in _PLAIN]
        yield sheet.lines([[*plain, *(str(rows.get(outcome, 0)) for outcome in Outcome), others]])


def _objects(database: Database, wanted: Wanted) -> Iterator[str]:
    before = "[\n"
    for told in _told(database, wanted):
        yield before + json.dumps(told, ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _told(database: Database, wanted: Wanted) -> Iterator[dict[str, Any]]:
    below = 2**31 - 1
    while True:
        with database.read() as connection:  # short ones: a slow reader must not keep the store's old pages alive
            found: Sequence[RowMapping] = run_log.listed(connection, wanted, below, ROWS_AT_ONCE)
            counts = screens.outcomes(connection, [int(row["id"]) for row in found])
        if not found:
            return
        for row in found:
            yield _of(row, counts.get(int(row["id"]), {}))
        below = int(found[-1]["id"])


def _of(row: RowMapping, counts: Mapping[str, int]) -> dict[str, Any]:
    moments = {
        name: machine(clock.from_milliseconds(row[f"{name}_at"])) if row[f"{name}_at"] else None for name in _MOMENTS
    }
    whole = row["started_at"] and row["ended_at"]
    return {
        "run": int(row["id"]),
        **{name: row[name] for name in ("kind", "about", "trigger", "state")},
        "by_whom": row["asker"] or "",
        **moments,
        "seconds": round((row["ended_at"] - row["started_at"]) / _SECOND, 3) if whole else None,
        **{name: row[name] for name in ("salesforce_calls", "realmagnet_calls", "reason", "advice")},
        "rows": dict(counts),
    }
