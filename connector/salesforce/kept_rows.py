"""Rows put aside until the last one is there and counted: in memory while they are few, then in a file without a name.

The file goes with the process, however that ends.
"""

import tempfile
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson

from connector.model.audience import PersonRef

IN_MEMORY = 1 << 20


class KeptRows:
    """Written to the end, then read once."""

    def __init__(self, folder: Path) -> None:
        self.count = 0
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, dir=str(folder))  # noqa: SIM115 - read later
        weakref.finalize(self, self._file.close)

    def add(self, people: Iterable[PersonRef]) -> None:
        """Put rows behind those that are there."""
        for person in people:
            self._file.write(orjson.dumps((person.id, person.email, person.name)) + b"\n")
            self.count += 1

    def read(self) -> Iterator[PersonRef]:
        """All rows in their order."""
        self._file.seek(0)
        with self._file as file:
            for line in file:
                yield PersonRef(*orjson.loads(line))
