"""Finds the people whom the rows of a report mean, in the report's order: by id, else by address; it checks nobody."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from connector.model.audience import PersonRef, Reason
from connector.model.people import address, kind_of
from connector.salesforce.gateway import Salesforce
from connector.salesforce.soql import quoted
from connector.uploads.entry import Entry
from connector.uploads.fields import CONVERTED, ID, Layout
from connector.uploads.selections import Layouts

ROOM = 80_000
"""Characters of ids and addresses asked for at once: Salesforce takes 100,000 in a query, fields and all."""

_EMAIL = "Email"
_NO_LONGER = "Salesforce has no such {} any more, or does not show it to us"
_NOBODY = "no Contact or Lead has this address"
_NEITHER = "this is neither a Contact nor a Lead"
_BLANK = "this row names nobody"

Wait = Callable[[float], None]


class Finder(NamedTuple):
    """How people are asked for."""

    salesforce: Salesforce
    layouts: Layouts
    wait: Wait


def people_of(finder: Finder, refs: Iterable[PersonRef]) -> Iterator[Entry]:
    """An entry for each row, as many at a time as one query may ask for."""
    for batch in _batches(refs):
        by_id = _by_id(finder, batch)
        by_address = _by_address(finder, batch)
        for ref in batch:
            yield _entry(ref, by_id, by_address)


def _batches(refs: Iterable[PersonRef]) -> Iterator[list[PersonRef]]:
    batch: list[PersonRef] = []
    room = ROOM
    for ref in refs:
        batch.append(ref)
        room -= len(quoted(ref.id or ref.email)) + 1
        if room < 0:
            yield batch
            batch, room = [], ROOM
    if batch:
        yield batch


def _entry(ref: PersonRef, by_id: dict[str, Entry], by_address: dict[str, Entry]) -> Entry:
    if kind := kind_of(ref.id):
        found = by_id.get(ref.id) or Entry(kind, (), Reason.DELETED, _NO_LONGER.format(kind), ref.id)
    elif ref.id:
        found = Entry("", (), Reason.NOBODY, _NEITHER, ref.id)
    elif ref.email.strip():
        found = by_address.get(address(ref.email)) or Entry("", (), Reason.NOBODY, _NOBODY)
    else:
        found = Entry("", (), Reason.NOBODY, _BLANK)
    return found if found.values else found._replace(name=ref.name, address=ref.email.strip())


def _by_id(finder: Finder, batch: Sequence[PersonRef]) -> dict[str, Entry]:
    """Deleted and merged ones too: so it is known what became of them."""
    found: dict[str, Entry] = {}
    for kind, layout in finder.layouts.items():
        wanted = dict.fromkeys(ref.id for ref in batch if kind_of(ref.id) == kind)
        if wanted:
            soql = f"SELECT {layout.selected()} FROM {kind} WHERE {ID} IN ({', '.join(map(quoted, wanted))})"  # noqa: S608 - quoted
            for row in finder.salesforce.bulk_query(soql, include_deleted=True, wait=finder.wait):
                found[row[0]] = Entry(kind, row)
    return found


def _by_address(finder: Finder, batch: Sequence[PersonRef]) -> dict[str, Entry]:
    """One Contact of an address, else one Lead; where there are several of either, nobody can tell who is meant."""
    wanted = {address(ref.email) for ref in batch if not ref.id and ref.email.strip()}
    found: dict[str, Entry] = {}
    for kind, layout in finder.layouts.items():
        wanted -= found.keys()
        for email, people in _with_addresses(finder, layout, wanted).items():
            found[email] = _the_one(kind, layout, people)
    return found


def _with_addresses(finder: Finder, layout: Layout, wanted: set[str]) -> dict[str, list[Sequence[str]]]:
    found: dict[str, list[Sequence[str]]] = {}
    if not wanted:
        return found
    fields, place = layout.selected(), layout.place(_EMAIL)
    if place is None:
        fields, place = f"{fields}, {_EMAIL}", len(layout.paths)
    among = ", ".join(map(quoted, sorted(wanted)))
    soql = f"SELECT {fields} FROM {layout.kind} WHERE {_EMAIL} IN ({among})"  # noqa: S608 - quoted
    for row in finder.salesforce.bulk_query(soql, wait=finder.wait):
        found.setdefault(address(row[place]), []).append(row[: len(layout.paths)])
    return found


def _the_one(kind: str, layout: Layout, people: Sequence[Sequence[str]]) -> Entry:
    converted = layout.place(CONVERTED)
    alive = [row for row in people if converted is None or row[converted] != "true"] or people[:1]
    if len(alive) > 1:
        return Entry("", (), Reason.AMBIGUOUS, f"{len(alive)} {kind}s have this address")
    return Entry(kind, alive[0])
