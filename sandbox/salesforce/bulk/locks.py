"""Who gets no row lock: rows whose parent is being touched elsewhere at the same moment; knows no database.

The vendor works on a job's batches side by side, 200 rows at a time, and each child row locks its parent. Rows of one
parent in the same chunk or the next wait a moment and pass; far apart they collide, and so do two jobs. Which of them
lose is decided by a checksum, so that a run can be repeated.
assumed: an optional lookup takes the lock too, as it does when it is required; every eighth collision is lost.
"""

from collections.abc import Sequence
from zlib import crc32

CHUNK = 200
AT_ONCE = 250  # chunks worked on side by side: five batches of 10,000 rows
ONE_LOST_IN = 8
MOST_LOST = 100  # in one batch; then the vendor puts the rest back in the queue and they pass
LOCKED_PARENTS = frozenset({"Account", "Contact", "Lead", "Campaign"})


def error_text(parent: str) -> str:
    """The vendor's message for a lost lock."""
    return f"unable to obtain exclusive access to this record or 1 records: {parent}"


class ParentLocks:
    """The parents one job touched lately, by the first chunk that touched them."""

    def __init__(self) -> None:
        self._chunk = 0
        self._last = ""
        self._touched: dict[str, int] = {}

    def lost(self, parents: Sequence[str], elsewhere: set[str]) -> tuple[dict[int, str], bool]:
        """Rows of a batch that get no lock, each with its parent; and whether there were too many, so the rest waited.

        ``parents`` has the parent of each row, "" for none; ``elsewhere`` are parents that another job holds.
        """
        found: dict[int, str] = {}
        for start in range(0, len(parents), CHUNK):
            chunk = parents[start : start + CHUNK]
            # a run of siblings that crosses from one chunk into the next is worked on in turn
            running = {chunk[0]} if chunk[0] == self._last else set[str]()
            distinct = set(chunk)
            far = self._collisions(distinct - running, elsewhere)
            if far:
                found.update((start + place, parent) for place, parent in enumerate(chunk) if parent in far)
            for parent in distinct:
                self._touched.setdefault(parent, self._chunk)
            self._last = chunk[-1]
            self._chunk += 1
        oldest = self._chunk - AT_ONCE
        self._touched = {parent: chunk for parent, chunk in self._touched.items() if chunk >= oldest and parent}
        too_many = len(found) > MOST_LOST
        return dict(list(found.items())[:MOST_LOST]), too_many

    def _collisions(self, parents: set[str], elsewhere: set[str]) -> set[str]:
        before, touched = self._chunk - 1, self._touched
        met = {parent for parent in parents if touched.get(parent, before) < before}
        held = parents & elsewhere
        if not met and not held:
            return met
        lost = {parent for parent in met if crc32(f"{parent}{self._chunk}".encode()) % ONE_LOST_IN == 0}
        return (lost | {parent for parent in held if crc32(parent.encode()) % ONE_LOST_IN == 0}) - {""}
