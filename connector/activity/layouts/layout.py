"""What a layout is: how placements of an object come to be, what their rows say, and words that all of them use."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from connector.model.activity import IN_HISTORY, IN_SUMMARY
from connector.model.people import kind_of

KEY_FIELD = "External_Key__c"
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Layout:
    """How placements of one Salesforce object come to be and what their rows say.

    `place` inserts the placements that undecided facts between two keys ask for, of those that `{allowed}` lets pass;
    `covers` is the condition on `facts` that a placement in the state `{standing}` stands for the fact; `rows` selects
    the placements to write with what `values` needs, by person; `values` turns one such row (after its first four
    columns: placement id, external key, person, content hash) into the object's columns. An aggregate is of nobody:
    rows of people point to it, so it is written first, and no fact counts as placed by it.
    """

    label: str
    object_name: str
    columns: tuple[str, ...]
    place: str
    rows: str
    values: Callable[[Sequence[Any]], list[str]]
    covers: str = ""
    aggregate: bool = False

    @property
    def header(self) -> tuple[str, ...]:
        """Every column of a file of it."""
        return (KEY_FIELD, *(() if self.aggregate else LOOKUPS), *self.columns, "Run_Id__c")

    def of(self, person_id: str, row: Sequence[Any]) -> list[str]:
        """The columns of one row between its key and its run."""
        return self.values(row) if self.aggregate else [*lookups(person_id), *self.values(row)]


LOOKUPS = ("Contact__c", "Lead__c")


def lookups(person_id: str) -> tuple[str, str]:
    """Contact__c and Lead__c of a row: the one that the person is, and null for the other."""
    return (person_id, "") if kind_of(person_id) == "Contact" else ("", person_id)


def instant(milliseconds: int | None) -> str:
    """An instant as Salesforce's CSV wants it; empty for none."""
    if not milliseconds:
        return ""
    seconds, fraction = divmod(milliseconds, 1000)
    day, second = divmod(seconds, 86_400)
    minute, second = divmod(second, 60)
    hour, minute = divmod(minute, 60)
    return f"{_day(day)}T{hour:02d}:{minute:02d}:{second:02d}.{fraction:03d}Z"


@lru_cache(maxsize=4096)
def _day(number: int) -> str:
    """A day since the epoch as its date; a night has a few hundred of them and a million instants."""
    return date.fromordinal(_EPOCH + number).isoformat()


def quoted(*words: str) -> str:
    """Words of ours as SQL lists them."""
    return ", ".join(f"'{word}'" for word in words)


HISTORY_MODES = quoted(*IN_HISTORY)
SUMMARY_MODES = quoted(*IN_SUMMARY)

PLACED_AGAIN = """
    ON CONFLICT (org_id, object, external_key) DO UPDATE SET person_id = excluded.person_id, state = 'to write',
        attempts = 0, run_id = excluded.run_id, outcome = NULL,
        content_hash = CASE WHEN placements.state = 'deleted' THEN '' ELSE placements.content_hash END,
        salesforce_id = CASE WHEN placements.state = 'deleted' THEN NULL ELSE placements.salesforce_id END
    WHERE placements.deletion_id IS NULL AND placements.state <> 'ignored'
"""
"""How every `place` ends. What was cleared without a tombstone is placed anew; what has one stays out, and so does what
somebody decided to ignore."""
