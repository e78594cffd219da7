"""The addresses of Bulk API 2.0 ingest; they record and stream, the runner works."""

import json
import zlib
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from sandbox.salesforce.bulk.files import FAILED, OK, UploadTooBigError, as_locator, from_locator
from sandbox.salesforce.bulk.ingest import OPERATIONS
from sandbox.salesforce.bulk.jobs import INGEST, Job
from sandbox.salesforce.bulk.results import stream_results, stream_unprocessed
from sandbox.salesforce.bulk.service import Bulk
from sandbox.salesforce.bulk.upload_csv import DELIMITERS, LINE_ENDINGS
from sandbox.salesforce.errors import ApiError

LISTED = 1_000  # jobs a page; assumed
MOST_MULTIPART = 100_000  # characters
TWO_UPLOADS = (
    "Found multiple contents for job: <{}>, please 'Close' / 'Abort' / 'Delete' the current Job then create a new Job "
    "and make sure you only do 'PUT' once on a given Job."
)


def job_info(job: Job) -> dict[str, Any]:
    """A job as the vendor prints it: the version is a number, contentUrl starts without a slash."""
    version = float(job.api_version)
    shown: dict[str, Any] = {
        "id": job.id,
        "operation": job.operation,
        "object": job.object,
        "createdById": job.created_by,
        "createdDate": job.created,
        "systemModstamp": job.modified,
        "state": job.state,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": version,
        "jobType": job.job_type,
        "lineEnding": job.line_ending,
        "columnDelimiter": job.delimiter,
    }
    if job.external_id_field:
        shown["externalIdFieldName"] = job.external_id_field
    if job.state == "Open":
        shown["contentUrl"] = f"services/data/v{version}/jobs/ingest/{job.id}/batches"
    return shown


def job_status(job: Job) -> dict[str, Any]:
    """The same with how far it got; failed rows count as processed."""
    shown = job_info(job) | {
        "retries": job.retries,
        "totalProcessingTime": job.work_ms,
        "apiActiveProcessingTime": job.work_ms,
        "apexProcessingTime": 0,
        "numberRecordsProcessed": job.rows_done,
        "numberRecordsFailed": job.rows_failed,
    }
    return shown | ({"errorMessage": job.error} if job.error else {})


def ingest_blueprint(bulk: Bulk) -> Blueprint:
    pages = Blueprint("bulk_ingest", __name__, url_prefix="/services/data/<version>/jobs/ingest")
    pages.url_value_preprocessor(drop_version)

    @pages.post("")
    @pages.post("/")
    def create() -> Response:
        if request.mimetype == "multipart/form-data":
            return jsonify(job_info(_create_with_content(bulk)))
        return jsonify(job_info(_create(bulk, json_body())))

    @pages.get("")
    @pages.get("/")
    def index() -> Response:
        return jsonify(job_list(bulk, INGEST, f"/services/data/{g.version}/jobs/ingest"))

    _add_one_job(pages, bulk)
    _add_results(pages, bulk)
    return pages


def _add_one_job(pages: Blueprint, bulk: Bulk) -> None:
    @pages.get("/<job_id>")
    def show(job_id: str) -> Response:
        return jsonify(job_status(bulk.find(job_id)))

    @pages.put("/<job_id>/batches")
    def upload(job_id: str) -> tuple[str, int]:
        _receive(bulk, bulk.find(job_id))
        return "", 201

    @pages.patch("/<job_id>")
    def change(job_id: str) -> Response:
        job = bulk.find(job_id)
        change_state(bulk, job, allowed=("UploadComplete", "Aborted"))
        return jsonify(job_info(job))

    @pages.delete("/<job_id>")
    def delete(job_id: str) -> tuple[str, int]:
        bulk.delete(bulk.find(job_id))
        return "", 204


