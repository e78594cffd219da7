"""One row of a source as it was read, before it is checked; it knows neither where it came from nor any rule."""

from collections.abc import Sequence
from typing import NamedTuple


class Entry(NamedTuple):
    """A person's values in the order of the layout of its kind; or nobody's, with the reason why.

    `person_id`, `name` and `address` say who was meant when there are no values. `opted_out` says which other record
    of theirs wants no mail; their own consent stands among the values.
    """

    kind: str
    values: Sequence[str] = ()
    reason: str = ""
    detail: str = ""
    person_id: str = ""
    name: str = ""
    address: str = ""
    opted_out: str = ""

    def __repr__(self) -> str:
        return f"Entry({self.kind!r}, reason={self.reason!r}, person_id={self.person_id!r})"
