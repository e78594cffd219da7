"""Stands before every REST data call: version, session, daily allowance; words every refusal as the vendor does."""

import json
import re
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from sandbox.salesforce.access import Access
from sandbox.salesforce.calls import Calls
from sandbox.salesforce.errors import ApiError, not_found
from sandbox.salesforce.options import NEWEST, OLDEST, AppOptions
from sandbox.salesforce.org import Org
from sandbox.salesforce.sessions import Sessions
from sandbox.salesforce.soql import Cursors

DATA = "/services/data"
_VERSIONED = re.compile(r"/services/data/v(\d+)\.(\d)(?:/|$)")
INSIDE = "salesforce.inside_composite"  # marks a call that came in another one and is counted already
_RETIRED = 21
_LONGEST_URI = 16_384


@dataclass(frozen=True)
class Backstage:
    """Everything a view works with; one an application."""

    org: Org
    options: AppOptions
    sessions: Sessions
    calls: Calls
    cursors: Cursors


def backstage() -> Backstage:
    found: Backstage = current_app.extensions["salesforce"]
    return found


def access() -> Access:
    """The rights of the user who calls."""
    found: Access = g.access
    return found


def answer(body: Any, status: int = 200) -> Response:
    """JSON with keys in the order given."""
    return Response(json.dumps(body), status, content_type="application/json;charset=UTF-8")


def refuse(error: ApiError) -> Response:
    return answer(error.as_items(), error.status)


def _check_version() -> None:
    found = _VERSIONED.match(request.path)
    if found is None or found[2] != "0":
        raise not_found()
    version = int(found[1])
    if _RETIRED <= version < OLDEST:
        # assumed: code and text of the 410
        raise ApiError(410, "UNSUPPORTED_API_VERSION", f"The requested API version v{version}.0 has been retired")
    if not OLDEST <= version <= NEWEST:
        raise not_found()
    g.version = f"v{version}.0"


def bearer() -> str:
    """The session id of the request. Raises ApiError 401."""
    header = request.headers.get("Authorization", "")
    kind, _, token = header.partition(" ")
    if header and kind not in ("Bearer", "OAuth"):
        raise ApiError(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")
    return token.strip()


def _check_session(stage: Backstage) -> None:
    grant = stage.sessions.find(bearer())
    if grant is None or not grant.scopes & {"api", "full"}:
        raise ApiError(401, "INVALID_SESSION_ID", "Session expired or invalid")
    g.user_id = grant.user_id
    g.access = stage.org.access(grant.user_id)
    if not g.access.active:
        raise ApiError(401, "INVALID_SESSION_ID", "Session expired or invalid")


def guard() -> None:
    """Before every request; only the data API is guarded."""
    if not request.path.startswith(DATA + "/") or request.path.rstrip("/") == DATA:
        return
    if len(request.full_path) > _LONGEST_URI:
        raise ApiError(414, "URI_TOO_LONG", "The URI is too long")  # assumed: code and text
    _check_version()
    stage = backstage()
    _check_session(stage)
    if INSIDE not in request.environ and not stage.calls.take():
        raise ApiError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")


def drop_version(_endpoint: str | None, values: dict[str, str] | None) -> None:
    """For blueprints below the version: it is in ``g.version`` already, views need it no more."""
    if values is not None:
        values.pop("version", None)


def _tell_usage(response: Response) -> Response:
    if request.path.startswith(DATA + "/") and "access" in g:
        response.headers["Sforce-Limit-Info"] = backstage().calls.header
    return response


def _http_fault(error: HTTPException) -> Response:
    if not request.path.startswith(DATA):
        return Response(error.get_body(), error.code, content_type="text/html;charset=UTF-8")
    if isinstance(error, MethodNotAllowed):
        allowed = ",".join(sorted(method for method in error.valid_methods or () if method != "OPTIONS"))
        message = f"HTTP Method '{request.method}' not allowed. Allowed are {allowed}"
        return refuse(ApiError(405, "METHOD_NOT_ALLOWED", message))
    if error.code == 404:
        return refuse(not_found())
    return refuse(ApiError(error.code or 500, "UNKNOWN_EXCEPTION", error.description or "An unexpected error occurred"))


def install(app: Flask, stage: Backstage) -> None:
    """Put the gate in front of an application."""
    app.extensions["salesforce"] = stage
    app.extensions["sessions"] = stage.sessions
    app.before_request(guard)
    app.after_request(_tell_usage)
    app.register_error_handler(ApiError, refuse)
    app.register_error_handler(HTTPException, _http_fault)


def json_body() -> Any:
    """The request's JSON. Raises ApiError as the vendor does for a wrong type or broken text."""
    if request.mimetype != "application/json":
        raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", "Cannot find a way to read the content type")  # assumed: text
    try:
        return json.loads(request.get_data())
    except ValueError as error:
        raise ApiError(400, "JSON_PARSER_ERROR", f"Unexpected character: {error}") from None
