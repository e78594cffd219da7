"""The panel of a Contact or Lead: its timeline by message, and the single activities of one message."""

from flask import Blueprint, Response, abort, request

from connector.model.activity import Channel
from connector.model.people import id18, kind_of
from connector.model.rights import Area, Level, allows
from connector.store import person_activity
from connector.store.person_activity import Before, Who
from webapp.guard import needs
from webapp.pages import page, part
from webapp.person_panel import fresh, showing
from webapp.sessions import visitor
from webapp.wiring import wiring

person_panel = Blueprint("person_panel", __name__)

ACTIVITIES_SHOWN = 100
_LENGTH = 18


def is_person(record_id: str) -> bool:
    """Whether a record's id is that of a Contact or a Lead."""
    return len(record_id) == _LENGTH and record_id.isascii() and record_id.isalnum() and bool(kind_of(record_id))


def may_see() -> bool:
    """Whether the visitor's rights reach so far."""
    return allows(visitor().rights, Area.TRACKING, Level.READ)


@person_panel.get("/people/<record_id>")
@needs(Area.TRACKING, Level.READ)
def show(record_id: str) -> Response:
    """What a person received and did, newest message first; of one channel if asked."""
    record_id = _id_of(record_id)
    channel = next((one for one in Channel if one == request.args.get("channel")), None)
    org_id = visitor().org_id
    with wiring().services.database.read() as connection:
        found = person_activity.person(connection, org_id, record_id)
        living = str(found["id"]) if found and found["id"] else ""
        freshness = fresh.values(connection, living or record_id)
        seen = showing.read(connection, living, channel, None) if living else None
    return page(
        "person_panel/panel.html",
        f"{found['name'] if found and found['name'] else kind_of(record_id)}: Real Magnet",
        person=found,
        seen=seen,
        channel=channel,
        **(freshness | {"record_id": record_id, "kind": kind_of(record_id)}),
    )


@person_panel.get("/people/<record_id>/messages")
@needs(Area.TRACKING, Level.READ)
def more(record_id: str) -> Response:
    """The next page of messages."""
    record_id = _id_of(record_id)
    channel = next((one for one in Channel if one == request.args.get("channel")), None)
    before = Before(_number("latest"), _number("message"))
    with wiring().services.database.read() as connection:
        found = person_activity.person(connection, visitor().org_id, record_id)
        if found is None or found["id"] is None:
            abort(404)
        seen = showing.read(connection, found["id"], channel, before)
    return part("person_panel/messages.html", record_id=record_id, seen=seen, channel=channel)


@person_panel.get("/people/<record_id>/messages/<int(max=9007199254740991):message_id>")
@needs(Area.TRACKING, Level.READ)
def message(record_id: str, message_id: int) -> Response:
    """Every single activity of one message."""
    record_id = _id_of(record_id)
    org_id = visitor().org_id
    with wiring().services.database.read() as connection:
        found = person_activity.person(connection, org_id, record_id)
        if found is None or found["id"] is None:
            abort(404)
        rows = person_activity.activities(connection, Who(org_id, found["id"]), message_id, ACTIVITIES_SHOWN)
    return part(
        "person_panel/activities.html", rows=rows[:ACTIVITIES_SHOWN], more=len(rows) > ACTIVITIES_SHOWN, id=message_id
    )


def _id_of(given: str) -> str:
    found = id18(given) if given.isascii() and given.isalnum() else ""
    return found if is_person(found) else abort(404)


def _number(name: str) -> int:
    value = request.args.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < _LENGTH else abort(400)
