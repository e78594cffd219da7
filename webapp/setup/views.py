"""The set-up page: outside the frame, one page that grows, of plain forms that can be left and come back to."""

from typing import Any

import structlog
from flask import Blueprint, Response, make_response, redirect, render_template, request
from sqlalchemy import Connection, RowMapping, text

from connector.connection import package
from connector.store import setups
from webapp import limits
from webapp.connection import popup
from webapp.guard import open_to_all
from webapp.setup import arriving, browser, form, starting
from webapp.setup.form import LONGEST
from webapp.wiring import wiring

log = structlog.get_logger("webapp.setup")
set_up = Blueprint("set_up", __name__)
popup.KEEPS[popup.SET_UP], popup.ARRIVALS[popup.SET_UP] = arriving.keep, arriving.arrive

TITLE = "Set up Real Magnet"
UNPROCESSABLE, CONFLICT = 422, 409
NO_CODE = "Enter the set-up code that you were given."
CODES = {
    "unknown": "This is none of our set-up codes. Check it letter by letter, or ask for a new one.",
    "used": "This code was used before, maybe in another browser: go on there, or ask for a new code.",
    "late": "This code is too old: it works for 24 hours. Ask for a new one.",
}
NOT_OURS = "This page had changed meanwhile, maybe in another tab. Here it is as it stands; please enter it again."
TOO_LONG = "This set-up took longer than four hours and has ended. Nothing that works was changed: ask for a new code."
BEGIN = "This browser has no set-up under way. Begin with the code, or go on in the browser in which you began."
NOT_BACK = (
    "You went to Salesforce and did not come back. If it showed an error there instead of its login page, the consumer "
    "key is not that of this organization, or the package is not installed; a new app takes up to ten minutes to work."
)
NO_KEY = "Enter the consumer key that Salesforce shows."
NO_SECRET = "Enter the consumer secret that Salesforce shows."


@set_up.get("/set-up")
@open_to_all("nobody has a session before his organization is set up; a one-use code is the way in")
def show() -> Response:
    """The page as far as this browser has come."""
    return _page()


@set_up.post("/set-up")
@open_to_all("the one-use code in the form is the proof")
@limits.of_codes
def begin() -> Response:
    """Use the code up, once everything beside it is right."""
    if not browser.is_ours():
        return _page(CONFLICT, page=NOT_OURS)
    if browser.under_way() is not None:
        return _again()
    code = form.code(request.form.get("code", ""))
    wanted = _wanted()
    with wiring().services.database.write() as connection:
        trouble = CODES.get(setups.standing(connection, code), "") if code else NO_CODE
        problems = {"code": trouble} if trouble else _unfit(connection, setups.made_out_to(connection, code), wanted.id)
        problems |= wanted.problems
        begun = None if problems else setups.open_with(connection, code)
        if begun is not None:
            setups.name_org(connection, begun.id, wanted.id, wanted.my_domain)
    if begun is None:
        return _page(UNPROCESSABLE, **(problems or {"code": CODES["used"]}))
    log.info("set-up begun", setup=begun.id, org=wanted.id)
    browser.rename(begun.session)
    return _again()


@set_up.post("/set-up/organization")
@open_to_all("the browser that used the code up goes on with it, named by its cookie")
@limits.of_codes
def mend() -> Response:
    """Another organization, or another address of it."""
    setup, refusal = _under_way()
    if setup is None:
        return refusal
    wanted = _wanted()
    with wiring().services.database.write() as connection:
        if problems := _unfit(connection, setup["only_for"], wanted.id) | wanted.problems:
            return _page(UNPROCESSABLE, **problems)
        setups.name_org(connection, setup["id"], wanted.id, wanted.my_domain)
        if wanted.id != setup["salesforce_id"]:
            setups.enter(connection, setup["id"], "", "")  # they belong to the other organization's app
    return _again()


@set_up.get("/set-up/package.zip")
@open_to_all("the browser that used the code up goes on with it, named by its cookie")
def download() -> Response:
    """The package of this organization, for Salesforce's own pages."""
    return _file("real-magnet-package.zip", package.build)


@set_up.get("/set-up/source.zip")
@open_to_all("the browser that used the code up goes on with it, named by its cookie")
def download_source() -> Response:
    """The same as source, for Salesforce's own tool."""
    return _file("real-magnet-sfdx.zip", package.source_zip)


