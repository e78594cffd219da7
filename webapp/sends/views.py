"""Lists the sends of the visitor's org, cancels one, and puts away the notice of one that was not sent."""

from typing import Any

from flask import Blueprint, Response, abort
from sqlalchemy import Connection

from connector.model.rights import Area, Level
from connector.store import audit, claims, screens, upload_runs
from connector.store import sends as stored
from connector.store.sends import Send, SendState
from webapp.guard import needs
from webapp.pages import page, part
from webapp.sessions import visitor
from webapp.wiring import wiring

sends = Blueprint("sends", __name__)

SHOWN = 100
CANCELLED = "Cancelled by"


@sends.get("/sends")
@needs(Area.MESSAGING, Level.READ)
def index() -> Response:
    """Every send, those to come first."""
    return listed()


@sends.get("/sends/status")
@needs(Area.MESSAGING, Level.READ)
def status() -> Response:
    """The list again, while something happens to one of them."""
    with wiring().services.database.read() as connection:
        return part("sends/status.html", redrawn=True, **_values(connection))


@sends.get("/sends/<int(max=2147483647):send_id>")
@needs(Area.MESSAGING, Level.READ)
def one(send_id: int) -> Response:
    """One send, whole."""
    return shown(send_id)


@sends.get("/sends/<int(max=2147483647):send_id>/cancel")
@needs(Area.MESSAGING, Level.FULL)
def ask_to_cancel(send_id: int) -> Response:
    """Our own confirmation: a frame may not use the browser's."""
    return part("sends/cancel.html", send=_own(send_id))


@sends.post("/sends/<int(max=2147483647):send_id>/cancel")
@needs(Area.MESSAGING, Level.FULL)
def cancel(send_id: int) -> Response:
    """Keep it from being sent, unless Real Magnet has been asked already."""
    send, who = _own(send_id), visitor()
    with wiring().services.database.write() as connection:
        done = stored.cancel(connection, send, f"{CANCELLED} {who.name}.")
        if done:
            _stop_sending(connection, send)
            actor = audit.Actor(who.org_id, who.user_id)
            audit.record(connection, actor, "Cancelled a send", {}, described(send))
    return listed(
        said=f"“{send.message_name}” is not sent." if done else "",
        late="" if done else f"“{send.message_name}” could not be cancelled any more.",
    )


@sends.post("/sends/<int(max=2147483647):send_id>/dismiss")
@needs(Area.MESSAGING, Level.FULL)
def dismiss(send_id: int) -> Response:
    """Put the notice of a send that was not sent away, for everybody in the org."""
    send, who = _own(send_id), visitor()
    with wiring().services.database.write() as connection:
        if stored.dismiss(connection, who.org_id, send_id):
            actor = audit.Actor(who.org_id, who.user_id)
            audit.record(connection, actor, "Dismissed a notice", {}, {"send": send.id})
        found = stored.notices(connection, who.org_id)
    return part("sends/notices.html", send_notices=found)


def listed(*, said: str = "", late: str = "") -> Response:
    """The list, with what was just done."""
    with wiring().services.database.read() as connection:
        return page("sends/list.html", "Refresh before send", said=said, late=late, **_values(connection))


def shown(send_id: int) -> Response:
    """One send with the runs that refresh its groups."""
    send = _own(send_id)
    with wiring().services.database.read() as connection:
        found = [screens.run(connection, send.org_id, run_id) for run_id in send.refresh_runs]
        refreshed = [row for row in found if row is not None]
        names = upload_runs.job_names(connection, send.org_id, [int(row["subject_id"]) for row in refreshed])
    return page("sends/one.html", send.message_name or f"Send {send.id}", send=send, refreshed=refreshed, names=names)


def described(send: Send) -> dict[str, object]:
    """A send for the audit log."""
    return {"send": send.id, "message": send.message_id, "groups": list(send.group_ids), "due": send.due_at}


def _values(connection: Connection) -> dict[str, Any]:
    org_id = visitor().org_id
    found = stored.of_org(connection, org_id, SHOWN)
    return {
        "sends": found,
        "under_way": any(send.state in {SendState.REFRESHING, SendState.SENDING} for send in found),
        "waiting": any(send.state is SendState.SCHEDULED for send in found),
        "send_notices": stored.notices(connection, org_id),
    }


def _stop_sending(connection: Connection, send: Send) -> None:
    """Its run has nothing left to do; the runs that refresh its groups are upload jobs' own and go on."""
    if send.state is SendState.SENDING and send.run_id and screens.run(connection, send.org_id, send.run_id):
        claims.request_cancel(connection, send.run_id)


def _own(send_id: int) -> Send:
    with wiring().services.database.read() as connection:
        return stored.get(connection, visitor().org_id, send_id) or abort(404)
