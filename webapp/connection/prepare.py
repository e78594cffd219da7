"""Prepare Salesforce: what is missing in the org, one button that installs it, and how far that is."""

from typing import Any

import structlog
from flask import Blueprint, Response, abort, request
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import RowMapping, text

from connector import clock
from connector.connection import package, preparing
from connector.connection.preparing import Hands, Survey
from connector.errors import ConnectorError, Refused
from connector.model.connection import Deployment
from connector.model.rights import Area, Level, allows
from connector.store import audit, deployments, examinations
from webapp.connection.hands import hands
from webapp.guard import needs, open_to_all
from webapp.pages import page, part
from webapp.sessions import visitor
from webapp.wiring import wiring

log = structlog.get_logger("webapp.connection")
prepare = Blueprint("prepare", __name__)

RECENT = 3600 * 1000
"""Milliseconds for which a refusal is told though nothing is missing."""
TICKET_SECONDS = 60
SUCCEEDED = "Succeeded"


@prepare.get("/connection/prepare")
@needs(Area.SETTINGS, Level.READ)
def show() -> Response:
    """What is missing, or how far it is."""
    return page("connection/prepare.html", "Prepare Salesforce", **standing())


@prepare.get("/connection/prepare/status")
@needs(Area.SETTINGS, Level.READ)
def status() -> Response:
    """The part that changes; it asks for itself again until the deployment is over."""
    return part("connection/prepare_status.html", **standing())


@prepare.post("/connection/prepare")
@needs(Area.SETTINGS, Level.FULL)
def begin() -> Response:
    """Install what is missing and assign the permission set, or go on watching what is under way."""
    refusal = go(again="again" in request.form)
    return part("connection/prepare_status.html", **(standing() | {"refusal": refusal}))


def go(*, again: bool = False) -> Refused | None:
    """Do it, unless it is under way already; answers what Salesforce refused. For Home's checklist, too.

    `again`: install the package though no object and no field is missing.
    """
    if _under_way() is not None:
        return None
    try:
        with hands() as ours:
            _prepare(ours, again=again)
    except Refused as error:
        log.warning("not prepared", code=error.code, reason=str(error))
        return error
    return None


@prepare.post("/connection/prepare/download")
@needs(Area.SETTINGS, Level.READ)
def ask_for_package() -> Response:
    """Send the browser to the package by itself; it cannot carry our token."""
    answer = Response(status=204)
    answer.headers["HX-Redirect"] = f"/connection/prepare/package/{_tickets().dumps(_salesforce_id())}"
    return answer


@prepare.get("/connection/prepare/package/<ticket>")
@open_to_all("the signed ticket of a minute is the proof, and the package holds no secret")
def fetch_package(ticket: str) -> Response:
    """The zip that somebody deploys by hand."""
    try:
        salesforce_id = str(_tickets().loads(ticket, max_age=TICKET_SECONDS))
    except BadData:
        abort(404)
    zipped = package.build(salesforce_id, wiring().services.settings.public_url, with_app=False)
    answer = Response(zipped, mimetype="application/zip")
    answer.headers["Content-Disposition"] = 'attachment; filename="real-magnet.zip"'
    return answer


def standing() -> dict[str, Any]:
    """Everything that the part shows: a deployment under way, or how the org stands. It asks Salesforce."""
    survey: Survey | None = None
    trouble: ConnectorError | None = None
    try:
        with hands() as ours:
            row = _followed(ours)
            if row is None:
                survey = preparing.survey(ours)
                _remember(survey)
    except ConnectorError as error:
        log.warning("not answered", error=type(error).__name__, reason=str(error))
        row, trouble = None, error
    with wiring().services.database.read() as connection:
        last = deployments.latest(connection, visitor().org_id)
    return {
        "running": row,
        "survey": survey,
        "trouble": trouble,
        "failed": _failed(last, survey),
        "errors": deployments.errors(last) if last is not None else [],
        "refusal": None,
        "may_act": _may_act(),
    }


def _failed(last: RowMapping | None, survey: Survey | None) -> bool:
    """Whether the newest deployment was refused and that still matters: something is missing, or it was just now."""
    if last is None or last["finished_at"] is None or last["state"] in {SUCCEEDED, deployments.FORGOTTEN}:
        return False
    recent = clock.milliseconds(clock.now()) - last["finished_at"] < RECENT
    return recent or bool(survey and survey.missing)


def _may_act() -> bool:
    return allows(visitor().rights, Area.SETTINGS, Level.FULL)


def _remember(survey: Survey) -> None:
    """Let Home say what was found without asking Salesforce again."""
    with wiring().services.database.write() as connection:
        examinations.note(connection, visitor().org_id, survey.findings)


def _followed(ours: Hands) -> RowMapping | None:
    """The deployment under way as Salesforce now tells; None when there is none, or it has just ended."""
    row = _under_way()
    if row is None or not row["salesforce_id"]:
        return row
    found = preparing.watch(ours, row["salesforce_id"])
    if found is None:
        return row
    _note(found)
    if found.done and found.success and _may_act():
        try:
            _assign(ours)
        except Refused as error:  # what is still missing is said by what is looked at next
            log.warning("not assigned", code=error.code, reason=str(error))
    return _under_way()


def _prepare(ours: Hands, *, again: bool) -> None:
    """Assign first: what is installed may only be hidden from a user who lacks the permission set."""
    survey = preparing.survey(ours)
    if survey.unassigned:
        _assign(ours)
        survey = preparing.survey(ours)
    if not survey.missing and not again:
        return
    deployment_id = _deploy(ours)
    if not deployment_id:
        return
    with wiring().services.database.write() as connection:
        audit.record(connection, _actor(), "Prepared Salesforce", {}, {"missing": len(survey.missing)})
    log.info("deployment begun", org=visitor().org_id, deployment=deployment_id)


def _deploy(ours: Hands) -> str:
    """Begin a deployment; its id there, empty when somebody else has just done the same."""
    services, who = wiring().services, visitor()
    zipped = package.build(_salesforce_id(), services.settings.public_url, with_app=False)
    with services.database.write() as connection:
        claimed = deployments.claim(connection, who.org_id, who.user_id)
    if claimed is None:
        return ""
    try:
        deployment_id = preparing.begin(ours, zipped)
    except Exception:
        with services.database.write() as connection:
            deployments.withdraw(connection, claimed)
        raise
    with services.database.write() as connection:
        deployments.taken(connection, claimed, deployment_id)
    return deployment_id


def _assign(ours: Hands) -> None:
    user = preparing.assign(ours)
    if user is None:
        return
    with wiring().services.database.write() as connection:
        after = {"permission set": "Real Magnet Integration", "user": user.username}
        audit.record(connection, _actor(), "Assigned a permission set", {}, after)


def _note(found: Deployment) -> None:
    with wiring().services.database.write() as connection:
        deployments.note(connection, visitor().org_id, found)


def _under_way() -> RowMapping | None:
    with wiring().services.database.read() as connection:
        return deployments.under_way(connection, visitor().org_id)


def _salesforce_id() -> str:
    with wiring().services.database.read() as connection:
        statement = text("SELECT salesforce_id FROM orgs WHERE id = :id")
        return str(connection.execute(statement, {"id": visitor().org_id}).scalar_one())


def _actor() -> audit.Actor:
    return audit.Actor(visitor().org_id, visitor().user_id)


def _tickets() -> URLSafeTimedSerializer:
    oldest_first = list(reversed(wiring().services.settings.secret_keys))
    return URLSafeTimedSerializer(oldest_first, salt="package")
