"""Reads records through SOQL with the viewer's own rights and turns values into what is printed; knows no page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sandbox.salesforce.access import Access
from sandbox.salesforce.face.layouts import Layout, RelatedList, Shown
from sandbox.salesforce.org import Org
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.soql import compile_query
from sandbox.salesforce.values import read_datetime


@dataclass(frozen=True)
class Cell:
    """A value as printed; ``record`` is the id it leads to, ``web`` an address, ``moment`` the time for machines."""

    text: str = ""
    record: str = ""
    web: str = ""
    moment: str = ""


@dataclass(frozen=True)
class Lines:
    """Some rows of a longer list."""

    headings: list[str]
    rows: list[list[Cell]]
    total: int


class Records:
    """What one viewer can see of the org."""

    def __init__(self, org: Org, access: Access, zone: str) -> None:
        self._org = org
        self._access = access
        self._zone = ZoneInfo(zone)

    def sobject(self, name: str) -> SObject | None:
        """An object by its name, if the viewer may read it."""
        found = self._org.schema.find(name)
        return found if found is not None and self._access.object_rights(found).read else None

    def listed(self, sobject: SObject, layout: Layout, query: str, place: tuple[int, int]) -> Lines:
        """One page of a list: those in which a searched field holds the words."""
        words = _escaped(query)
        readable = [name for name in layout.searched if self._field(sobject, name)]
        where = " OR ".join(f"{name} LIKE '%{words}%'" for name in readable) if query and readable else ""
        return self._lines(sobject, layout.columns, (where, layout.order), place)

    def related(self, related: RelatedList, record_id: str, place: tuple[int, int]) -> Lines | None:
        """Rows that look up to a record; None if the viewer may not see them."""
        sobject = self.sobject(related.object)
        if sobject is None or self._field(sobject, related.lookup) is None:
            return None
        return self._lines(sobject, related.columns, (f"{related.lookup} = '{record_id}'", related.order), place)

    def counted(self, related: RelatedList, record_id: str) -> list[tuple[str, int]]:
        """How many rows of a related list have each value of the field it counts by, the most first."""
        sobject = self.sobject(related.object)
        if not related.counted or sobject is None or self._field(sobject, related.counted) is None:
            return []
        name = related.counted
        soql = f"SELECT {name}, COUNT(Id) FROM {sobject.name} WHERE {related.lookup} = '{record_id}' GROUP BY {name}"
        found = [(str(value or "None"), int(str(number))) for value, number in self._read(soql, (0, 100))]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def one(self, sobject: SObject, shown: Sequence[Shown], record_id: str) -> list[tuple[str, Cell]] | None:
        """The values of one record with their headings; None if there is no such record (any more)."""
        found = self._lines(sobject, shown, (f"Id = '{_escaped(record_id)}'", ""), (0, 1))
        return list(zip(found.headings, found.rows[0], strict=True)) if found.rows else None

    def value(self, sobject: SObject, record_id: str, path: str) -> str:
        """One value as printed, "" if there is none or it is not for this viewer."""
        found = self.one(sobject, [Shown(path)], record_id)
        return found[0][1].text if found else ""

    def _lines(
        self, sobject: SObject, shown: Sequence[Shown], clauses: tuple[str, str], place: tuple[int, int]
    ) -> Lines:
        visible = [(item, field) for item in shown if (field := self._field(sobject, item.path)) is not None]
        wanted = {"Id": 0}
        for item, _ in visible:
            for path in filter(None, (item.path, item.record, item.web)):
                wanted.setdefault(path, len(wanted))
        where = f" WHERE {clauses[0]}" if clauses[0] else ""
        order = f" ORDER BY {clauses[1]}" if clauses[1] else ""
        soql = f"SELECT {', '.join(wanted)} FROM {sobject.name}{where}{order}"
        rows = self._read(soql, place)
        total = int(str(self._read(f"SELECT COUNT() FROM {sobject.name}{where}", (0, 1))[0][0]))
        printed = [[self._cell(item, field, wanted, row) for item, field in visible] for row in rows]
        return Lines([item.heading or field.label for item, field in visible], printed, total)

    def _read(self, soql: str, place: tuple[int, int]) -> list[tuple[object, ...]]:
        """Rows ``start`` to ``start + size``; beyond the 2,000 that SOQL's own OFFSET may pass over."""
        start, size = place
        compiled = compile_query(self._org, self._access, soql)
        with self._org.database.reading() as connection:
            statement = f"SELECT * FROM ({compiled.whole}) LIMIT ? OFFSET ?"
            return connection.execute(statement, [*compiled.parameters, size, start]).fetchall()

    def _field(self, sobject: SObject, path: str) -> Field | None:
        """The field at the end of a path, if the viewer may see every step of it."""
        *parents, name = path.split(".")
        for relationship in parents:
            lookup = sobject.parent(relationship)
            parent = self.sobject(lookup.reference_to[0]) if lookup is not None else None
            if lookup is None or parent is None or not self._access.readable(sobject, lookup):
                return None
            sobject = parent
        return self._access.find(sobject, name)

    def _cell(self, item: Shown, field: Field, wanted: dict[str, int], row: tuple[object, ...]) -> Cell:
        value = row[wanted[item.path]]
        web = str(row[wanted[item.web]] or "") if item.web else ""
        record = str(row[wanted[item.record]] or "") if item.record else ""
        web = web if web.startswith(("https://", "http://")) else ""
        if value is None:
            return Cell(text=web, web=web)
        if field.type == "boolean":
            return Cell("Yes" if value else "No")
        if field.type == "datetime":
            moment = read_datetime(str(value)).astimezone(self._zone)
            return Cell(f"{_day(moment)}, {moment:%I:%M %p}".replace(" 0", " "), record, moment=moment.isoformat())
        if field.type == "date":
            return Cell(_day(date.fromisoformat(str(value))), record)
        if field.is_number:
            return Cell(f"{float(str(value)):,.{field.scale}f}", record)
        return Cell(str(value), record, web)


def _day(moment: date) -> str:
    return f"{moment:%b} {moment.day}, {moment.year}"


def _escaped(text: str) -> str:
    """Words for a SOQL string under LIKE."""
    for mark in ("\\", "'", '"', "%", "_"):
        text = text.replace(mark, f"\\{mark}")
    return text
