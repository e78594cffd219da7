"""Sends one message to one person: choose it, look at it and at what speaks against it, send it, follow it."""

import secrets
from typing import Any

import structlog
from flask import Blueprint, Response, abort, request

from connector.errors import Temporary
from connector.model.people import id18, kind_of
from connector.model.rights import Area, Level
from connector.model.runs import Trigger, single_send_of
from connector.model.single_sends import NO_SMS, NewSingleSend, SingleSend
from connector.store import audit, claims, person_activity
from connector.store import single_sends as stored
from connector.store.claims import Asked, Claim
from webapp.guard import needs
from webapp.pages import page, part
from webapp.person_panel.views import is_person
from webapp.sessions import visitor
from webapp.single_sends import choosing, following
from webapp.single_sends.choosing import Chosen, Shown
from webapp.single_sends.picture import picture
from webapp.wiring import wiring

log = structlog.get_logger("webapp.single_sends")
single_sends = Blueprint("single_sends", __name__)

UNPROCESSABLE = 422
NOT_CHOSEN = "Choose the message that is to be sent."


@single_sends.get("/people/<record_id>/send")
@needs(Area.MESSAGING, Level.FULL)
def ask(record_id: str) -> Response:
    """The channel and the message to choose."""
    return _form(_id_of(record_id), choosing.read(request.args))


@single_sends.get("/people/<record_id>/send/messages")
@needs(Area.MESSAGING, Level.FULL)
def messages(record_id: str) -> Response:
    """The messages whose names fit what is typed."""
    return part("single_sends/messages.html", **_messages(_id_of(record_id), choosing.read(request.args)))


@single_sends.get("/people/<record_id>/send/preview")
@needs(Area.MESSAGING, Level.FULL)
def preview(record_id: str) -> Response:
    """The chosen message as this person would get it, with what speaks for and against."""
    chosen = choosing.read(request.args)
    found = choosing.shown(_id_of(record_id), chosen) if chosen.message_id else None
    return part("single_sends/preview.html", **_preview(_id_of(record_id), chosen, found))


@single_sends.post("/people/<record_id>/send")
@needs(Area.MESSAGING, Level.FULL)
def send(record_id: str) -> Response:
    """Send it once, however often this form arrives; or show why not."""
    record_id, chosen = _id_of(record_id), choosing.read(request.form)
    before = _made_before(chosen)
    if before is not None:
        return _one(before.id, said="This form was sent already; nothing was sent a second time.")
    if not chosen.message_id or not chosen.ticket:
        return _mended(record_id, chosen, Shown(trouble=NOT_CHOSEN))
    found = choosing.shown(record_id, chosen)
    if not found.sendable or (found.before and not chosen.again):
        return _mended(record_id, chosen, found)
    number = _begun(record_id, chosen, found)
    return _one(number) if number is not None else _mended(record_id, chosen, choosing.shown(record_id, chosen))


@single_sends.get("/single-sends/<int(max=2147483647):single_id>")
@needs(Area.MESSAGING, Level.READ)
def one(single_id: int) -> Response:
    """How far a message to one person is."""
    return _one(single_id)


@single_sends.get("/single-sends/<int(max=2147483647):single_id>/status")
@needs(Area.MESSAGING, Level.READ)
def status(single_id: int) -> Response:
    """The same, as a part that redraws itself while something happens."""
    return part("single_sends/status.html", **_stand(single_id))


def _begun(record_id: str, chosen: Chosen, found: Shown) -> int | None:
    """The message that waits to be sent; None when another form was quicker and nobody said that it goes once more."""
    assert found.content is not None
    assert found.looked is not None
    who, details = visitor(), found.content.details
    new = NewSingleSend(chosen.ticket, record_id, chosen.message_id, details.name, chosen.channel, found.looked.address)
    with wiring().services.database.write() as connection:
        stored.alone(connection, who.org_id)
        if not chosen.again and choosing.before(connection, record_id, chosen):
            made = stored.of_ticket(connection, who.org_id, chosen.ticket)
            return made.id if made else None
        number = stored.create(connection, who.org_id, who.user_id, new)
        if number is None:
            made = stored.of_ticket(connection, who.org_id, chosen.ticket)
            return made.id if made else abort(404)
        asked = Asked(Trigger.SINGLE, who.user_id)
        claim = claims.claim(connection, who.org_id, asked, single_send_of(number))
        done = {"message": details.name, "by": str(chosen.channel), "to": record_id, "single message": number}
        audit.record(connection, audit.Actor(who.org_id, who.user_id), "Sent a message to one person", {}, done)
    log.info("single send asked", org=who.org_id, user=who.user_id, single_send=number)
    _enqueue(claim)
    return number


def _enqueue(claim: Claim) -> None:
    try:
        wiring().enqueue_run(claim)
    except Temporary:
        log.warning("queue away", run=claim.run_id)  # the tick finds the run without its job


def _made_before(chosen: Chosen) -> SingleSend | None:
    if not chosen.ticket:
        return None
    with wiring().services.database.read() as connection:
        return stored.of_ticket(connection, visitor().org_id, chosen.ticket)


def _one(single_id: int, said: str = "") -> Response:
    values = _stand(single_id)
    return page("single_sends/one.html", f"{values['stand'].send.message_name}: one person", said=said, **values)


def _stand(single_id: int) -> dict[str, Any]:
    with wiring().services.database.read() as connection:
        found = stored.get(connection, visitor().org_id, single_id) or abort(404)
        person = person_activity.person(connection, visitor().org_id, found.person_id)
        stand = following.of(connection, found)
    name = person["name"] if person and person["name"] else f"this {kind_of(found.person_id)}"
    return {"stand": stand, "send": found, "person_name": name}


def _mended(record_id: str, chosen: Chosen, found: Shown) -> Response:
    answer = _form(record_id, chosen, found)
    answer.status_code = UNPROCESSABLE
    return answer


def _form(record_id: str, chosen: Chosen, found: Shown | None = None) -> Response:
    with wiring().services.database.read() as connection:
        person = person_activity.person(connection, visitor().org_id, record_id)
    name = person["name"] if person and person["name"] else f"this {kind_of(record_id)}"
    if found is None and chosen.message_id:
        found = choosing.shown(record_id, chosen)
    values = _messages(record_id, chosen) | _preview(record_id, chosen, found)
    return page("single_sends/new.html", f"Send a message to {name}", person_name=name, no_sms=NO_SMS, **values)


def _messages(record_id: str, chosen: Chosen) -> dict[str, Any]:
    found = choosing.named(chosen)
    values = {"record_id": record_id, "kind": kind_of(record_id), "chosen": chosen}
    return values | {"messages": found.value, "messages_trouble": found.trouble}


def _preview(record_id: str, chosen: Chosen, found: Shown | None) -> dict[str, Any]:
    return {
        "record_id": record_id,
        "chosen": chosen,
        "shown": found,
        "picture": picture(found.merged.html) if found and found.merged and found.merged.html else "",
        "ticket": secrets.token_urlsafe(24),
    }


def _id_of(given: str) -> str:
    found = id18(given) if given.isascii() and given.isalnum() else ""
    return found if is_person(found) else abort(404)
