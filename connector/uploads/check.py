"""What becomes of one row of a source: mailable, or the first reason why not; what rows have in common comes later."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connector.errors import Misconfigured
from connector.model.activity import Channel
from connector.model.addresses import dialled, email_trouble
from connector.model.audience import Reason, Rule
from connector.model.groups import EMAIL
from connector.model.uploads import ADDRESS_FIELD, Definition
from connector.store.audiences import AudienceRow
from connector.uploads import fields
from connector.uploads.entry import Entry
from connector.uploads.fields import Layout
from connector.uploads.identity import COLUMN, compared

WIDTH = 255
"""Characters that the store has for a name, an address, an identity or a detail."""

BETWEEN = '","'
_UNCLEAN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LINE_END = re.compile("\r\n|[\t\n\v\f\r\x85\u2028\u2029]")
_TOO_LONG = "It is longer than 255 characters."
_NO_NUMBER = "This is no {} number that can be dialled."
_NUMBER_OF = {Channel.FAX: "fax", Channel.SMS: "mobile"}


@dataclass(frozen=True)
class Shape:
    """Where a kind's values stand: those of the rules, and for each column its value and its default.

    A place behind the last value is one that is not read.
    """

    first: int
    last: int
    deleted: int
    master: int
    converted: int
    opted_out: int
    country: int
    columns: Sequence[tuple[int, str]]


class Checker:
    """Checks rows by what one definition says."""

    def __init__(self, definition: Definition, layouts: Mapping[str, Layout]) -> None:
        self._shapes = {kind: _shape(definition, found) for kind, found in layouts.items()}
        self._channel = definition.channel
        self._identifier = definition.identifier
        self._numbers = definition.channel in _NUMBER_OF
        self._gone = Rule.GONE in definition.rules
        self._invalid = Rule.INVALID in definition.rules
        columns = list(definition.columns)
        self._address = _column(columns, ADDRESS_FIELD[definition.channel])
        self._email = _column(columns, EMAIL)
        self._identity = _column(columns, COLUMN[definition.identifier])
        self._needed = {
            self._identity: "Custom Member ID",
            self._email: "e-mail address, which Real Magnet wants of everybody",
            self._address: f"{_NUMBER_OF[self._channel]} number" if self._numbers else "e-mail address",
        }

    def row(self, place: int, entry: Entry) -> AudienceRow:
        """The row as it is kept. Only a mailable one has a line."""
        if not entry.values:
            detail = entry.detail[:WIDTH]
            who = (entry.person_id, _clean(entry.name)[:WIDTH], _clean(entry.address)[:WIDTH])
            return AudienceRow(place, *who, "", entry.reason, detail, "")
        shape, values = self._shapes[entry.kind], [*entry.values, ""]
        cells, line = _line(shape, values)
        number = dialled(cells[self._address], values[shape.country]) if self._numbers else ""
        identity = compared(self._identifier, cells[self._identity])
        reason, detail = self._trouble(shape, values, cells) or self._form(cells, number)
        name = f"{values[shape.first]} {values[shape.last]}".strip()
        own = values[shape.opted_out] == "true"
        return AudienceRow(
            place,
            values[0],
            (_clean(name) if _UNCLEAN.search(name) else name)[:WIDTH],
            (number or _lowered(cells[self._address]))[:WIDTH],
            identity[:WIDTH],
            reason,
            (detail if reason or own else entry.opted_out)[:WIDTH],
            "" if reason else line,
            own or bool(entry.opted_out),
        )

    def _trouble(self, shape: Shape, values: Sequence[str], cells: Sequence[str]) -> tuple[str, str] | None:
        """The first reason against a row but its form, and what it is in detail."""
        if self._gone:
            if values[shape.deleted] == "true":
                merged = values[shape.master]
                return Reason.DELETED, "merged into another record" if merged else "deleted in Salesforce"
            if values[shape.converted] == "true":
                return Reason.CONVERTED, "became a Contact"
        for place, what in self._needed.items():
            if not cells[place]:
                return Reason.NO_ADDRESS, f"no {what}"
            if len(cells[place]) > WIDTH:
                return Reason.INVALID, _TOO_LONG
        return None

    def _form(self, cells: Sequence[str], number: str) -> tuple[str, str]:
        trouble = email_trouble(cells[self._email]) if self._invalid else ""
        if not trouble and self._invalid and self._numbers and not number:
            trouble = _NO_NUMBER.format(_NUMBER_OF[self._channel])
        return (Reason.INVALID, trouble) if trouble else ("", "")


def _column(columns: Sequence[str], name: str) -> int:
    if name not in columns:
        raise Misconfigured(
            f"The field mapping has nothing for {name.replace('_', ' ')}, without which Real Magnet takes nobody.",
            advice="Complete the upload job's field mapping.",
        )
    return columns.index(name)


def _shape(definition: Definition, layout: Layout) -> Shape:
    def place(*paths: str) -> int:
        found = (layout.place(path) for path in paths)
        return next((number for number in found if number is not None), len(layout.paths))

    pairs = {pair.recipient_field: pair for pair in reversed(definition.mapping(layout.kind))}
    columns = [
        (place(pairs[name].person_field), pairs[name].default) if name in pairs else (len(layout.paths), "")
        for name in definition.columns
    ]
    return Shape(
        first=place(fields.FIRST),
        last=place(fields.LAST),
        deleted=place(fields.DELETED),
        master=place(fields.MASTER),
        converted=place(fields.CONVERTED),
        opted_out=place(fields.OPT_OUT[definition.channel]),
        country=place(*fields.COUNTRY[layout.kind]),
        columns=columns,
    )


def _line(shape: Shape, values: Sequence[str]) -> tuple[list[str], str]:
    """The cells as they travel, and the line of CSV that they make: every value in quotes, as the vendor shows it."""
    cells = [(values[place] or default).strip() for place, default in shape.columns]
    text = BETWEEN.join(cells)
    if _UNCLEAN.search(text):
        cells = [_clean(cell) for cell in cells]
        text = BETWEEN.join(cells)
    if text.count('"') != 2 * (len(cells) - 1):
        text = BETWEEN.join(cell.replace('"', '""') for cell in cells)
    return cells, f'"{text}"'


def _lowered(text: str) -> str:
    """With small letters where a database cannot make them itself: SQLite knows those of ASCII only."""
    return text if text.isascii() else "".join(sign if sign.isascii() else sign.lower() for sign in text)


def _clean(text: str) -> str:
    """Without what no line of CSV, no database and no mail can carry; the end of a line becomes a space."""
    return _UNCLEAN.sub("", _LINE_END.sub(" ", text)).strip()
