"""Runs a bulk query once, into a file with an index, so that pages are read and never scanned again."""

import csv
import re
import time
from array import array
from collections.abc import Callable, Iterable, Iterator
from io import StringIO
from itertools import islice

from sandbox.salesforce.access import Access
from sandbox.salesforce.bulk.files import JobFiles, as_locator, read_file
from sandbox.salesforce.bulk.jobs import WORKING, Job, JobTable
from sandbox.salesforce.bulk.upload_csv import DELIMITERS, LINE_ENDINGS
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.org import Org
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.soql import Stream, compile_query, stream
from sandbox.salesforce.soql.parse import parse

INDEXED = 1_000  # every so many rows the index knows where the file stands
_NESTED = re.compile(r"\(\s*select\b.*?\bfrom\b.*?\)\s*(,|\bfrom\b)", re.IGNORECASE | re.DOTALL)
_TYPEOF = re.compile(r"\btypeof\b", re.IGNORECASE)


def check_query(org: Org, access: Access, text: str, *, all_rows: bool) -> SObject:
    """The object a bulk query reads. Raises ApiError for what /query refuses, and for what only Bulk refuses."""
    where = re.search(r"\bwhere\b", text, re.IGNORECASE)
    head = text[: where.start()] if where else text
    if _NESTED.search(head):
        raise unsupported("Nested queries are not supported in Bulk Query")
    if _TYPEOF.search(head):
        raise unsupported("TYPEOF clause is not supported in Bulk Query")
    compiled = compile_query(org, access, text, all_rows=all_rows)
    if compiled.aggregate:
        raise unsupported("Aggregate Relationships not supported in Bulk Query")
    if parse(text).offset is not None:
        raise unsupported("OFFSET clause is not supported in Bulk Query")
    return compiled.sobject


def unsupported(message: str) -> ApiError:
    return ApiError(400, "FEATURENOTENABLED", f"FeatureNotEnabled : {message}")  # assumed: code and text


def _datetime(value: object) -> object:
    return f"{str(value)[:23]}Z" if value else value


def _boolean(value: object) -> object:
    return value if value is None else ("true" if value else "false")


_PRINTED: dict[str, Callable[[object], object]] = {"datetime": _datetime, "boolean": _boolean}


def _printed(found: Stream) -> Iterator[list[tuple[object, ...]]]:
    """The rows in lots of a thousand, values as CSV prints them."""
    while lot := list(islice(found.rows, INDEXED)):
        columns: list[Iterable[object]] = list(zip(*lot, strict=True))
        for place, kind in enumerate(found.types):
            if kind in _PRINTED:
                columns[place] = map(_PRINTED[kind], columns[place])
        yield list(zip(*columns, strict=True))


class Query:
    """Takes query jobs: one step is the whole query."""

    def __init__(self, org: Org, jobs: JobTable, files: JobFiles) -> None:
        self._org = org
        self._jobs = jobs
        self._files = files

    def step(self, job: Job, _pause: float) -> None:
        began = time.perf_counter()
        try:
            rows = self._materialise(job)
        except ApiError as problem:
            error = f"{problem.code} : {problem.message}"  # assumed: the text
            self._jobs.move(job, frozenset({WORKING}), state="Failed", error=error)
            return
        worked = round(1000 * (time.perf_counter() - began))
        self._jobs.move(job, frozenset({WORKING}), state="JobComplete", rows_done=rows, work_ms=worked)

    def _materialise(self, job: Job) -> int:
        """Raises ApiError if the query has become impossible since it was accepted."""
        access = self._org.access(job.created_by)
        found = stream(self._org, access, job.soql or "", all_rows=job.operation == "queryAll")
        count, index = 0, array("Q")
        text = StringIO()
        ending = LINE_ENDINGS[job.line_ending]
        writer = csv.writer(text, delimiter=DELIMITERS[job.delimiter], lineterminator=ending, quoting=csv.QUOTE_ALL)
        with self._files.result(job.id).open("wb") as file:
            writer.writerow(found.columns)
            _empty_into(text, file.write)
            index.append(file.tell())
            for lot in _printed(found):
                writer.writerows(lot)
                _empty_into(text, file.write)
                index.append(file.tell())
                count += len(lot)
        self._files.index(job.id).write_bytes(index.tobytes())
        return count


def _empty_into(text: StringIO, write: Callable[[bytes], object]) -> None:
    write(text.getvalue().encode())
    text.seek(0)
    text.truncate()


class Pages:
    """A finished query's file, cut anywhere."""

    def __init__(self, files: JobFiles, job: Job) -> None:
        self._path = files.result(job.id)
        self._total = job.rows_done
        self._index = array("Q")
        self._index.frombytes(files.index(job.id).read_bytes())

    def read(self, start: int, size: int) -> Iterator[bytes]:
        """The header, then up to ``size`` rows."""
        yield from read_file(self._path, 0, self._index[0])
        yield from read_file(self._path, self._offset(start), self._offset(min(start + size, self._total)))

    def count(self, start: int, size: int) -> int:
        return max(0, min(size, self._total - start))

    def following(self, start: int, size: int) -> str | None:
        """The locator after a page, None behind the last row."""
        return as_locator(start + size) if start + size < self._total else None

    def starts(self, start: int, size: int, most: int) -> list[int]:
        return list(range(start, max(self._total, start + 1), size))[:most]

    def _offset(self, row: int) -> int:
        """Where a row begins: every value is quoted, so a row ends with the line where the quotes come out even."""
        lot, left = divmod(row, INDEXED)
        offset = self._index[min(lot, len(self._index) - 1)]
        with self._path.open("rb") as file:
            file.seek(offset)
            while left:
                line = file.readline()
                quotes = line.count(b'"')
                while quotes % 2:
                    more = file.readline()
                    quotes += more.count(b'"')
                left -= 1
            return file.tell()
