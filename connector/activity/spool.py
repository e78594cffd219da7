"""Rows put aside until it is clear that they may be used: in memory while few, in a temporary file beyond."""

import marshal
import sqlite3
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any

IN_MEMORY = 16 * 1024 * 1024
"""Bytes kept in memory before a file is used."""


class Spool:
    """Lists of plain tuples, written once and read in order. `len()` is the number of rows."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # closed by close()
        self._forget = weakref.finalize(self, self._file.close)  # an error anywhere leaves no file behind
        self._rows = 0

    def add(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Put rows of strings, numbers and None at the end."""
        if rows:
            packed = marshal.dumps(list(rows))
            self._file.write(len(packed).to_bytes(8, "big"))
            self._file.write(packed)
            self._rows += len(rows)

    def __len__(self) -> int:
        return self._rows

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """The rows from the first on."""
        self._file.seek(0)
        while size := self._file.read(8):
            packed = self._file.read(int.from_bytes(size, "big"))
            yield from marshal.loads(packed)  # noqa: S302  # our own file, written by this process

    def close(self) -> None:
        """Forget everything."""
        self._forget()


def in_order(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    """The rows sorted by their first column, by way of a temporary file: neighbours are then written together."""
    iterator = iter(rows)
    first = next(iterator, None)
    if first is None:
        return
    columns = ", ".join(f"c{number}" for number in range(len(first)))
    marks = ", ".join("?" * len(first))
    with closing(sqlite3.connect("", isolation_level=None)) as sorter:
        sorter.execute("PRAGMA journal_mode=OFF")
        sorter.execute("PRAGMA cache_size=-16384")
        sorter.execute(f"CREATE TABLE rows ({columns})")
        sorter.execute("BEGIN")
        sorter.execute(f"INSERT INTO rows VALUES ({marks})", first)  # noqa: S608  # only marks
        sorter.executemany(f"INSERT INTO rows VALUES ({marks})", iterator)  # noqa: S608  # only marks
        yield from sorter.execute("SELECT * FROM rows ORDER BY c0")