def drop_version(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """The gate has read the version of the address into ``g.version``; the views need it no more."""
    if values is not None:
        values.pop("version")


def _add_results(pages: Blueprint, bulk: Bulk) -> None:
    @pages.get("/<job_id>/<any(successfulResults, successfulresults):_kind>")
    def successful(job_id: str, _kind: str) -> Response:
        return csv_answer(stream_results(bulk.files, bulk.find(job_id), OK))

    @pages.get("/<job_id>/<any(failedResults, failedresults):_kind>")
    def failed(job_id: str, _kind: str) -> Response:
        return csv_answer(stream_results(bulk.files, bulk.find(job_id), FAILED))

    @pages.get("/<job_id>/<any(unprocessedrecords, unprocessedRecords):_kind>")
    def unprocessed(job_id: str, _kind: str) -> Response:
        return csv_answer(stream_unprocessed(bulk.files, bulk.find(job_id)))


def csv_answer(pieces: Iterator[bytes]) -> Response:
    """CSV in UTF-8 that does not say so: the vendor names no charset."""
    answer = Response(pieces)
    answer.headers["Content-Type"] = "text/csv"
    return answer


def json_body() -> dict[str, Any]:
    """Raises ApiError."""
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise ApiError(
            400, "JSON_PARSER_ERROR", "The HTTP entity body is required, but this request has no entity body."
        )
    return body


def change_state(bulk: Bulk, job: Job, allowed: tuple[str, ...]) -> None:
    """PATCH of a state. Raises ApiError."""
    state = str(json_body().get("state"))
    if state not in allowed:
        raise ApiError(400, "INVALIDJOB", f"InvalidJob : Unable to parse Job: {state} is no state to change to")
    if state == "Aborted":
        bulk.abort(job)
    else:
        bulk.start(job)


def job_list(bulk: Bulk, job_type: str, address: str) -> dict[str, Any]:
    """One page of jobs, newest first. Raises ApiError."""
    try:
        after = from_locator(request.args["queryLocator"])[0] if "queryLocator" in request.args else 0
    except ValueError:
        raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator") from None
    size = int(bulk.org.setting("bulk_jobs_per_page", str(LISTED)))
    found = bulk.jobs.page(job_type, after, size + 1)
    more, found = len(found) > size, found[:size]
    following = f"{address}?jobType={job_type}&queryLocator={as_locator(found[-1].number)}" if more else None
    return {"done": not more, "records": [job_info(job) for job in found], "nextRecordsUrl": following}


def _create(bulk: Bulk, wanted: dict[str, Any]) -> Job:
    operation, name = str(wanted.get("operation")), str(wanted.get("object"))
    line_ending, delimiter = str(wanted.get("lineEnding", "LF")), str(wanted.get("columnDelimiter", "COMMA"))
    if operation not in OPERATIONS or line_ending not in LINE_ENDINGS or delimiter not in DELIMITERS:
        raise invalid_job("Unable to parse Job")  # assumed: the text
    if str(wanted.get("contentType", "CSV")) != "CSV":
        raise invalid_job(f"Unsupported contentType: {wanted['contentType']}")  # assumed: the text
    sobject = bulk.org.schema.find(name)
    if sobject is None or not g.access.object_rights(sobject).read:
        raise ApiError(400, "INVALIDENTITY", f"InvalidEntity : Unable to find object: {name}")  # assumed: code and text
    if operation == "hardDelete":
        _check_hard_delete()
    external = wanted.get("externalIdFieldName")
    if (operation == "upsert") != bool(external):
        need = "must be" if operation == "upsert" else "cannot be"
        raise invalid_job(f"External ID {need} specified for {operation} of {sobject.name}")  # assumed: the text
    return bulk.jobs.create(
        job_type=INGEST,
        operation=operation,
        object=sobject.name,
        api_version=g.version.removeprefix("v"),
        created_by=g.user_id,
        external_id_field=external,
        line_ending=line_ending,
        delimiter=delimiter,
    )


def _check_hard_delete() -> None:
    if not any("BulkApiHardDelete" in granted.user_permissions for granted in g.access.permission_sets):
        text = "hardDelete operation requires special user profile permission, please contact your admin"
        raise ApiError(400, "FEATURENOTENABLED", f"FeatureNotEnabled : {text}")


def invalid_job(message: str) -> ApiError:
    return ApiError(400, "INVALIDJOB", f"InvalidJob : {message}")


def _receive(bulk: Bulk, job: Job) -> None:
    if job.state != "Open":
        raise ApiError(400, "INVALIDJOBSTATE", f"InvalidJobState : Job is not open: {job.id}")  # assumed: the text
    if job.uploaded:
        raise ApiError(400, "CLIENTINPUTERROR", TWO_UPLOADS.format(job.id))
    if request.mimetype != "text/csv":
        raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", f"Content type '{request.mimetype}' is not supported")  # assumed
    try:
        gzipped = request.headers.get("Content-Encoding", "").lower() == "gzip"
        bulk.files.receive(job.id, request.stream, gzipped=gzipped)
    except UploadTooBigError:
        text = "ClientInputError : The uploaded data exceeds the maximum size of 150 MB"
        raise ApiError(413, "CLIENTINPUTERROR", text) from None  # assumed: status and text
    except zlib.error:
        raise ApiError(400, "CLIENTINPUTERROR", "ClientInputError : The body is no gzip data") from None  # assumed
    bulk.jobs.move(job, frozenset({"Open"}), uploaded=1)


def _create_with_content(bulk: Bulk) -> Job:
    """The multipart short cut: a small job and its rows in one request, closed at once."""
    content = request.files.get("content")
    described = request.form.get("job") or (request.files["job"].read().decode() if "job" in request.files else "")
    data = content.read() if content is not None else request.form.get("content", "").encode()
    if len(data.decode("utf-8", "replace")) > MOST_MULTIPART:
        raise ApiError(400, "CLIENTINPUTERROR", "ClientInputError : A multipart request takes 100,000 characters")
    try:
        wanted = json.loads(described)
    except ValueError:
        raise invalid_job("Unable to parse Job") from None
    job = _create(bulk, wanted)
    bulk.files.upload(job.id).write_bytes(data)
    bulk.jobs.move(job, frozenset({"Open"}), uploaded=1)
    bulk.start(job)
    return job
