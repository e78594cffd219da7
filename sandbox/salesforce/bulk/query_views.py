"""The addresses of Bulk API 2.0 query: order, watch, and read the answer page by page."""

import zlib
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from sandbox.salesforce.bulk.files import as_locator, from_locator
from sandbox.salesforce.bulk.ingest_views import (
    change_state,
    csv_answer,
    drop_version,
    invalid_job,
    job_info,
    job_list,
    json_body,
)
from sandbox.salesforce.bulk.jobs import QUERY, WAITING, Job
from sandbox.salesforce.bulk.query import Pages, check_query
from sandbox.salesforce.bulk.runner import batch_seconds
from sandbox.salesforce.bulk.service import Bulk, invalid_state
from sandbox.salesforce.bulk.upload_csv import DELIMITERS, LINE_ENDINGS
from sandbox.salesforce.errors import ApiError

PAGE = "50000"  # assumed: how many rows the vendor gives when nobody says
PAGES_LISTED = 5


def query_info(job: Job) -> dict[str, Any]:
    return {key: value for key, value in job_info(job).items() if key != "contentUrl"}


def query_status(job: Job) -> dict[str, Any]:
    shown = query_info(job) | {"retries": job.retries, "totalProcessingTime": job.work_ms}
    if job.state == "JobComplete":
        shown["numberRecordsProcessed"] = job.rows_done
    return shown | ({"errorMessage": job.error} if job.error else {})


def query_blueprint(bulk: Bulk) -> Blueprint:
    pages = Blueprint("bulk_query", __name__, url_prefix="/services/data/<version>/jobs/query")
    pages.url_value_preprocessor(drop_version)

    @pages.post("")
    @pages.post("/")
    def create() -> Response:
        return jsonify(query_info(_create(bulk, json_body())))

    @pages.get("")
    @pages.get("/")
    def index() -> Response:
        return jsonify(job_list(bulk, QUERY, f"/services/data/{g.version}/jobs/query"))

    _add_one_job(pages, bulk)
    return pages


def _add_one_job(pages: Blueprint, bulk: Bulk) -> None:
    @pages.get("/<job_id>")
    def show(job_id: str) -> Response:
        return jsonify(query_status(_find(bulk, job_id)))

    @pages.patch("/<job_id>")
    def change(job_id: str) -> Response:
        job = _find(bulk, job_id)
        change_state(bulk, job, allowed=("Aborted",))
        return jsonify(query_info(job))

    @pages.delete("/<job_id>")
    def delete(job_id: str) -> tuple[str, int]:
        bulk.delete(_find(bulk, job_id))
        return "", 204

    @pages.get("/<job_id>/results")
    def results(job_id: str) -> Response:
        return _results(bulk, _finished(bulk, job_id))

    @pages.get("/<job_id>/<any(resultPages, resultpages):_kind>")
    def result_pages(job_id: str, _kind: str) -> Response:
        return jsonify(_page_list(bulk, _finished(bulk, job_id)))


def _find(bulk: Bulk, job_id: str) -> Job:
    """Raises ApiError; one version throughout, or 409."""
    job = bulk.find(job_id, QUERY)
    asked = str(g.version).removeprefix("v")
    if asked != job.api_version or bulk.switches.take("bulk_query_conflict"):
        # code and text are assumed
        text = f"InvalidVersion : The job was created with version {job.api_version}, not {asked}"
        raise ApiError(409, "INVALIDVERSION", text)
    return job


def _finished(bulk: Bulk, job_id: str) -> Job:
    job = _find(bulk, job_id)
    if job.state != "JobComplete":
        raise invalid_state(f"Results are not available for a job in state {job.state}")  # assumed: the text
    return job


def _create(bulk: Bulk, wanted: dict[str, Any]) -> Job:
    operation, text = str(wanted.get("operation")), str(wanted.get("query") or "")
    line_ending, delimiter = str(wanted.get("lineEnding", "LF")), str(wanted.get("columnDelimiter", "COMMA"))
    if operation not in ("query", "queryAll") or line_ending not in LINE_ENDINGS or delimiter not in DELIMITERS:
        raise invalid_job("Unable to parse Job")  # assumed: the text
    if not text:
        raise invalid_job("Query is missing")  # assumed: the text
    sobject = check_query(bulk.org, g.access, text, all_rows=operation == "queryAll")
    job = bulk.jobs.create(
        job_type=QUERY,
        operation=operation,
        object=sobject.name,
        api_version=g.version.removeprefix("v"),
        created_by=g.user_id,
        soql=text,
        line_ending=line_ending,
        delimiter=delimiter,
        state=WAITING,
        due=bulk.org.clock.now().timestamp() + batch_seconds(bulk.org),
    )
    bulk.runner.wake()
    return job


def _place(bulk: Bulk) -> tuple[int, int]:
    """First row and number of rows asked for. Raises ApiError."""
    try:
        start, *given = from_locator(request.args["locator"]) if request.args.get("locator") else [0]
        usual = given[0] if given else bulk.org.setting("bulk_query_page", PAGE)
        size = int(request.args.get("maxRecords") or usual)
    except ValueError:
        raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator") from None
    if size < 1:
        raise ApiError(400, "INVALIDJOB", "InvalidJob : maxRecords must be at least 1")  # assumed
    return start, size


def _results(bulk: Bulk, job: Job) -> Response:
    start, size = _place(bulk)
    pages = Pages(bulk.files, job)
    pieces = pages.read(start, size)
    gzipped = "gzip" in request.headers.get("Accept-Encoding", "")
    answer = csv_answer(_deflated(pieces) if gzipped else pieces)
    if gzipped:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Sforce-NumberOfRecords"] = str(pages.count(start, size))
    answer.headers["Sforce-Locator"] = pages.following(start, size) or "null"
    return answer


def _deflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    deflate = zlib.compressobj(level=1, wbits=31)
    for piece in pieces:
        if done := deflate.compress(piece):
            yield done
    yield deflate.flush()


def _page_list(bulk: Bulk, job: Job) -> dict[str, Any]:
    start, size = _place(bulk)
    pages = Pages(bulk.files, job)
    address = f"/services/data/{g.version}/jobs/query/{job.id}"
    starts = pages.starts(start, size, PAGES_LISTED)
    after = starts[-1] + size
    following = as_locator(after, size) if pages.following(starts[-1], size) else None
    return {
        "resultPages": [{"resultUrl": f"{address}/results?locator={as_locator(place, size)}"} for place in starts],
        "nextRecordsUrl": f"{address}/resultpages?locator={following}" if following else None,
        "done": following is None,
    }
