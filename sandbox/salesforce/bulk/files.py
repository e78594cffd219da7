"""Where a bulk job's files are: the upload, result segments and query results; streams them, never holds them whole."""

import base64
import random
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

PIECE = 1 << 18
# 150 MB is counted after base64, which the vendor applies to what arrives; assumed: the exact byte
MOST_UPLOADED = 150 * 1024 * 1024 * 3 // 4
OK, FAILED = "successful", "failed"


class UploadTooBigError(Exception):
    """More than one job may carry."""


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class JobFiles:
    """The folder of one org's bulk jobs, a folder a job."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def folder(self, job_id: str) -> Path:
        path = self._root / job_id
        path.mkdir(parents=True, exist_ok=True)
        return path

    def upload(self, job_id: str) -> Path:
        return self.folder(job_id) / "upload.csv"

    def result(self, job_id: str) -> Path:
        return self.folder(job_id) / "result.csv"

    def index(self, job_id: str) -> Path:
        return self.folder(job_id) / "result.index"

    def segment(self, job_id: str, kind: str, batch: int) -> Path:
        """One batch's result rows of one kind; written again whole if the batch is repeated."""
        return self.folder(job_id) / f"{kind}-{batch:06d}.csv"

    def remove(self, job_id: str) -> None:
        shutil.rmtree(self._root / job_id, ignore_errors=True)

    def receive(self, job_id: str, body: Readable, *, gzipped: bool) -> None:
        """Stream a body to disk; it counts only when all of it arrived. Raises UploadTooBigError, zlib.error."""
        target = self.upload(job_id)
        partial = target.with_suffix(".partial")
        try:
            with partial.open("wb") as file:
                _copy(_inflated(body) if gzipped else _pieces(body), file)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    def results(self, job_id: str, kind: str) -> Iterator[bytes]:
        """The segments of one kind, in an order that is the job's own but not the upload's."""
        segments = sorted(self.folder(job_id).glob(f"{kind}-*.csv"))
        random.Random(job_id).shuffle(segments)
        for segment in segments:
            yield from read_file(segment)


def read_file(path: Path, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        left = (path.stat().st_size if end is None else end) - start
        while left > 0 and (piece := file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece


def _pieces(body: Readable) -> Iterator[bytes]:
    while piece := body.read(PIECE):
        yield piece


def _inflated(body: Readable) -> Iterator[bytes]:
    inflate = zlib.decompressobj(wbits=31)
    for piece in _pieces(body):
        data = piece
        while data:
            yield inflate.decompress(data, PIECE)
            data = inflate.unconsumed_tail
    yield inflate.flush()


def _copy(pieces: Iterator[bytes], file: IO[bytes]) -> None:
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > MOST_UPLOADED:
            raise UploadTooBigError
        file.write(piece)


def as_locator(*numbers: int) -> str:
    """An opaque word for a place in a result (and a page's size); clients must not read it."""
    text = "p" + ".".join(map(str, numbers))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def from_locator(locator: str) -> list[int]:
    """Raises ValueError for a word that is no locator of ours."""
    try:
        text = base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)).decode()
    except UnicodeDecodeError as problem:
        raise ValueError(locator) from problem
    if not text.startswith("p"):
        raise ValueError(locator)
    return [int(number) for number in text[1:].split(".")]
