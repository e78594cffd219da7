"""Finds the people whom the rows of a report mean, in the report's order: by id, else by address; it checks nobody."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

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
_NO_ID = "this row has no Salesforce id, so it cannot be tried again"
_ANOTHER = "another record with this address opted out"

Wait = Callable[[float], None]
_Asked = TypeVar("_Asked")


class Finder(NamedTuple):
    """How people are asked for. `opt_out` is the field that says who wants no mail, empty while nobody asks; `again`:
    a few of an audience are looked up once more, so the rest of it cannot speak for them."""

    salesforce: Salesforce
    layouts: Layouts
    wait: Wait
    opt_out: str = ""
    again: bool = False


def people_of(finder: Finder, refs: Iterable[PersonRef]) -> Iterator[Entry]:
    """An entry for each row, as many at a time as one query may ask for."""
    for batch in _batches(refs, lambda ref: ref.id or ref.email):
        by_id = _by_id(finder, batch)
        by_address = _by_address(finder, batch)
        found = [_entry(ref, by_id, by_address, _NO_ID if finder.again else _BLANK) for ref in batch]
        yield from _heeded(finder, batch, found)


def _heeded(finder: Finder, refs: Sequence[PersonRef], found: Sequence[Entry]) -> Iterator[Entry]:
    """The same people; who was found by an address wants no mail if anybody with that address wants none."""
    emails = [_shared(finder, ref, entry) for ref, entry in zip(refs, found, strict=True)]
    out = _opted_out(finder, set(filter(None, emails)))
    for email, entry in zip(emails, found, strict=True):
        yield entry._replace(opted_out=_ANOTHER) if email in out else entry


def _shared(finder: Finder, ref: PersonRef, entry: Entry) -> str:
    """The address that others may share who have to be asked too; empty if nobody has to."""
    if not entry.values:
        return ""
    if not ref.id:
        return address(ref.email)
    place = finder.layouts[entry.kind].place(_EMAIL) if finder.again else None
    return "" if place is None else address(entry.values[place])


def _opted_out(finder: Finder, emails: set[str]) -> set[str]:
    found: set[str] = set()
    for some in _batches(sorted(emails), str) if finder.opt_out else ():
        among = ", ".join(map(quoted, some))
        for kind in finder.layouts:
            soql = f"SELECT {_EMAIL} FROM {kind} WHERE {finder.opt_out} = true AND {_EMAIL} IN ({among})"  # noqa: S608 - quoted
            found.update(address(row[0]) for row in finder.salesforce.bulk_query(soql, wait=finder.wait))
    return found


def _batches(asked: Iterable[_Asked], text_of: Callable[[_Asked], str]) -> Iterator[list[_Asked]]:
    batch: list[_Asked] = []
    room = ROOM
    for one in asked:
        batch.append(one)
        room -= len(quoted(text_of(one))) + 1
        if room < 0:
            yield batch
            batch, room = [], ROOM
    if batch:
        yield batch


def _entry(ref: PersonRef, by_id: dict[str, Entry], by_address: dict[str, Entry], blank: str) -> Entry:
    if kind := kind_of(ref.id):
        found = by_id.get(ref.id) or Entry(kind, (), Reason.DELETED, _NO_LONGER.format(kind), ref.id)
    elif ref.id:
        found = Entry("", (), Reason.NOBODY, _NEITHER, ref.id)
    elif ref.email.strip():
        found = by_address.get(address(ref.email)) or Entry("", (), Reason.NOBODY, _NOBODY)
    else:
        found = Entry("", (), Reason.NOBODY, blank)
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
