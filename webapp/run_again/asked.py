"""What somebody wants run again, as a form or an address says it, read into a scope with what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Connection, RowMapping

from connector import clock
from connector.model.people import id18, kind_of
from connector.model.scope import Scope
from connector.store import person_activity, runs, why_search
from webapp.backfill import words as days

FIELDS = ("what", "run", "first", "last", "message", "person")
NIGHT, DAYS, MESSAGE, PERSON, FAILED = "night", "days", "message", "person", "failed"
MOST_DAYS = 31
"""Longer ranges may bring much that is new: Back-fill shows first what that costs."""
LARGEST_RUN, LARGEST_MESSAGE = 2**31 - 1, 2**53 - 1
PEOPLE_SHOWN = 10
_ID_LENGTH = 18


@dataclass(frozen=True)
class Wanted:
    """The scope that was asked for, None where it says none; `entered` is what was typed, `problems` what is wrong with
    it by field, and `people` those whom a name may mean."""

    scope: Scope | None = None
    entered: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    problems: Mapping[str, str] = field(default_factory=dict[str, str])
    people: Sequence[RowMapping] = field(default=(), repr=False)


def read(connection: Connection, org_id: int, values: Mapping[str, str]) -> Wanted:
    """Read the fields of `FIELDS`; of those only the ones that belong to `what` count."""
    entered = {name: values.get(name, "").strip()[:100] for name in FIELDS}
    readers = {NIGHT: _night, DAYS: _days, MESSAGE: _message, PERSON: _person}
    if entered["what"] == FAILED:
        return Wanted(Scope(only_failed=True), entered)
    reader = readers.get(entered["what"])
    if reader is None:
        return Wanted(None, entered, {"what": "Choose what to run again."})
    return reader(connection, org_id, entered)


def _night(connection: Connection, org_id: int, entered: Mapping[str, str]) -> Wanted:
    number = _number(entered["run"], LARGEST_RUN)
    run = runs.get(connection, number) if number is not None else None
    if run is None or run["org_id"] != org_id or run["ended_at"] is None:
        return Wanted(None, entered, {"run": "Choose one of the runs that are over."})
    return Wanted(Scope(run_id=number), entered)


def _days(_connection: Connection, _org_id: int, entered: Mapping[str, str]) -> Wanted:
    asked = days.read(entered["first"], entered["last"])
    if asked.scope is None:
        return Wanted(None, entered, asked.problems)
    first, last = (clock.from_milliseconds(at or 0) for at in (asked.scope.from_at, asked.scope.before_at))
    if last - first > timedelta(days=MOST_DAYS, hours=1):
        return Wanted(None, entered, {"last": f"At most {MOST_DAYS} days at once; Back-fill takes longer ranges."})
    return Wanted(asked.scope, entered)


def _message(_connection: Connection, _org_id: int, entered: Mapping[str, str]) -> Wanted:
    number = _number(entered["message"], LARGEST_MESSAGE)
    if number is None:
        return Wanted(None, entered, {"message": "Choose a message."})
    return Wanted(Scope(message_id=number), entered)


def _person(connection: Connection, org_id: int, entered: Mapping[str, str]) -> Wanted:
    """By id, or whoever alone has the address or the name."""
    said = entered["person"]
    record = id18(said) if said.isascii() and said.isalnum() else ""
    if len(record) == _ID_LENGTH and kind_of(record):
        found = person_activity.person(connection, org_id, record)
        return Wanted(Scope(person_id=str(found["id"]) if found and found["id"] else record), entered)
    people = why_search.people(connection, org_id, said, PEOPLE_SHOWN) if said else ()
    if len(people) == 1:
        return Wanted(Scope(person_id=str(people[0]["survivor_id"] or people[0]["id"])), entered)
    if people:
        return Wanted(None, entered, {"person": "Several people fit. Choose one of them below."}, people[:PEOPLE_SHOWN])
    wrong = "Nobody here has this id, address or name." if said else "Enter the person's e-mail address, name or id."
    return Wanted(None, entered, {"person": wrong})


def _number(entered: str, largest: int) -> int | None:
    if entered.isascii() and entered.isdecimal() and len(entered) <= len(str(largest)) and int(entered) <= largest:
        return int(entered)
    return None
