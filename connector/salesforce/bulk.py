"""Bulk API 2.0 by streams: files go up and results come down without being held; it knows no token and no ledger."""

import csv
import io
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import orjson
import requests
import urllib3

from connector.errors import ConnectorError, NotFound, Refused, Temporary, UnexpectedAnswer
from connector.model.bulk import BulkJob, BulkState, Failure, Success, parse_failure
from connector.salesforce import translate
from connector.salesforce.session import OrgSession
from connector.salesforce.soql import columns

INGEST = "jobs/ingest"
QUERY = "jobs/query"
QUERY_PAGE = 50_000
"""Rows of a query result asked for at once; they are streamed, so it bounds what a cut connection repeats."""

BUFFER = 1 << 18

csv.field_size_limit(1 << 20)


class Bulk:
    """The Bulk API 2.0 of one org."""

    def __init__(self, session: OrgSession, poll_seconds: float) -> None:
        self._session = session
        self._poll_seconds = poll_seconds

    def create(self, object_name: str, operation: str, key_field: str) -> str:
        """Open an ingest job; its id. Upload LF-ended CSV to it next."""
        wanted = {"object": object_name, "operation": operation, "contentType": "CSV", "lineEnding": "LF"}
        if operation == "upsert":
            wanted["externalIdFieldName"] = key_field
        return self._json("POST", INGEST, wanted)["id"]

    def upload(self, job_id: str, path: Path) -> None:
        """Send the job's one file, never held in memory."""
        with path.open("rb") as file:
            try:
                self._session.request(
                    "PUT", f"{INGEST}/{job_id}/batches", data=file, headers={"Content-Type": "text/csv"}
                )
            except Refused as error:
                # a PUT whose answer was lost and that came again: Salesforce holds the whole file already
                if "multiple contents" not in str(error).lower():
                    raise

    def complete(self, job_id: str) -> None:
        """Tell Salesforce to begin. Fine when it already has."""
        try:
            self._json("PATCH", f"{INGEST}/{job_id}", {"state": BulkState.UPLOAD_COMPLETE.value})
        except Refused:
            if self.job(job_id).state in {BulkState.OPEN, BulkState.ABORTED}:
                raise

    def abort(self, job_id: str) -> None:
        """Stop a job. Fine when it has ended or is gone."""
        try:
            self._json("PATCH", f"{INGEST}/{job_id}", {"state": BulkState.ABORTED.value})
        except NotFound:
            return
        except Refused:
            with suppress(NotFound):
                if not self.job(job_id).state.terminal:
                    raise

    def job(self, job_id: str) -> BulkJob:
        """The job as it stands; raises `NotFound` when it is gone."""
        return _job(self._json("GET", f"{INGEST}/{job_id}"))

    def open_jobs(self) -> list[BulkJob]:
        """Every ingest job of the org that has not ended: ours and other people's."""
        found: list[BulkJob] = []
        path: str | None = f"{INGEST}?jobType=V2Ingest"
        while path:
            page = self._json("GET", path)
            found += [job for job in map(_job, page.get("records") or ()) if not job.state.terminal]
            path = None if page.get("done", True) else page.get("nextRecordsUrl")
        return found

    def successes(self, job_id: str, key_field: str) -> Iterator[Success]:
        """The rows that Salesforce took, in no order. Raises `Temporary` when it breaks off: ask from the start."""
        with closing(self._rows(f"{INGEST}/{job_id}/successfulResults")) as rows:
            key, salesforce_id, created = _columns(next(rows, None), key_field, "sf__Id", "sf__Created")
            for row in rows:
                yield Success(row[key], row[salesforce_id], row[created] in _TRUE)

    def failures(self, job_id: str, key_field: str) -> Iterator[Failure]:
        """The rows that Salesforce refused, in no order. Raises `Temporary` when it breaks off."""
        with closing(self._rows(f"{INGEST}/{job_id}/failedResults")) as rows:
            key, error = _columns(next(rows, None), key_field, "sf__Error")
            for row in rows:
                yield parse_failure(row[key], row[error])

    def unprocessed(self, job_id: str, key_field: str) -> Iterator[str]:
        """The keys of the rows that an aborted or failed job never came to."""
        with closing(self._rows(f"{INGEST}/{job_id}/unprocessedrecords")) as rows:
            (key,) = _columns(next(rows, None), key_field)
            for row in rows:
                yield row[key]

    def query(self, soql: str, operation: str, wait: Callable[[float], None]) -> Iterator[list[str]]:
        """The rows of a bulk query in SELECT order; an empty string is null."""
        names = [".".join(path) for path in columns(soql)]
        job_id = self._json("POST", QUERY, {"operation": operation, "query": soql, "contentType": "CSV"})["id"]
        try:
            self._until_complete(job_id, wait)
        except BaseException:
            with suppress(ConnectorError):
                self._json("PATCH", f"{QUERY}/{job_id}", {"state": BulkState.ABORTED.value})
            raise
        yield from self._pages(f"{QUERY}/{job_id}/results?maxRecords={QUERY_PAGE}", names)

    def _until_complete(self, job_id: str, wait: Callable[[float], None]) -> None:
        pause = self._poll_seconds / 10
        while not (job := _job(self._json("GET", f"{QUERY}/{job_id}"))).state.terminal:
            wait(pause)
            pause = min(pause * 2, self._poll_seconds)
        if job.state is not BulkState.JOB_COMPLETE:
            code, _, message = (job.error or f"Query : {job.state}").partition(" : ")
            raise Refused(f"Salesforce could not run a bulk query: {translate.last_line(message)}", code=code)

    def _pages(self, first: str, names: list[str]) -> Iterator[list[str]]:
        path = first
        while True:
            answer = self._session.request("GET", path, stream=True, headers={"Accept": "text/csv"})
            count = 0
            with closing(_read(answer)) as rows:
                header = next(rows, names)
                places = _columns(header, *names)
                ordered = places == list(range(len(header)))
                for count, row in enumerate(rows, 1):  # noqa: B007 - how far it came is used below
                    yield row if ordered else [row[place] for place in places]
            _hold_to(count, answer.headers.get("Sforce-NumberOfRecords"))
            locator = answer.headers.get("Sforce-Locator") or "null"
            if locator == "null":
                return
            path = f"{first}&locator={locator}"

    def _rows(self, path: str) -> Generator[list[str], None, None]:
        return _read(self._session.request("GET", path, stream=True, headers={"Accept": "text/csv"}))

    def _json(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self._session.request(method, path, json=body, headers={"Accept": "application/json"})
        try:
            return orjson.loads(answer.content)
        except orjson.JSONDecodeError:
            raise UnexpectedAnswer("Salesforce's answer about a bulk job could not be read.") from None


_TRUE = frozenset({"true", "True", "TRUE", "1"})


def _read(answer: requests.Response) -> Generator[list[str], None, None]:
    """The CSV rows of a streamed answer, line ends inside quotes kept (iter_lines would lose them)."""
    raw: Any = answer.raw
    raw.decode_content = True
    raw.auto_close = False
    text = io.TextIOWrapper(io.BufferedReader(raw, BUFFER), encoding="utf-8", newline="")
    text._CHUNK_SIZE = BUFFER  # type: ignore[attr-defined]  # noqa: SLF001 - 8 kB by default, a third slower
    width = 0
    try:
        for row in csv.reader(text):
            width = width or len(row)
            if len(row) != width:
                raise UnexpectedAnswer("Salesforce's results broke off in the middle of a row.")
            yield row
    except (urllib3.exceptions.HTTPError, OSError, csv.Error, UnicodeDecodeError) as error:
        raise translate.unreachable(error) from None
    finally:
        answer.close()


def _columns(header: list[str] | None, *names: str) -> list[int]:
    """Where the named columns stand: their order differs from the uploaded one, their case may too."""
    if header is None:
        return [0] * len(names)
    places = {name.lower(): index for index, name in enumerate(header)}
    try:
        return [places[name.lower()] for name in names]
    except KeyError as error:
        raise UnexpectedAnswer(f"Salesforce's results have no column {error}.") from None


def _hold_to(rows: int, named: str | None) -> None:
    if named is not None and named.isdigit() and int(named) != rows:
        raise Temporary(f"Salesforce named {named} rows and sent {rows}.", advice=translate.WAIT)


def _job(body: dict[str, Any]) -> BulkJob:
    try:
        return BulkJob(
            id=body["id"],
            state=BulkState(body["state"]),
            processed=int(body.get("numberRecordsProcessed") or 0),
            failed=int(body.get("numberRecordsFailed") or 0),
            error=str(body.get("errorMessage") or ""),
            object_name=str(body.get("object") or ""),
        )
    except (KeyError, ValueError, TypeError):
        raise UnexpectedAnswer("Salesforce's answer about a bulk job could not be read.") from None
