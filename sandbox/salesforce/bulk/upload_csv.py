"""Reads an uploaded CSV by the vendor's rules; knows no object and no field."""

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from sandbox.salesforce.bulk.jobs import Job

DELIMITERS = {"COMMA": ",", "TAB": "\t", "PIPE": "|", "SEMICOLON": ";", "CARET": "^", "BACKQUOTE": "`"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
LONGEST_HEADER = 32_000
BOM = "\ufeff"

csv.field_size_limit(131_072)  # also the vendor's limit


class BrokenUploadError(Exception):
    """The whole job fails, with this text as its errorMessage."""


class Upload:
    """An upload opened for reading: its header, then its rows in batches."""

    def __init__(self, path: Path, job: Job) -> None:
        """Raises BrokenUploadError: no file, a wrong line ending, or a header nothing can be read under."""
        if not path.exists() or not path.stat().st_size:
            raise BrokenUploadError("InvalidBatch : Records not found")  # assumed: the text
        _check_line_ending(path, job.line_ending)
        self._file = path.open(encoding="utf-8", newline="")
        self._reader = csv.reader(self._file, delimiter=DELIMITERS[job.delimiter], strict=True)
        try:
            self.header = [name.removeprefix(BOM) for name in next(self._reader)]
        except BaseException as problem:
            self._file.close()
            raise _broken(problem) from problem
        self._rows = filter(None, self._reader)  # blank lines are no rows
        if len({name.lower() for name in self.header}) != len(self.header):
            self._file.close()
            raise BrokenUploadError("InvalidBatch : Duplicate column in header")  # assumed: the text

    def skip(self, rows: int) -> None:
        """Pass over rows that an earlier life of the sandbox has done."""
        next(islice(self._rows, rows, rows), None)

    def batch(self, size: int) -> list[list[str]]:
        """The next rows; fewer than asked only at the end. Raises BrokenUploadError."""
        try:
            rows = list(islice(self._rows, size))
        except (csv.Error, UnicodeDecodeError) as problem:
            raise _broken(problem) from problem
        width = len(self.header)
        if any(len(row) != width for row in rows):
            # assumed: the text
            raise BrokenUploadError("InvalidBatch : The number of columns in a row does not match the header")
        return rows

    def rest(self) -> Iterator[list[str]]:
        """Whatever was not read yet, as far as it can be read."""
        try:
            yield from self._rows
        except (csv.Error, UnicodeDecodeError):
            return

    def close(self) -> None:
        self._file.close()


def _check_line_ending(path: Path, declared: str) -> None:
    with path.open("rb") as file:
        line = file.readline(LONGEST_HEADER * 4)
    if line.endswith(b"\n") and line.endswith(b"\r\n") != (declared == "CRLF"):
        text = f"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {declared}"
        raise BrokenUploadError(text)
    if len(line.decode("utf-8", "replace")) > LONGEST_HEADER:
        raise BrokenUploadError("InvalidBatch : The header is longer than 32,000 characters")  # assumed: the text


def _broken(problem: BaseException) -> BaseException:
    if isinstance(problem, (csv.Error, UnicodeDecodeError, StopIteration)):
        # assumed: the text; the vendor quotes its own parser here
        return BrokenUploadError(f"InvalidBatch : Failed to parse CSV: {problem}")
    return problem
