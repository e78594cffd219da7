"""Who a row of a report means: learned from its first rows, then kept to; it knows no request."""

from collections.abc import Iterable, Iterator, Sequence

from connector.errors import Refused
from connector.model.audience import PersonRef
from connector.model.people import id18, kind_of
from connector.salesforce.report_answer import Cell, Column, Report, Row
from connector.salesforce.report_columns import (
    OTHER_ID,
    OTHER_LOOKUP,
    OWN_NAME,
    address_place,
    name_places,
    rank,
)

_ID = 18
_EMPTY = "-"
"""What a formatted report shows where there is nothing."""


class PersonFinder:
    """Chooses one column for Contacts and one for Leads, the surest that holds any.

    A row whose column is empty means nobody: whoever stands in another column is somebody else.
    """

    def __init__(self, columns: Sequence[Column], report: Report) -> None:
        self._columns = columns
        self._ranks = [rank(column) for column in columns]
        self._leads_first = report.type.lower().startswith("lead")
        self._chosen: dict[str, tuple[int, int]] = {}
        self._hiding: set[int] = set()
        self._rivals: tuple[int, int] | None = None
        self._address = address_place(columns)
        self._name = name_places(columns)

    @property
    def sure(self) -> bool:
        """Whether rows name the person that the report is about, not just any person."""
        return self._rivals is None and any(found < OTHER_LOOKUP for found, _ in self._chosen.values())

    @property
    def finds(self) -> bool:
        """Whether rows name somebody, by an id or by an address."""
        return bool(self._chosen) or self._address is not None

    @property
    def possible(self) -> bool:
        """Whether rows could name somebody, by the columns' names alone: for a report that has no rows."""
        return self.finds or any(found is not None and found <= OWN_NAME for found in self._ranks)

    @property
    def legible(self) -> bool:
        """Whether what is shown is enough: no id that counts hides behind a name, as it does in a lookup."""
        return self.finds and self._hiding.isdisjoint(self._order())

    @property
    def by_id(self) -> bool:
        """Whether rows name somebody by an id, not by an address alone."""
        return bool(self._chosen)

    def names_somebody(self, row: Row) -> bool:
        """Whether a row has an id or an address."""
        person = self.ref(row)
        return bool(person.id or person.email)

    def learn(self, rows: Iterable[Row]) -> None:
        """Choose the columns, as far as they are not chosen yet."""
        seen: dict[str, set[tuple[int, int]]] = {}
        rivals: dict[tuple[str, int], tuple[int, int]] = {}
        for row in rows:
            named: dict[tuple[str, int], tuple[int, str]] = {}
            for place, found, person in self._people(row):
                kind = kind_of(person)
                seen.setdefault(kind, set()).add((found, place))
                first, whom = named.setdefault((kind, found), (place, person))
                if whom != person:
                    rivals.setdefault((kind, found), (first, place))
        for kind in seen.keys() - self._chosen.keys():
            self._chosen[kind] = min(seen[kind])
            self._rivals = self._rivals or rivals.get((kind, self._chosen[kind][0]))

    def refuse_rivals(self) -> None:
        """Raises `Refused` when two columns that are equally sure name different people in one row."""
        if self._rivals is None:
            return
        one, two = (self._columns[place].label for place in self._rivals)
        raise Refused(
            f"A row of this report names two people, under “{one}” and under “{two}”.",
            advice="Add the Contact ID or Lead ID of the people who are meant, or take one of the two columns out.",
        )

    def ref(self, row: Row) -> PersonRef:
        """Who a row means."""
        address = _shown(row, self._address)
        name = " ".join(filter(None, (_shown(row, place) for place in self._name)))
        for place in self._order():
            person = _person(row[place], self._ranks[place])
            if person:
                shown = row[place].label
                return PersonRef(person, address, name or ("" if id18(shown) == person else shown))
        return PersonRef("", address, name)

    def _people(self, row: Row) -> Iterator[tuple[int, int, str]]:
        """Every person in a row, with place and rank."""
        for place, (cell, found) in enumerate(zip(row, self._ranks, strict=False)):
            person = _person(cell, found)
            if person and found is not None:
                if id18(cell.label.strip()) != person:
                    self._hiding.add(place)
                yield place, found, person

    def _order(self) -> list[int]:
        first = "Lead" if self._leads_first else "Contact"
        ordered = sorted((found, kind != first, place) for kind, (found, place) in self._chosen.items())
        return [place for found, _, place in ordered if found < OTHER_LOOKUP or not self.sure]


def _person(cell: Cell, found: int | None) -> str:
    """The id of a person in a cell, or nothing. Digits of a phone number are no id: a lookup shows a name."""
    if found is None or (found > OTHER_ID and cell.label == cell.value):
        return ""
    for text in (cell.value, cell.label) if found <= OTHER_ID else (cell.value,):
        person = id18(text.strip())
        if kind_of(person) and len(person) == _ID:
            return person
    return ""


def _shown(row: Row, place: int | None) -> str:
    text = row[place].label.strip() if place is not None and place < len(row) else ""
    return "" if text == _EMPTY else text
