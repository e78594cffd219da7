"""The door's address: a launch comes in by POST; anybody else is told how the app is opened."""

import structlog
from flask import Blueprint, Response, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from connector.errors import Temporary
from webapp import landing, limits
from webapp.canvas import approval
from webapp.canvas.door import Barred, Repeated, admit
from webapp.canvas.signed_request import MOST_BYTES, SignedRequestError, TooLarge
from webapp.errors import Words
from webapp.framing import ancestors, any_ancestor
from webapp.guard import open_to_all
from webapp.login import views as login
from webapp.pages import Parent, page
from webapp.security import frame_by
from webapp.sessions import become
from webapp.wiring import wiring

log = structlog.get_logger("webapp.door")
door = Blueprint("door", __name__)

REFUSED = Words(
    "Salesforce could not open Real Magnet",
    "This launch was not accepted. Reload the page in Salesforce; if it is refused again, ask your Salesforce "
    "administrator to check how the Real Magnet app is set up.",
)
BARRED = Words(
    "You were shut out of Real Magnet",
    "An administrator of Real Magnet for Salesforce ended your access. Whoever has the right Settings: Full can let "
    "you in again, in Access.",
)
STRANGER = Words(
    "Real Magnet opens inside Salesforce",
    "Nothing is shown at this address by itself. Log in to Salesforce and choose the Real Magnet tab.",
)


def framed_at_the_door() -> None:
    """Whatever the door answers, a refusal of the limiter too, must be readable inside Salesforce's frame."""
    if request.blueprint in {door.name, approval.approval.name}:
        frame_by(any_ancestor(wiring().services.settings.salesforce_hosts))


@door.post("/canvas/<org>")
@open_to_all("the signed request is the proof; nobody has a session yet")
@limits.at_the_door
def launch(org: str) -> Response:
    """Check the launch; then show Home, or Real Magnet's login page to who is here for the first time."""
    request.max_content_length = request.max_form_memory_size = MOST_BYTES
    try:
        signed_request = request.form.get("signed_request", "")
    except RequestEntityTooLarge as error:
        raise TooLarge("The body of the launch is too large.") from error
    admission = admit(wiring(), org, signed_request)
    frame_by(ancestors(admission.origin))
    g.parent = Parent(admission.origin, admission.instance_id, f"/canvas/{org}")
    visitor = become(admission.token)
    log.info("launched", org=org, user=visitor.user_id)
    return landing.show() if visitor.realmagnet_login else login.ask()


@door.get("/canvas/<org>")
@open_to_all("tells how the app is opened, and leads to Salesforce's own page where a user must allow it")
@limits.at_the_door
def explain(org: str) -> Response:
    """What a GET means: Salesforce wants an approval first, or somebody opened the address in a browser."""
    wanted = "_sfdc_canvas_authvalue" in request.args
    log.info("asked by GET", org=org, approval=wanted)
    return approval.explain(org) if wanted else page("errors/page.html", STRANGER.title, words=STRANGER)


@door.errorhandler(Repeated)
def ask_again(error: Repeated) -> Response:
    """Ask the page around us for a fresh launch; nothing is issued."""
    log.info("repeated launch", org=error.context.org_id, user=error.context.user_id)
    frame_by(ancestors(error.origin))
    g.parent = Parent(error.origin, error.context.instance_id, f"/canvas/{error.context.org_id}")
    answer = page("canvas/again.html", "Opening Real Magnet")
    answer.status_code = 409
    return answer


@door.errorhandler(SignedRequestError)
def refuse(error: SignedRequestError) -> Response:
    """One page for every refusal: the sender learns nothing from it, our log says which."""
    org = (request.view_args or {}).get("org", "")
    log.warning("launch refused", org=str(org)[:18], kind=type(error).__name__, reason=str(error))
    answer = page("errors/page.html", REFUSED.title, words=REFUSED)
    answer.status_code = 403
    return answer


@door.errorhandler(Barred)
def shut_out(error: Barred) -> Response:
    """The launch is good, its user is not welcome: no reloading helps him, a person does."""
    log.info("barred user", reason=str(error))
    answer = page("errors/page.html", BARRED.title, words=BARRED)
    answer.status_code = 403
    return answer


@door.errorhandler(Temporary)
def unsure(error: Temporary) -> Response:
    """Salesforce could not be asked who this is."""
    log.warning("launch not proved", reason=str(error))
    words = Words("Salesforce did not answer", "We could not check who you are. Reload this page in a moment.")
    answer = page("errors/page.html", words.title, words=words)
    answer.status_code = 503
    return answer
