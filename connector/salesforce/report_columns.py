"""What a report's column can tell of a person, judged by its name: their id, their name, an address; it sees no row.

Standard report types write CONTACT_ID and LAST_NAME, custom ones `Contact$Id` and `Account.Contacts$LastName`.
"""

import re
from collections.abc import Callable, Sequence

from connector.salesforce.report_answer import Column, Report

OWN_ID, OTHER_ID, OWN_NAME, OTHER_LOOKUP = range(4)
"""How surely a column means the person that the report is about: their own id, an id, their name, any lookup."""

_OTHERS = re.compile(
    r"REPORTS?_?TO.*|.*ASSISTANT.*|.*MANAGER.*|(?:.*_)?OWNER(?:_.*)?|CREATED.*|(?:LAST_?)?MODIFIED.*|LAST_?UPDATE.*|USERS?",
    re.IGNORECASE,
)
"""People about the person, and users of Salesforce: never who a row means."""

_OWN_ID = re.compile(r"(?:.*[.$_])?(?:PERSON)?(?:CONTACT|LEAD)S?[.$_]?ID", re.IGNORECASE)
_ANY_ID = re.compile(r".*[._$]ID", re.IGNORECASE)
_NAMES = re.compile(r"(?:FULL|FIRST|LAST|CONTACT|LEAD|MEMBER)?_?NAME|CONTACT|LEAD", re.IGNORECASE)
_WHOLE = re.compile(r"(?:FULL|CONTACT|LEAD|MEMBER)?_?NAME", re.IGNORECASE)
_PERSONS = re.compile(r".*(?:CONTACT|LEAD|MEMBER).*", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:PERSON_?)?E_?MAIL", re.IGNORECASE)
_CREATED = re.compile(r"(?:.*[.$])?CREATED_?DATE", re.IGNORECASE)
_LAST_NAME = re.compile(r"(?:.*[.$])?LAST_?NAME", re.IGNORECASE)
_MANY = 2
"""A report type may know both a Contact's and a Lead's id."""


def rank(column: Column) -> int | None:
    """How surely a column means the person of the row; None for never."""
    before, last = _parts(column)
    if _OTHERS.fullmatch(last) or _OTHERS.fullmatch(before):
        return None
    if _ANY_ID.fullmatch(column.name) or column.kind == "id":
        return OWN_ID if _OWN_ID.fullmatch(column.name) else OTHER_ID
    return OWN_NAME if _NAMES.fullmatch(last) and not _custom(before) else OTHER_LOOKUP


def id_columns(report: Report) -> list[str]:
    """The columns that the report does not have but its type does, and that say who each row means."""
    own = [name for name, column in report.known.items() if rank(column) == OWN_ID and name not in report.details]
    return sorted(own, key=len)[:_MANY]


def address_place(columns: Sequence[Column]) -> int | None:
    """Where the person's e-mail address stands: under its usual name, else in the first column of addresses."""
    usual = _first(columns, lambda column: _about(column) and bool(_ADDRESS.fullmatch(_parts(column)[1])))
    return usual if usual is not None else _first(columns, lambda column: _about(column) and column.kind == "email")


def name_places(columns: Sequence[Column]) -> list[int]:
    """Where the person's name stands: whole in one column, else first and last name."""
    whole = _first(columns, _is_whole_name)
    if whole is not None:
        return [whole]
    names = [r"FIRST_?NAME", r"LAST_?NAME"]
    found = [_first(columns, lambda column, name=name: _is_named(column, name)) for name in names]
    return [place for place in found if place is not None]


def _is_whole_name(column: Column) -> bool:
    before, last = _parts(column)
    return _about(column) and bool(_WHOLE.fullmatch(last)) and (not before or bool(_PERSONS.fullmatch(before)))


def _is_named(column: Column, name: str) -> bool:
    return _about(column) and bool(re.fullmatch(name, _parts(column)[1], re.IGNORECASE))


def _about(column: Column) -> bool:
    before, last = _parts(column)
    return not (_OTHERS.fullmatch(last) or _OTHERS.fullmatch(before) or _custom(before))


def _custom(before: str) -> bool:
    """Whether a column is reached through a custom lookup: a person may stand there, another one than the row's."""
    return before.lower().endswith("__r")


def _parts(column: Column) -> tuple[str, str]:
    """The last two steps of a column's name."""
    *before, last = re.split(r"[.$]", column.name)
    return (before[-1] if before else ""), last


def _first(columns: Sequence[Column], fits: Callable[[Column], bool]) -> int | None:
    return next((place for place, column in enumerate(columns) if fits(column)), None)


def parting_columns(report: Report, columns: Sequence[Column]) -> list[str]:
    """Columns to add so that rows differ in a date and a name, where the report lacks them and its type has them."""
    found: list[str] = []
    for pattern in (_CREATED, _LAST_NAME):
        have = any(pattern.fullmatch(column.name) and not column.grouped for column in columns)
        known = [name for name, column in report.known.items() if pattern.fullmatch(name) and column.filterable]
        if not have and known:
            found.append(min(known, key=len))
    return found
