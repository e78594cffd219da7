"""Writes and streams what became of a job's rows; knows CSV and results, no rules."""

import csv
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from operator import itemgetter
from typing import IO

from sandbox.salesforce.bulk.files import FAILED, OK, PIECE, JobFiles
from sandbox.salesforce.bulk.jobs import Job
from sandbox.salesforce.bulk.upload_csv import DELIMITERS, LINE_ENDINGS, BrokenUploadError, Upload
from sandbox.salesforce.rows import RowResult

Line = list[str]


def shuffled_columns(header: list[str]) -> list[int]:
    """The uploaded columns in the order of the results: by name, or moved on by one if that changes nothing."""
    order = sorted(range(len(header)), key=lambda place: header[place])
    return order[1:] + order[:1] if order == list(range(len(header))) else order


def reordered(rows: Sequence[Sequence[str]], order: list[int]) -> Iterator[Sequence[str]]:
    if len(order) == 1:
        return iter(rows)
    return map(itemgetter(*order), rows)


@dataclass
class BatchResults:
    """The result rows of one batch on their way to its segments."""

    job: Job
    order: list[int]
    good: list[Line] = field(default_factory=list[Line])
    bad: list[Line] = field(default_factory=list[Line])

    def add(self, rows: Sequence[Sequence[str]], results: Sequence[RowResult]) -> None:
        with_id = float(self.job.api_version) >= 53.0
        for row, (record_id, created, errors) in zip(reordered(rows, self.order), results, strict=True):
            if not errors:
                self.good.append([record_id or "", "true" if created else "false", *row])
            elif with_id:
                self.bad.append([record_id or "", errors[0].as_bulk(), *row])
            else:
                self.bad.append([errors[0].as_bulk(), *row])

    def write(self, files: JobFiles, batch: int) -> None:
        """Row order is not the upload's: the vendor promises none."""
        shuffle = random.Random(f"{self.job.id}{batch}").shuffle
        for kind, lines in ((OK, self.good), (FAILED, self.bad)):
            path = files.segment(self.job.id, kind, batch)
            if not lines:
                path.unlink(missing_ok=True)
                continue
            shuffle(lines)
            with path.open("w", encoding="utf-8", newline="") as file:
                _write_lines(file, self.job, lines)


def _write_lines(file: IO[str], job: Job, lines: list[Line]) -> None:
    """Joining is twice as fast as csv, and as right when nothing needs quotes: every mark counted is one of ours."""
    delimiter, ending = DELIMITERS[job.delimiter], LINE_ENDINGS[job.line_ending]
    text = ending.join(map(delimiter.join, lines))
    counted = (text.count('"'), text.count("\r"), text.count("\n"), text.count(delimiter))
    rows, columns = len(lines) - 1, len(lines[0]) - 1
    if counted == (0, rows if ending == "\r\n" else 0, rows, len(lines) * columns):
        file.write(text + ending)
    else:
        _writer(file, job).writerows(lines)


def _writer(file: IO[str], job: Job):  # noqa: ANN202 - csv's writer type has no public name
    ending = LINE_ENDINGS[job.line_ending]
    return csv.writer(file, delimiter=DELIMITERS[job.delimiter], lineterminator=ending)


def _header(job: Job, own: list[str], names: list[str]) -> bytes:
    """The sf__ names come quoted, the others as they were uploaded."""
    text = StringIO()
    _writer(text, job).writerow(names)
    quoted = "".join(f'"{name}"{DELIMITERS[job.delimiter]}' for name in own)
    return (quoted + text.getvalue()).encode()


def stream_results(files: JobFiles, job: Job, kind: str) -> Iterator[bytes]:
    """``successfulResults`` or ``failedResults`` of a job, as far as it got."""
    header = _uploaded_header(files, job)
    own = ["sf__Id", "sf__Created" if kind == OK else "sf__Error"]
    if kind == FAILED and float(job.api_version) < 53.0:
        own.remove("sf__Id")
    yield _header(job, own, [header[place] for place in shuffled_columns(header)])
    yield from files.results(job.id, kind)


def stream_unprocessed(files: JobFiles, job: Job) -> Iterator[bytes]:
    """The rows a failed or aborted job never came to, under the original columns."""
    header = _uploaded_header(files, job)
    order = shuffled_columns(header)
    yield _header(job, [], [header[place] for place in order])
    if job.state not in ("Failed", "Aborted") or not header:
        return
    upload = Upload(files.upload(job.id), job)
    try:
        upload.skip(job.rows_done)
        yield from _pieces(upload, job, order)
    finally:
        upload.close()


def _pieces(upload: Upload, job: Job, order: list[int]) -> Iterator[bytes]:
    text = StringIO()
    writer = _writer(text, job)
    for row in upload.rest():
        if len(row) == len(order):
            writer.writerow([row[place] for place in order])
        if text.tell() > PIECE:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _uploaded_header(files: JobFiles, job: Job) -> list[str]:
    try:
        upload = Upload(files.upload(job.id), job)
    except BrokenUploadError:
        return []
    upload.close()
    return upload.header
