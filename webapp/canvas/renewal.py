"""A session that ended while its page stood open: a fresh launch takes its place, and what was typed stays.

The page sends the launch that Salesforce gave it beside its old token: only the same user goes on where he was.
"""

import structlog
from flask import Blueprint, Response, abort, request
from itsdangerous import BadData
from werkzeug.exceptions import Conflict

from webapp import limits, sessions
from webapp.canvas.door import admit
from webapp.canvas.signed_request import MOST_BYTES, SignedRequestError
from webapp.guard import open_to_all
from webapp.wiring import wiring

log = structlog.get_logger("webapp.door")
renewal = Blueprint("renewal", __name__)


@renewal.post("/canvas/<org>/renew")
@open_to_all("the signed request is the proof, the old token says whose page it is")
@limits.at_the_door
def renew(org: str) -> Response:
    """A new token for a page whose session has ended; 409 when it must be opened anew instead."""
    request.max_content_length = request.max_form_memory_size = MOST_BYTES
    before = _before()
    admission = admit(wiring(), org, request.form.get("signed_request", ""))
    if sessions.user_of(admission.token) != before:
        log.warning("renewed by another user", org=org)
        raise Conflict
    log.info("renewed", org=org, user=before)
    answer = Response(status=204)
    answer.headers[sessions.HEADER] = admission.token
    return answer


@renewal.errorhandler(SignedRequestError)
def refuse(error: SignedRequestError) -> Response:
    """Whatever is wrong with it, the page is opened anew, and the door tells."""
    log.warning("not renewed", kind=type(error).__name__, reason=str(error))
    return Response(status=409)


def _before() -> int:
    """The user whose page it is. One whose session was ended on purpose does not go on by himself."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    try:
        found = sessions.user_of(token) if scheme == "Bearer" and token else None
    except BadData:
        found = None
    return found or abort(409)
