"""The rows of an uploaded CSV under its mapping, the bad ones sorted out; knows no store and no HTTP."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.realmagnet.identity import is_address

# Names as the vendor's samples spell them, letter case included; that another case is unknown is assumed.
FIELDS: Mapping[str, str] = {
    "Custom_Member_Id": "CustomID",
    "First_Name": "FirstName",
    "Last_Name": "LastName",
    **{name: name for name in ("Email", "Phone", "Fax", "Address", "Address2", "City", "State", "Zip", "Company")},
    **{f"custom{number}": f"CustomField{number}" for number in range(1, 31)},
    "EP_3": "EP_3",
}
ENHANCED = frozenset({"EP_3"})

Fields = dict[str, str]


class BadSheetError(Exception):
    """The upload comes to nothing; the text says why (all of these texts are assumed)."""


@dataclass(slots=True)
class Sheet:
    """The rows that are taken, by what their recipients are told apart by, and how many there were at all."""

    rows: dict[str, Fields] = field(default_factory=dict[str, Fields])
    total: int = 0


def read(request: Mapping[str, Any], key: Callable[[Fields], str], *, by_custom_id: bool) -> Sheet:
    """The same recipient twice is one row, the last; without an address or a key a row is dropped.

    So is a row with another number of cells than the first, and every n-th when rows are to be lost. Blanks around a
    value go (all but the first sentence is assumed, and which of two rows it is).
    """
    lines = _lines(request["data"])
    first = next(lines, None)
    columns = _columns(request["columns"], len(first or ()), by_custom_id=by_custom_id)
    sheet, width, every = Sheet(), len(first or ()), request.get("lose_every", 0)
    for cells in _chained(first, lines, header=request["header"]):
        sheet.total += 1
        if len(cells) != width or (every and sheet.total % every == 0):
            continue
        fields = {name: cells[place].strip() for place, name in columns}
        if is_address(fields["Email"]) and (told_by := key(fields)):
            sheet.rows[told_by] = fields
    return sheet


def _lines(data: str) -> Iterator[list[str]]:
    try:
        yield from (cells for cells in csv.reader(io.StringIO(data), strict=True) if cells)
    except csv.Error as error:
        raise BadSheetError(f"INVALID_DATA: {error}") from error


def _chained(first: list[str] | None, others: Iterator[list[str]], *, header: bool) -> Iterator[list[str]]:
    if first is not None and not header:
        yield first
    yield from others


def _columns(mapping: list[list[Any]], width: int, *, by_custom_id: bool) -> list[tuple[int, str]]:
    """Zero-based places and the fields they fill. An upload without any row may name any column."""
    places, names = [place for place, _name in mapping], [name for _place, name in mapping]
    for name in names:
        if name not in FIELDS:
            raise BadSheetError(f"INVALID_MAPPING: the field {name} does not exist")
    if len(set(names)) < len(names) or len(set(places)) < len(places):
        raise BadSheetError("INVALID_MAPPING: a column or a field is mapped twice")
    if min(places, default=1) < 1 or (width and max(places, default=1) > width):
        raise BadSheetError("INVALID_MAPPING: a column does not exist")
    needed = ("Email", "Custom_Member_Id") if by_custom_id else ("Email",)
    if missing := [name for name in needed if name not in names]:
        raise BadSheetError(f"INVALID_MAPPING: {missing[0]} is not mapped")
    return [(place - 1, FIELDS[name]) for place, name in mapping]
