"""A scope: which part of an org's activity something is about, be it read anew, deleted or restored."""

import hashlib
from dataclasses import astuple, dataclass

_FIRST_CONDITIONS = 7
"""So many there were when the first digests were kept; a later one that asks nothing leaves those as they are."""


@dataclass(frozen=True)
class Scope:
    """Conditions that all hold; None, or an empty text, asks nothing.

    `activity_group` is a placement's: a group of activities in History, or the label of one of Version 1's lists;
    `object_name` is a Salesforce object; `run_id` is the run that wrote last, `undone_run_id` the run that made the
    row; `only_failed` asks for what Salesforce refused. Instants are milliseconds since the epoch, `from_at` included,
    `before_at` not.
    """

    message_id: int | None = None
    person_id: str = ""
    activity_group: str = ""
    object_name: str = ""
    run_id: int | None = None
    from_at: int | None = None
    before_at: int | None = None
    undone_run_id: int | None = None
    only_failed: bool | None = None

    @property
    def digest(self) -> str:
        """The same for the same conditions, so that asking twice for one thing finds it."""
        told = astuple(self)
        while told and told[-1] is None and len(told) > _FIRST_CONDITIONS:
            told = told[:-1]
        return hashlib.blake2b(repr(told).encode(), digest_size=16).hexdigest()
