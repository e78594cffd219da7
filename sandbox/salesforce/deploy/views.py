"""REST's metadata/deployRequest: takes a zip, tells how far it is, cancels; it checks no component."""

import json
from typing import Any

from flask import Blueprint, Response, current_app, g, request

from sandbox.salesforce.deploy.deployments import Deployments
from sandbox.salesforce.deploy.permissions import may_deploy
from sandbox.salesforce.errors import ApiError, not_found
from sandbox.salesforce.gate import answer, backstage, drop_version, json_body

_MOST_BYTES = 39 * 1024 * 1024  # of the zip, before it is encoded


def _deployments() -> Deployments:
    found: Deployments = current_app.extensions["deployments"]
    return found


def _check_rights() -> None:
    if not may_deploy(backstage().org, g.user_id):
        message = "use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata permissions"
        raise ApiError(403, "INSUFFICIENT_ACCESS", f"INSUFFICIENT_ACCESS: {message}")


def _refused(message: str) -> ApiError:
    return ApiError(400, "INVALID_MULTIPART_REQUEST", message)  # assumed: code and words


def _asked() -> dict[str, Any]:
    """The part ``json``, sent as a file or as a field."""
    part = request.files.get("json")
    text = part.read().decode("utf-8", "replace") if part is not None else request.form.get("json", "")
    try:
        given: Any = json.loads(text)
        options: Any = given["deployOptions"]
    except (ValueError, KeyError, TypeError):
        raise _refused("The part json must hold deployOptions") from None
    if not isinstance(options, dict):
        raise _refused("deployOptions must be an object")
    if options.get("singlePackage") is not True:
        # assumed: only archives with one package at their root are understood here
        raise ApiError(400, "INVALID_OPERATION", "This org takes a zip with one package: set singlePackage to true")
    return options


def _told(deployment_id: str, status: int = 200, *, with_details: bool = False) -> Response:
    deployments = _deployments()
    try:
        result = deployments.result(deployment_id, with_details=with_details)
        options = deployments.options(deployment_id)
    except KeyError:
        raise not_found() from None
    url = f"{backstage().options.instance_url}/services/data/{g.version}/metadata/deployRequest/{result['id']}"
    body = {"id": result["id"], "validatedDeployRequestId": None, "url": url, "deployOptions": options}
    return answer(body | {"deployResult": result}, status)


def _start() -> Response:
    if request.mimetype != "multipart/form-data":
        raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", "Cannot find a way to read the content type")
    options = _asked()
    part = request.files.get("file")
    if part is None:
        raise _refused("The part file is missing")
    content = part.read()
    if len(content) > _MOST_BYTES:
        raise ApiError(400, "LIMIT_EXCEEDED", "The zip file is too big: 39 MB at most")
    return _told(_deployments().start(g.user_id, content, options), 201)


def _cancel(deployment_id: str) -> Response:
    body = json_body()
    asked = body.get("deployResult") if isinstance(body, dict) else None
    if not isinstance(asked, dict) or asked.get("status") != "Canceling":
        raise ApiError(400, "INVALID_OPERATION", "Only the status Canceling can be asked for")  # assumed
    try:
        cancelled = _deployments().cancel(deployment_id)
    except KeyError:
        raise not_found() from None
    if not cancelled:
        raise ApiError(400, "INVALID_ID_FIELD", "The deployment is over and cannot be canceled")  # assumed
    return _told(deployment_id, 202)


def deploy_blueprint() -> Blueprint:
    pages = Blueprint("deploy", __name__, url_prefix="/services/data/<version>/metadata/deployRequest")
    pages.url_value_preprocessor(drop_version)
    pages.before_request(_check_rights)

    @pages.post("")
    @pages.post("/")
    def start() -> Response:
        return _start()

    @pages.get("/<deployment_id>")
    def show(deployment_id: str) -> Response:
        return _told(deployment_id, with_details=request.args.get("includeDetails", "").lower() == "true")

    @pages.patch("/<deployment_id>")
    def cancel(deployment_id: str) -> Response:
        return _cancel(deployment_id)

    return pages
