"""A report as the formatted Excel file: title and filters, header, rows, subtotals, total; knows no request.

assumed: every place in the sheet (the pages say only that it is the formatted export), the arrows in the headers, a
group's value in its first row alone, no detail rows of a matrix, and the caps, which are those of the screen's export.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO
from typing import Any

from openpyxl import Workbook

from sandbox.salesforce.analytics.cells import local
from sandbox.salesforce.analytics.definition import MATRIX, SCOPES, Definition
from sandbox.salesforce.analytics.execution import ZONE, Row
from sandbox.salesforce.analytics.types import Column

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS, MOST_COLUMNS = 100_000, 100
_SHORT = 15
_SHEET_TITLE = 31


def workbook(report: Definition, rows: Iterable[Row], now: datetime) -> bytes:
    """The file. Lookup cells hold names only: no id travels this way unless it is a column."""
    book = Workbook(write_only=True)
    title = "".join(letter for letter in report.name if letter not in r"[]:*?/\\")
    sheet: Any = book.create_sheet(title[:_SHEET_TITLE] or "Report")
    for line in _head(report, now):
        sheet.append(["", *line])  # the first column is the margin
    body = _Matrix(report) if report.format == MATRIX else _Rows(report)
    for line in body.lines(rows):
        sheet.append(["", *line])
    for line in ((), ("Confidential Information - Do Not Distribute",)):
        sheet.append(["", *line])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _head(report: Definition, now: datetime) -> Iterator[tuple[object, ...]]:
    yield ()
    yield (report.name,)
    yield (f"As of {now:%Y-%m-%d %H:%M:%S} Eastern Standard Time/EST",)
    yield ("Filtered By",)
    yield (f"   Show: {SCOPES[report.scope]} {report.kind.label.lower()}",)
    for item in report.filters:
        yield (f"   {report.column(item.column).label} {item.operator} {item.value or 'blank'}",)
    yield ()


def _value(column: Column, value: object) -> object:
    if value is None or value == "":
        return None
    if column.short:
        return str(value)[:_SHORT]
    if column.data_type == "datetime":
        return local(value, ZONE).replace(tzinfo=None)
    if column.data_type == "date":
        return date.fromisoformat(str(value))
    return bool(value) if column.data_type == "boolean" else value


@dataclass
class _Rows:
    """Tabular and summary: one line a row, the grouping columns first."""

    report: Definition
    written: int = 0

    def __post_init__(self) -> None:
        self._groups = [self.report.column(item.column) for item in self.report.down]
        names = self.report.columns[: MOST_COLUMNS - len(self._groups)]
        self._columns = [self.report.column(name) for name in names]
        self._arrows = {item.column: item.descending for item in (*self.report.down, *self.report.sort)}

    def _label(self, column: Column) -> str:
        if column.name not in self._arrows:
            return column.label
        return f"{column.label}  {'↓' if self._arrows[column.name] else '↑'}"

    def lines(self, rows: Iterable[Row]) -> Iterator[tuple[object, ...]]:
        yield tuple(self._label(column) for column in (*self._groups, *self._columns))
        above: list[object] | None = None
        counts = [0] * (len(self._groups) + 1)  # of each open group, the total last
        for row in rows:
            if self.written >= MOST_ROWS:
                break
            groups: list[object] = [lookup if column.lookup else value for column, (value, lookup) in zip(
                self._groups, row.down, strict=True)]  # fmt: skip
            same = _alike(above, groups)
            if above is not None:
                yield from self._subtotals(counts, same)
            yield self._line(row, same)
            above = groups
            self.written += 1
            counts = [count + 1 for count in counts]
        if above is not None:
            yield from self._subtotals(counts, 0)
        if self._groups:
            yield ("Total", "Count", counts[-1])
        else:
            yield ("Total", counts[-1])

    def _subtotals(self, counts: list[int], same: int) -> Iterator[tuple[object, ...]]:
        """The groups that end here, the innermost first."""
        for level in range(len(self._groups) - 1, same - 1, -1):
            yield (*[None] * level, "Subtotal", "Count", counts[level])
            counts[level] = 0

    def _line(self, row: Row, same: int) -> tuple[object, ...]:
        groups = [
            None if level < same else _value(column, value) or "-"
            for level, (column, (value, _)) in enumerate(zip(self._groups, row.down, strict=True))
        ]
        cells = zip(self._columns, row.cells, strict=False)
        return (*groups, *(_value(column, value) for column, (value, _) in cells))


def _alike(above: list[object] | None, groups: list[object]) -> int:
    """How many groups, from the outermost, go on from the row above."""
    same = 0
    if above is not None:
        while same < len(groups) and above[same] == groups[same]:
            same += 1
    return same


@dataclass
class _Matrix:
    """Matrix: groups down by groups across, with counts only."""

    report: Definition
    counts: dict[tuple[object, object], int] = field(default_factory=dict[tuple[object, object], int])

    def lines(self, rows: Iterable[Row]) -> Iterator[tuple[object, ...]]:
        down, across = self.report.down, self.report.across
        for row in rows:
            place = _named(row.down), _named(row.across)
            self.counts[place] = self.counts.get(place, 0) + 1
        tops = sorted({top for _, top in self.counts}, key=str)
        yield (" / ".join(self.report.column(item.column).label for item in (*down, *across)), *tops, "Total")
        for left in dict.fromkeys(left for left, _ in self.counts):
            found = [self.counts.get((left, top), 0) for top in tops]
            yield (left, *found, sum(found))
        yield ("Total", *(sum(count for (_, top), count in self.counts.items() if top == one) for one in tops),
               sum(self.counts.values()))  # fmt: skip


def _named(values: tuple[tuple[object, object], ...]) -> str:
    return " / ".join(str(value) if value else "-" for value, _ in values)
