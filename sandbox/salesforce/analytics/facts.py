"""Rows of a report as the fact map: groups, totals, and the first two thousand detail rows; runs no query."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sandbox.salesforce.analytics.cells import Reader, cell
from sandbox.salesforce.analytics.definition import Definition, Grouping
from sandbox.salesforce.analytics.execution import Row

DETAIL_ROWS = 2_000
_TOTAL = "T"


@dataclass(eq=False)
class Group:
    """One group on one axis; the root stands for the total."""

    cell: dict[str, object] = field(default_factory=dict[str, object])
    inner: dict[object, "Group"] = field(default_factory=dict[object, "Group"])
    key: str = _TOTAL

    def number(self, descending: tuple[bool, ...] = ()) -> None:
        """Give every group its key: ``0``, ``0_1``."""
        groups = list(self.inner.values())
        if descending:  # the query did not order this axis
            groups.sort(key=lambda item: str(item.cell["label"]), reverse=descending[0])
        for place, item in enumerate(groups):
            item.key = str(place) if self.key == _TOTAL else f"{self.key}_{place}"
            item.number(descending[1:])

    def as_json(self) -> list[dict[str, object]]:
        groups = sorted(self.inner.values(), key=lambda item: int(item.key.rpartition("_")[2]))
        return [{"key": item.key, **item.cell, "groupings": item.as_json()} for item in groups]


class Facts:
    """What a run gives: filled once, then read."""

    def __init__(self, report: Definition, reader: Reader, *, details: bool) -> None:
        self._report = report
        self._reader = reader
        self._details = details
        self._columns = [report.column(name) for name in report.columns]
        self.down, self.across = Group(), Group()
        self.total = 0
        self._counts: Counter[tuple[Group, Group]] = Counter()
        self._rows: dict[tuple[Group, Group], list[dict[str, object]]] = {}

    def fill(self, rows: Iterable[Row]) -> None:
        for row in rows:
            down = self._path(self.down, self._report.down, row.down)
            across = self._path(self.across, self._report.across, row.across)
            for left in down:
                for top in across:
                    self._counts[left, top] += 1
            if self._details and self.total < DETAIL_ROWS:
                self._rows.setdefault((down[-1], across[-1]), []).append(self._detail(row))
            self.total += 1
        self.down.number()
        self.across.number(tuple(item.descending for item in self._report.across))

    @property
    def cut(self) -> bool:
        """Whether detail rows are missing."""
        return self._details and self.total > DETAIL_ROWS

    def _path(self, root: Group, groupings: Sequence[Grouping], values: Sequence[tuple[object, object]]) -> list[Group]:
        """The groups a row belongs to, the total first."""
        found = [root]
        for grouping, (value, lookup) in zip(groupings, values, strict=True):
            column = self._report.column(grouping.column)
            inner, key = found[-1].inner, lookup
            if column.lookup is None and isinstance(value, str):
                key = value.lower()  # groups go by the text, whatever its letter case
            if key not in inner:
                inner[key] = Group(cell(column, value, lookup, self._reader))
            found.append(inner[key])
        return found

    def _detail(self, row: Row) -> dict[str, object]:
        pairs = zip(self._columns, row.cells, strict=True)
        return {"dataCells": [cell(column, value, lookup, self._reader) for column, (value, lookup) in pairs]}

    def as_json(self) -> dict[str, object]:
        """The fact map; subtotals have no rows."""
        self._counts.setdefault((self.down, self.across), 0)
        found: dict[str, object] = {}
        for left, top in sorted(self._counts, key=lambda pair: (pair[0].key, pair[1].key)):
            count = self._counts[left, top]
            fact: dict[str, object] = {"aggregates": [{"label": f"{count:,}", "value": count}]}
            if self._details:
                fact["rows"] = self._rows.get((left, top), [])
            found[f"{left.key}!{top.key}"] = fact
        return found
