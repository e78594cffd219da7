"""What of a message stands in Salesforce: its rows there by list and by how they stand, in words people know."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping

from connector.model.activity import PlacementState
from connector.model.lists import HISTORY_OBJECT

HISTORY = "Real Magnet Activity History"

WORDS: dict[str, str] = {
    PlacementState.WRITTEN: "there",
    PlacementState.TO_WRITE: "waiting",
    PlacementState.IN_FLIGHT: "waiting",
    PlacementState.REJECTED: "refused",
    PlacementState.TO_DELETE: "waiting to be deleted",
    PlacementState.DELETED: "deleted",
}
ORDER = ("there", "waiting", "refused", "waiting to be deleted", "deleted")


@dataclass(frozen=True)
class InList:
    """How many rows of a list stand how."""

    label: str
    counts: dict[str, int]


@dataclass(frozen=True)
class Standing:
    """The lists with rows of a message, and which ways of standing there are at all."""

    lists: Sequence[InList]
    words: Sequence[str]

    def total(self, word: str) -> int:
        """How many rows stand so."""
        return sum(one.counts.get(word, 0) for one in self.lists)


def of(rows: Iterable[RowMapping]) -> Standing:
    """From counts by object, kind and state."""
    lists: dict[str, dict[str, int]] = {}
    for row in rows:
        label = HISTORY if row["object"] == HISTORY_OBJECT else str(row["activity_group"])
        word = WORDS.get(row["state"], str(row["state"]))
        counts = lists.setdefault(label, {})
        counts[word] = counts.get(word, 0) + int(row["count"])
    found = {word for counts in lists.values() for word in counts}
    return Standing([InList(*one) for one in sorted(lists.items())], [word for word in ORDER if word in found])
