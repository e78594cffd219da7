"""What other programs are told, as JSON; each class of error has its status and its words."""

from collections.abc import Mapping
from typing import Any

import structlog
from flask import Blueprint, Response, jsonify
from sqlalchemy import Connection, RowMapping
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from connector import clock
from connector.errors import ConnectorError
from connector.model.runs import RunState
from connector.store import audience_counts
from connector.store.upload_jobs import UploadJob
from webapp.moments import machine

log = structlog.get_logger("webapp.api")

PREFIX = "/api"
UNAVAILABLE = 503
WORDS: Mapping[int, str] = {
    401: "A key is needed: Authorization: Bearer <key>. Make one under Upload Jobs, Keys for other programs.",
    404: "There is no such upload job or run in this organization, and no such address.",
    405: "This address is not used in this way.",
    429: "Too many requests. Wait a minute, then try again.",
}
RETRYING = (
    "Run %d of this job only tries rejected people again: it does not refresh the group. Start the job once that run "
    "is over."
)
UNREADABLE = "The request could not be read."
UNEXPECTED = "Something went wrong on our side. Try again; tell the operator when it was if it happens again."


def told(connection: Connection, row: RowMapping) -> dict[str, Any]:
    """A run. `people` is the size of its audience, null until it was read."""
    counts = audience_counts.audience(connection, int(row["id"]))
    return {
        "id": int(row["id"]),
        "upload_job": int(row["subject_id"]),
        "state": row["state"],
        "over": RunState(row["state"]).over,
        "phase": row["phase"],
        "done": int(row["done"]),
        "total": int(row["total"]),
        "people": counts.mailable if counts.rows or RunState(row["state"]).over else None,
        "reason": row["reason"],
        "advice": row["advice"],
        "started_at": _at(row["started_at"]),
        "ended_at": _at(row["ended_at"]),
    }


def listed(job: UploadJob) -> dict[str, Any]:
    """An upload job."""
    name = job.definition.target.name if job.definition else ""
    return {"id": job.id, "name": job.name, "state": str(job.state), "group": {"id": job.group_id, "name": name}}


def _at(instant: int | None) -> str | None:
    return None if instant is None else machine(clock.from_milliseconds(instant))


def install(blueprint: Blueprint) -> None:
    """Let errors be JSON too."""
    blueprint.register_error_handler(HTTPException, refused)
    blueprint.register_error_handler(ConnectorError, _ours)
    blueprint.register_error_handler(Exception, _unexpected)


def refused(error: HTTPException) -> tuple[Response, int]:
    """An error with a status of HTTP's own, also of an address below `PREFIX` that nothing answers."""
    status = error.code or 500
    answer = jsonify(error=WORDS.get(status, UNREADABLE if status < 500 else UNEXPECTED))  # noqa: PLR2004  # the server's own
    if status == 401:  # noqa: PLR2004  # HTTP wants the scheme named beside it
        answer.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, MethodNotAllowed):
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return answer, status


def _ours(error: ConnectorError) -> tuple[Response, int]:
    log.warning("refused", error=type(error).__name__, reason=str(error))
    return jsonify(error=f"{error} {error.advice}".strip()), UNAVAILABLE


def _unexpected(error: Exception) -> tuple[Response, int]:
    log.error("unexpected", error=type(error).__name__, exc_info=error)
    return jsonify(error=UNEXPECTED), 500
