"""The form of a new send: the message is searched as somebody types, each group says how it is refreshed."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog
from flask import Blueprint, Response, abort, request

from connector import clock
from connector.errors import NotFound, Temporary
from connector.model.groups import Group, MessageDetails
from connector.model.rights import Area, Level
from connector.store import audit, send_steps
from connector.store import sends as stored
from connector.store.sends import NewSend, Send
from webapp.guard import needs
from webapp.manage_data.form import zones
from webapp.moments import zone_of
from webapp.pages import page, part
from webapp.sends import choosing, form
from webapp.sends.choosing import Answer
from webapp.sends.form import LATER, Entered
from webapp.sends.views import described, listed
from webapp.sessions import visitor
from webapp.wiring import wiring

log = structlog.get_logger("webapp.sends")
scheduling = Blueprint("scheduling", __name__)

UNPROCESSABLE = 422
USUAL_TIME = "09:00"
GONE = "Real Magnet has no such message any more. Choose another one."
NO_SUBJECT = "This message has no subject yet. Give it one in Real Magnet, then choose it again."
NO_SENDER = "This message has no sender yet. Give it a From address in Real Magnet, then choose it again."
SENT_ALREADY = (
    "This form was sent already, and nothing else was scheduled. What it scheduled is “%s” to %s (%s). "
    "For another message choose Schedule a message again."
)
GOING_OUT = "This message is going out to %s just now. Wait until that is over, then schedule it again."
CHANGED = (
    "An upload job that was to refresh one of these groups does not any more. See below how each is refreshed now."
)
NO_GROUP = "Real Magnet has not all of these groups any more. Those it has are still chosen."


@scheduling.get("/sends/new")
@needs(Area.MESSAGING, Level.FULL)
def ask() -> Response:
    """The form as it begins."""
    zone = visitor().zone
    tomorrow = clock.now().astimezone(zone_of(zone)).date() + timedelta(days=1)
    return _form(Entered(secrets.token_urlsafe(24), date=tomorrow.isoformat(), local_time=USUAL_TIME, zone=zone))


@scheduling.get("/sends/new/messages")
@needs(Area.MESSAGING, Level.FULL)
def messages() -> Response:
    """The messages whose names fit what is typed."""
    return part("sends/messages.html", **_messages(_entered(request.args)))


@scheduling.get("/sends/new/message")
@needs(Area.MESSAGING, Level.FULL)
def message() -> Response:
    """The subject and sender of the message that is chosen."""
    return part("sends/message.html", **_message(_entered(request.args).message_id))


@scheduling.get("/sends/new/groups")
@needs(Area.MESSAGING, Level.FULL)
def groups() -> Response:
    """The groups whose names fit what is typed."""
    return part("sends/groups.html", **_groups(_entered(request.args)))


@scheduling.get("/sends/new/when")
@needs(Area.MESSAGING, Level.FULL)
def when() -> Response:
    """The moment that is meant by what is entered just now."""
    return part("sends/when.html", entered=_entered(request.args))


@scheduling.post("/sends")
@needs(Area.MESSAGING, Level.FULL)
def create() -> Response:
    """Schedule it, or show what has to be mended."""
    groups = choosing.groups()
    entered, found = _checked(_entered(request.form), groups)
    if entered.problems or found is None:
        answer = _form(entered)
        answer.status_code = UNPROCESSABLE
        return answer
    new = _new(entered, found, groups.value)
    send = _created(new)
    if send is None:
        before = _made_before(new)
        if not _is_same(before, new, now=entered.due is None):
            return listed(late=SENT_ALREADY % (before.message_name, ", ".join(before.group_names), before.state))
    elif entered.due is None:
        _begin(send)
    return listed(
        said=f"“{found.name}” is {'scheduled' if entered.due else 'on its way: its groups are refreshed first'}."
    )


def _with_groups(entered: Entered, groups: Answer[Sequence[Group]]) -> Entered:
    known = {group.id for group in groups.value}
    if groups.trouble:
        entered = entered.with_problem("groups", groups.trouble)
    elif not known.issuperset(entered.group_ids):
        left = tuple(group_id for group_id in entered.group_ids if group_id in known)
        entered = replace(entered, group_ids=left).with_problem("groups", NO_GROUP)
    elif not set(choosing.filling(entered.group_ids)).issuperset(entered.told_of_chosen):
        entered = entered.with_problem("groups", CHANGED)
    return entered


def _checked(entered: Entered, groups: Answer[Sequence[Group]]) -> tuple[Entered, MessageDetails | None]:
    """The choice held against what Real Magnet has now."""
    entered = _with_groups(entered, groups)
    if not entered.message_id:
        return entered, None
    try:
        found = choosing.details(entered.message_id)
    except NotFound:
        return replace(entered, message_id=0).with_problem("message", GONE), None
    if not found.subject.strip():
        entered = entered.with_problem("message", NO_SUBJECT)
    elif not found.sender.strip():
        entered = entered.with_problem("message", NO_SENDER)
    other = None if entered.when == LATER else _going_out(found.id, entered.ticket)
    if other is not None:
        entered = entered.with_problem("message", GOING_OUT % ", ".join(f"“{name}”" for name in other.group_names))
    return entered, found


def _going_out(message_id: int, ticket: str) -> Send | None:
    """Another send of a message that is going out; not what this very form has begun."""
    org_id = visitor().org_id
    with wiring().services.database.read() as connection:
        found = stored.going_out(connection, org_id, message_id)
        own = stored.of_ticket(connection, org_id, ticket)
    return found if own is None else None


def _new(entered: Entered, found: MessageDetails, groups: Sequence[Group]) -> NewSend:
    names = {group.id: group.name for group in groups}
    return NewSend(
        ticket=entered.ticket or secrets.token_urlsafe(24),
        message_id=found.id,
        message_name=found.name,
        subject=found.subject,
        sender=found.sender,
        groups=[(group_id, names[group_id]) for group_id in entered.group_ids],
        due_at=clock.milliseconds(entered.due or clock.now()),
        zone=entered.zone if entered.when == LATER else visitor().zone,
    )


def _created(new: NewSend) -> Send | None:
    """The send; None when this form was sent before."""
    who = visitor()
    with wiring().services.database.write() as connection:
        send_id = stored.create(connection, who.org_id, who.user_id, new)
        send = None if send_id is None else stored.get(connection, who.org_id, send_id)
        if send is not None:
            audit.record(connection, audit.Actor(who.org_id, who.user_id), "Scheduled a send", {}, described(send))
            log.info("send scheduled", org=who.org_id, user=who.user_id, send=send.id)
    return send


def _made_before(new: NewSend) -> Send:
    with wiring().services.database.read() as connection:
        return stored.of_ticket(connection, visitor().org_id, new.ticket) or abort(404)


def _is_same(before: Send, new: NewSend, *, now: bool) -> bool:
    """Whether a form that was sent twice says what it said the first time, and that is still to come."""
    chosen = (new.message_id, [group_id for group_id, _name in new.groups])
    if before.state.over or (before.message_id, list(before.group_ids)) != chosen:
        return False
    return before.due_at <= new.due_at if now else before.due_at == new.due_at


def _begin(send: Send) -> None:
    """Refresh its groups at once; the tick does the rest, and this too if the queue is away."""
    for claim in send_steps.advance(wiring().services.database, send):
        try:
            wiring().enqueue_run(claim)
        except Temporary:
            log.warning("queue away", run=claim.run_id)


def _entered(values: Any) -> Entered:
    return form.read(values, values.getlist("group_ids"), values.getlist("told"), clock.now())


def _form(entered: Entered) -> Response:
    values = _messages(entered) | _groups(entered) | _message(entered.message_id)
    return page("sends/new.html", "Schedule a message", zones=zones(), **values)


def _messages(entered: Entered) -> dict[str, Any]:
    found = choosing.messages_named(entered.message_text, entered.message_id)
    return {"entered": entered, "messages": found.value, "messages_trouble": found.trouble}


def _groups(entered: Entered) -> dict[str, Any]:
    found = choosing.groups_named(entered.group_text, entered.group_ids)
    return {"entered": entered, "groups": found.value, "groups_trouble": found.trouble}


def _message(message_id: int) -> dict[str, Any]:
    if not message_id:
        return {"chosen": None, "chosen_trouble": ""}
    try:
        return {"chosen": choosing.details(message_id), "chosen_trouble": ""}
    except NotFound:
        return {"chosen": None, "chosen_trouble": GONE}
