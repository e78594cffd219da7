"""The numbers of the Activity Report as a table: rows and columns in order, each with its words and its totals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from connector.model.report_questions import TIMES, Dimension, Key
from connector.store.activity_report import Numbers, Place, Sums


@dataclass(frozen=True)
class Head:
    """A row or a column. The key None is that of all which are not shown by themselves."""

    key: Key | None
    label: str
    total: int


@dataclass(frozen=True)
class Line:
    """A row with its cells, in the order of the columns."""

    head: Head
    cells: Sequence[int]


@dataclass(frozen=True)
class Table:
    """Everything that stands on the screen and in the file."""

    columns: Sequence[Head]
    lines: Sequence[Line] = field(repr=False)
    total: int
    others: tuple[int, int]


Label = Callable[[Dimension, Key | None], str]


def table(numbers: Numbers, dimensions: Sequence[Dimension], label: Label) -> Table:
    """Times follow each other; everything else stands by size. What is not shown by itself comes last."""
    rows = _heads(numbers.rows, dimensions[0], label)
    columns = _heads(numbers.columns, dimensions[1], label) if len(dimensions) > 1 else []
    lines = [Line(row, [numbers.cells.get(_place(row, column), 0) for column in columns]) for row in rows]
    return Table(columns, lines, numbers.total, numbers.others)


def _place(row: Head, column: Head) -> Place:
    return (row.key, column.key)


def _heads(sums: Sums, dimension: Dimension, label: Label) -> list[Head]:
    heads = [Head(key, label(dimension, key), number) for key, number in sums.items() if number]
    if dimension in TIMES:
        return sorted(heads, key=lambda head: (head.key is None, head.key if isinstance(head.key, int) else 0))
    return sorted(heads, key=lambda head: (head.key is None, -head.total, head.label, str(head.key)))
