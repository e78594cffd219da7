"""A report as Salesforce's formatted Excel file: its rows found among titles, subtotals and totals; it asks nobody."""

import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any

from connector.salesforce.report_answer import Cell, Column, Row

MOST_ROWS = 100_000
"""Where Salesforce ends its Excel files: a file that reaches it may be cut."""

HEADER_WITHIN = 200
"""Rows of title and filters above the header, at most."""

_ARROWS = re.compile(r"[\s\u2191\u2193\u2b06\u2b07\ufe0f]+")
_SUMMED = re.compile(
    r"(?:grand |sub)?total\b.*|(?:record )?count|sum|average|avg|max|min|confidential information.*|copyright\b.*",
    re.IGNORECASE | re.DOTALL,
)
_UNREADABLE = (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, SyntaxError, OSError)
"""What openpyxl raises for a file that is none, is cut or strange."""


class Unreadable(Exception):
    """The file is not the report that was expected: read it in another way."""


def read_rows(file: IO[bytes], columns: Sequence[Column], means_somebody: Callable[[Row], bool]) -> Iterator[Row]:
    """The report's rows, their cells in the order of its columns.

    A grouped value stands in its group's first row only and is repeated here. Raises `Unreadable`.
    """
    places: list[int] = []
    groups: dict[int, Cell] = {}
    for number, texts in enumerate(_sheet(file)):
        if not places:
            places = _places(texts, columns)
            if not places and number >= HEADER_WITHIN:
                break
            continue
        row = [_cell(texts, place) for place in places]
        if not _summed(texts) or means_somebody(row):
            row = _with_groups(row, columns, groups)
            if not _blank(row, columns):
                yield row
    if not places:
        raise Unreadable


def _with_groups(row: Sequence[Cell], columns: Sequence[Column], groups: dict[int, Cell]) -> list[Cell]:
    """The row with the groups that it stands in; it may begin new ones."""
    for place, (cell, column) in enumerate(zip(row, columns, strict=True)):
        if column.grouped and cell.label:
            groups[place] = cell
    return [groups.get(place, cell) for place, cell in enumerate(row)]


def _blank(row: Row, columns: Sequence[Column]) -> bool:
    return not any(cell.label for cell, column in zip(row, columns, strict=True) if not column.grouped)


def _sheet(file: IO[bytes]) -> Iterator[Sequence[str]]:
    """The first sheet's rows as texts."""
    import openpyxl

    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        try:
            sheet: Any = book.worksheets[0]
            sheet.reset_dimensions()
            for row in sheet.iter_rows(values_only=True):
                yield ["" if value is None else str(value) for value in row]
        finally:
            book.close()
    except (*_UNREADABLE, IndexError) as error:
        raise Unreadable from error


def _places(texts: Sequence[str], columns: Sequence[Column]) -> list[int]:
    """Where each column stands if this row is the header: groups first, then details, each in its order."""
    wanted = [*(column for column in columns if column.grouped), *(column for column in columns if not column.grouped)]
    found: dict[int, int] = {}
    start = 0
    labels = [_plain(text) for text in texts]
    for column in wanted:
        try:
            place = labels.index(_plain(column.label), start)
        except ValueError:
            return []
        found[id(column)] = place
        start = place + 1
    return [found[id(column)] for column in columns]


def _plain(text: str) -> str:
    """A label without the arrows of sorting."""
    return _ARROWS.sub(" ", text).strip().casefold()


def _summed(texts: Sequence[str]) -> bool:
    """Whether a row holds a subtotal, a total or the small print below."""
    return any(_SUMMED.fullmatch(text.strip()) for text in texts if text.strip())


def _cell(texts: Sequence[str], place: int) -> Cell:
    text = texts[place] if place < len(texts) else ""
    return Cell(text, text)
