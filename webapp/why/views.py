"""Answers *Why?* for a person or recipient and a message, and helps to find them."""

from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import Connection

from connector.model.people import id18, kind_of
from connector.model.rights import Area, Level
from connector.model.why import Case, Stage, Step
from connector.store import person_activity, why, why_search
from connector.store.person_activity import Who
from connector.store.why import Pair
from webapp.guard import needs
from webapp.pages import page
from webapp.sessions import visitor
from webapp.why import rows, words
from webapp.wiring import wiring

why_page = Blueprint("why", __name__)

SHOWN = 25
MOST_LETTERS = 100
LENGTH = 18
MOST_DIGITS = 16
MOST_NUMBER = 2**53 - 1
FEWEST_LETTERS = 2


@why_page.get("/why")
@needs(Area.TRACKING, Level.READ)
def show() -> Response:
    """The answer, or whatever is still to be chosen: a person first, then a message."""
    person = request.args.get("person", "").strip()
    recipient, message = _number("recipient"), _number("message")
    search = request.args.get("q", "").strip()[:MOST_LETTERS]
    values: dict[str, Any] = {"search": search, "message_id": message, "person_id": person, "recipient_id": recipient}
    if person and not _is_person(id18(person)):
        values["problem"] = "That is no id of a Contact or a Lead. Search for the person here."
    elif "recipient" in request.args and not person and recipient is None:
        values["problem"] = "That is no number of a recipient. Search for the person here."
    elif request.args.get("message") and message is None:
        values["problem"] = "That is no number of a message."
    with wiring().services.database.read() as connection:
        if not values.get("problem") and (person or recipient is not None):
            return _pair(connection, id18(person) if person else "", recipient or 0, values)
        values |= _found(connection, search)
    return page("why/search.html", "Why?", **values)


def _pair(connection: Connection, person: str, recipient: int, values: dict[str, Any]) -> Response:
    message = values["message_id"]
    asked = Pair(visitor().org_id, message if message is not None else -1, person, recipient)
    case = why.case(connection, asked, wiring().services.settings.look_back_days)
    values |= {
        "person_id": person,
        "who": _who(case, asked),
        "case": case,
        "known": bool(case.person or case.recipients),
    }
    if message is None or not values["known"]:
        return page("why/choose.html", "Why?", **values, **_messages(connection, case, asked))
    return page("why/answer.html", "Why?", **values, steps=steps(case, visitor().instance_url))


def steps(case: Case, instance_url: str) -> list[Step]:
    """The whole way of an activity, step by step."""
    return [
        Step(Stage.RECEIVED, words.received(case)),
        Step(Stage.MATCHED, words.matched(case)),
        Step(Stage.DECIDED, words.decided(case)),
        Step(Stage.PLACED, rows.placed(case)),
        Step(Stage.WRITTEN, rows.written(case, instance_url)),
    ]


def _who(case: Case, asked: Pair) -> str:
    if asked.person_id:
        return (case.person.name if case.person else "") or f"{kind_of(asked.person_id)} {asked.person_id}"
    return (case.recipients[0].email if case.recipients else "") or f"Recipient {asked.recipient_id}"


def _messages(connection: Connection, case: Case, asked: Pair) -> dict[str, Any]:
    """The newest messages of whoever is meant."""
    survivor = case.person.survivor_id if case.person else None
    if survivor:
        who = Who(asked.org_id, survivor)
        groups = sorted(person_activity.totals(connection, who))
        found = person_activity.messages(connection, who, groups, None, SHOWN) if groups else ()
    else:
        number = asked.recipient_id or (case.recipients[0].id if case.recipients else 0)
        found = why_search.messages(connection, asked.org_id, number, SHOWN) if number else ()
    return {"messages": found[:SHOWN], "more": len(found) > SHOWN}


def _found(connection: Connection, search: str) -> dict[str, Any]:
    if len(search) < FEWEST_LETTERS:
        return {"people": (), "recipients": (), "more": False}
    org_id, record = visitor().org_id, id18(search)
    if _is_person(record):
        one = why.person(connection, org_id, record)
        return {"people": [vars(one)] if one else [], "recipients": (), "more": False}
    people = why_search.people(connection, org_id, search, SHOWN)
    recipients = why_search.recipients(connection, org_id, search, SHOWN)
    return {"people": people[:SHOWN], "recipients": recipients, "more": len(people) > SHOWN}


def _is_person(record_id: str) -> bool:
    return len(record_id) == LENGTH and record_id.isascii() and record_id.isalnum() and bool(kind_of(record_id))


def _number(name: str) -> int | None:
    value = request.args.get(name, "").strip()
    found = int(value) if value.isascii() and value.isdigit() and len(value) <= MOST_DIGITS else None
    return found if found is not None and found <= MOST_NUMBER else None
