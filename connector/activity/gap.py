"""Gap: what Real Magnet and Salesforce have otherwise than we think, found row by row and put among what is written."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection

from connector.activity.at_once import collect_now, ever
from connector.activity.deleting import ASKED_AT_ONCE, in_chunks, put_aside
from connector.activity.layouts import KEY_FIELD, LAYOUTS
from connector.activity.night import Night
from connector.activity.spool import Spool
from connector.model.people import id18
from connector.model.runs import Phase
from connector.model.scope import Scope
from connector.salesforce.soql import quoted
from connector.store import again, gaps, runs
from connector.store.database import chunks

FEW = 10_000
"""Up to so many rows are read by pages of a query; more by a bulk query."""

Change = Callable[[Connection, int, Sequence[Sequence[Any]]], None]


@dataclass
class Astray:
    """What was found: rows gone from Salesforce, rows that somebody changed there, rows there that are none of ours."""

    gone: int = 0
    changed: int = 0
    strange: int = 0

    @property
    def words(self) -> str:
        """What a person reads."""
        parts = (
            ("Gone from Salesforce and written again", self.gone),
            ("changed there by somebody else and put right", self.changed),
            ("in Salesforce, none of this connector's and left alone", self.strange),
        )
        said = "; ".join(f"{words}: {count:,}" for words, count in parts if count)
        return f"{said[0].upper()}{said[1:]}." if said else "Salesforce has every row as it should be."


def compare(night: Night, scope: Scope) -> None:
    """Look at one message, or at all whose books do not close, and put what went astray among what is to be written.

    Without a message, rows that somebody changed in Salesforce are looked for in every message.
    """
    with night.database.read() as connection:
        numbers = [scope.message_id] if scope.message_id is not None else gaps.open_messages(connection, night.org_id)
    read_again(night, set(numbers))
    found = compare_messages(night, numbers)
    if scope.message_id is None:
        _look_for_changes(night, _own(night), found)
    with night.write() as connection:
        runs.note(connection, night.run_id, found.words)
    night.reached("compared")


def compare_messages(night: Night, numbers: Sequence[int]) -> Astray:
    """Look at every row of these messages, and put what went astray among what is to be written."""
    found, own = Astray(), _own(night)
    for position, number in enumerate(numbers):
        night.report(Phase.COMPARE, position, len(numbers))
        _look_at(night, number, own, found)
    night.report(Phase.COMPARE, len(numbers), len(numbers))
    return found


def compare_person(night: Night, person_id: str) -> Astray:
    """The same with every row of a person, each asked for by its own key: somebody may have taken the person off it."""
    night.report(Phase.COMPARE)
    found, own = Astray(), _own(night)
    keys: dict[str, list[str]] = defaultdict(list)
    for name, key in again.rows_of_person(night.database, night.org_id, person_id):
        keys[name].append(key)
    for name, known in keys.items():
        standing = Spool()
        for some in chunks(((key,) for key in known), ASKED_AT_ONCE):
            asked = ", ".join(quoted(str(key)) for (key,) in some)
            soql = f"SELECT {KEY_FIELD}, LastModifiedById FROM {name} WHERE {KEY_FIELD} IN ({asked})"  # noqa: S608  # SOQL
            standing.add([_line(row, own) for row in night.salesforce.query(soql)])
        with night.write() as connection:
            gaps.put(connection, standing)
            gone = gaps.missing_of_person(connection, night.org_id, name, person_id)
            changed = gaps.changed(connection, night.org_id, name)
        standing.close()
        found.gone += _set_right(night, gone, gaps.lost)
        found.changed += _set_right(night, changed, gaps.rewrite)
    return found


def _own(night: Night) -> str:
    """The connected user, who alone should change our rows."""
    return id18(str(night.salesforce.me().get("user_id") or ""))


def read_again(night: Night, numbers: set[int]) -> None:
    """What Real Magnet counts otherwise than we do is read anew."""
    if numbers:
        collect_now(night, [message for message in night.realmagnet.messages_created(ever()) if message.id in numbers])


def _look_at(night: Night, message_id: int, own: str, found: Astray) -> None:
    with night.database.read() as connection:
        expected = gaps.objects(connection, night.org_id, message_id)
    for layout in LAYOUTS:
        name = layout.object_name
        if name not in expected:
            continue
        soql = f"SELECT {KEY_FIELD}, LastModifiedById FROM {name} WHERE Message_Id__c = {quoted(str(message_id))}"  # noqa: S608  # SOQL
        standing = _told(night, soql, expected[name], own)
        with night.write() as connection:
            gaps.put(connection, standing)
            gone = gaps.missing(connection, night.org_id, name, message_id)
            changed = gaps.changed(connection, night.org_id, name)
            found.strange += gaps.strangers(connection, night.org_id, name)
        standing.close()
        found.gone += _set_right(night, gone, gaps.lost)
        found.changed += _set_right(night, changed, gaps.rewrite)


def _look_for_changes(night: Night, own: str, found: Astray) -> None:
    for layout in LAYOUTS:
        name, condition = layout.object_name, f"LastModifiedById != {quoted(own)}"
        with night.database.read() as connection:
            if not gaps.stands(connection, night.org_id, name):
                continue
        count = night.salesforce.count(f"SELECT COUNT() FROM {name} WHERE {condition}")  # noqa: S608  # SOQL
        if not count:
            continue
        standing = _told(night, f"SELECT {KEY_FIELD}, LastModifiedById FROM {name} WHERE {condition}", count, own)  # noqa: S608  # SOQL
        with night.write() as connection:
            gaps.put(connection, standing)
            changed = gaps.changed(connection, night.org_id, name)
        standing.close()
        found.changed += _set_right(night, changed, gaps.rewrite)


def _told(night: Night, soql: str, expected: int, own: str) -> Spool:
    """(Key, 1 where somebody else changed the row last) of the rows that Salesforce has, read to the end."""
    waiting = partial(night.wait, Phase.COMPARE)
    rows: Iterator[Sequence[Any]] = (
        night.salesforce.query(soql) if expected <= FEW else night.salesforce.bulk_query(soql, wait=waiting)
    )
    spool = Spool()
    for batch in chunks(rows):
        spool.add([_line(row, own) for row in batch])
    return spool


def _line(row: Sequence[Any], own: str) -> tuple[str, int]:
    key, by = row
    return str(key or ""), int(id18(str(by or "")) != own)


def _set_right(night: Night, numbers: Sequence[int], change: Change) -> int:
    in_chunks(night, put_aside(numbers), lambda connection, rows: change(connection, night.run_id, rows))
    return len(numbers)