@set_up.post("/set-up/connect")
@open_to_all("the browser that used the code up goes on with it, named by its cookie")
@limits.of_codes
def connect() -> Response:
    """Keep key and secret, and go to Salesforce's login page."""
    setup, refusal = _under_way()
    if setup is None:
        return refusal
    key, secret = (request.form.get(name, "").strip()[:LONGEST] for name in ("consumer_key", "consumer_secret"))
    if problems := _missing(key, secret or setup["consumer_secret"]):
        return _page(UNPROCESSABLE, **problems)
    starting.keep(setup, key, secret)
    setup = browser.under_way()
    if setup is None:
        return _again()
    return _redirect(f"/set-up/leave/{starting.leave(setup)}")


@set_up.get("/set-up/leave/<ticket>")
@open_to_all("it only leads on to an address with a one-use ticket")
def leave(ticket: str) -> Response:
    """Lead on to Salesforce. Not by the form's own redirect: our policy lets no form end on another site, and an
    organization may send its people on to any login of its own."""
    return popup.name_browser(make_response(render_template("setup/leave.html", title=TITLE, ticket=ticket)))


def _unfit(connection: Connection, only_for: str, salesforce_id: str) -> dict[str, str]:
    words = starting.unfit(connection, only_for, salesforce_id)
    return {"organization": words} if words else {}


def _missing(key: str, secret: str) -> dict[str, str]:
    found = {"consumer_key": "" if key else NO_KEY, "consumer_secret": "" if secret else NO_SECRET}
    return {name: words for name, words in found.items() if words}


def _wanted() -> form.Organization:
    entered = request.form
    settings = wiring().services.settings
    return form.organization(entered.get("organization", ""), entered.get("my_domain", ""), settings)


def _under_way() -> tuple[RowMapping | None, Response]:
    """The set-up that a form goes on with, or what to say instead."""
    if not browser.is_ours():
        return None, _page(CONFLICT, page=NOT_OURS)
    setup = browser.under_way()
    if setup is None:
        return None, _page(CONFLICT, page=_ended())
    return (None if setup["finished_at"] else setup), _again()


def _file(name: str, make: Any) -> Response:
    setup = browser.under_way()
    if setup is None:
        return _page(CONFLICT, page=_ended())
    answer = make_response(make(setup["salesforce_id"], wiring().services.settings.public_url))
    answer.mimetype = "application/zip"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _again() -> Response:
    return _redirect("/set-up")


def _redirect(address: str) -> Response:
    return browser.remember(make_response(redirect(address, 303)))


def _page(status: int = 200, **problems: str) -> Response:
    """The page with what is wrong; nothing that was entered is lost, but secrets."""
    setup = browser.under_way()
    values = _values(setup)
    if setup is None and not problems and _ended() == TOO_LONG:
        problems = {"page": TOO_LONG}
    if values["refused"]:
        problems.setdefault("connect", values["refused"])
    entered = {name: request.form.get(name, "")[:LONGEST] for name in ("code", "organization", "my_domain")}
    if setup is not None and "my_domain" not in request.form:
        entered |= {"organization": setup["salesforce_id"], "my_domain": setup["my_domain"]}
    entered["consumer_key"] = request.form.get("consumer_key", "")[:LONGEST]
    answer = make_response(
        render_template(
            "setup/set_up.html",
            title=TITLE,
            setup=setup,
            entered=entered,
            problems=problems,
            token=browser.token(),
            **values,
        ),
        status,
    )
    return browser.remember(answer)


def _ended() -> str:
    """Why this browser has no set-up under way."""
    with wiring().services.database.read() as connection:
        return TOO_LONG if setups.took_too_long(connection, browser.name()) else BEGIN


def _values(setup: RowMapping | None) -> dict[str, Any]:
    """What the page tells of the set-up: whether the organization works already, and what Salesforce last refused."""
    if setup is None:
        return {"known": False, "refused": ""}
    statement = text(
        "SELECT outcome, words, state_hash FROM handovers WHERE setup_id = :setup ORDER BY id DESC LIMIT 1"
    )
    with wiring().services.database.read() as connection:
        known = starting.settled(connection, setup["salesforce_id"])
        last = connection.execute(statement, {"setup": setup["id"]}).first()
    refused = last.words if last is not None and last.outcome == popup.FAILED else ""
    if last is not None and last.state_hash and not last.outcome:
        refused = NOT_BACK
    return {"known": known, "refused": refused}
