"""The address at which other programs send what happened: each row is answered, and is in the store by then."""

from typing import Any

import orjson
import structlog
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from connector.errors import ConnectorError, Refused
from connector.intake import landing, rows
from connector.model.intake import Result
from connector.store.intake import Batch
from webapp import limits
from webapp.guard import open_to_all
from webapp.intake import asking
from webapp.intake.asking import RefusedError
from webapp.wiring import wiring

log = structlog.get_logger("webapp.intake")
intake_door = Blueprint("intake_door", __name__, url_prefix="/intake")

PROGRAM = "Program"
KINDS = {
    rows.JSON_LINES: rows.JSON_LINES,
    "application/jsonl": rows.JSON_LINES,
    "application/json-lines": rows.JSON_LINES,
    rows.CSV: rows.CSV,
}


@intake_door.post("/<string(length=18):org>")
@limits.of_intake
@open_to_all("other programs have no session; they come with a key or a signature of their org")
def take(org: str) -> Response:
    """Take a batch: 200 with an answer for each row, whatever became of it."""
    services = wiring().services
    body = asking.body_of(request)
    key = asking.sender(services.database, services.vault, request, body, org)
    kind = KINDS.get(request.mimetype)
    if kind is None:
        raise RefusedError(415, f"Content-Type is {rows.JSON_LINES} or {rows.CSV}.")
    text = asking.unpacked(request, body)
    landed = landing.land(services.database, key.org_id, text, kind, Batch(PROGRAM, 0, 0, (), key_id=key.id))
    log.info("activities came", org=key.org_id, batch=landed.number, rows=len(landed.answers))
    return _answer(
        200,
        batch=landed.number,
        **{str(result): landed.count(result) for result in Result},
        rows=[
            {"line": one.line, "id": one.event_id, "result": one.result}
            | ({"reason": one.reason} if one.reason else {})
            for one in landed.answers
        ],
    )


def _answer(status: int, **told: Any) -> Response:
    return Response(orjson.dumps(told), status, content_type="application/json")


@intake_door.errorhandler(HTTPException)
def _refused(error: HTTPException) -> Response:
    status = error.code or 500
    reason = (
        str(error.description) if isinstance(error, RefusedError) else _WORDS.get(status, "This was not understood.")
    )
    answer = _answer(status, error=reason)
    if status == 401:  # noqa: PLR2004  # HTTP wants the scheme named beside it
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


_WORDS = {
    404: "There is no such address. It is /intake/ and the organization's id of 18 characters.",
    405: "Send it with POST.",
    413: asking.TOO_LARGE,
    429: "Too many requests. Wait a minute, then send again.",
}


@intake_door.errorhandler(ConnectorError)
def _ours(error: ConnectorError) -> Response:
    log.warning("refused", error=type(error).__name__)
    return _answer(400 if isinstance(error, Refused) else 503, error=f"{error} {error.advice}".strip())
