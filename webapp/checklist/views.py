"""What the checklist's buttons do: prepare Salesforce, look at the first night, run it. Home shows the rest."""

from typing import Any

from flask import Blueprint, Response
from sqlalchemy import Connection

from connector.errors import ConnectorError, Misconfigured
from connector.model.rights import Area, Level, allows
from connector.model.runs import LOOK, Trigger
from connector.model.schedule import parse_zone
from connector.store import audit, claims, schedule
from connector.store.claims import Asked
from webapp.checklist import steps
from webapp.connection import prepare, standing
from webapp.guard import for_everybody, needs
from webapp.pages import part
from webapp.sessions import visitor
from webapp.upload_jobs import starting
from webapp.wiring import wiring

checklist = Blueprint("checklist", __name__, url_prefix="/checklist")


@checklist.get("")
@for_everybody("part of Home; its buttons follow the rights")
def show() -> Response:
    """How far it is; a deployment under way is followed, which asks Salesforce."""
    with wiring().services.database.read() as connection:
        found = values(connection)
    if found["checklist"] and found["checklist"].deployment and found["may_set_up"]:
        return _part(**_followed())
    return part("checklist/checklist.html", **found)


@checklist.post("/prepare")
@needs(Area.SETTINGS, Level.FULL)
def prepare_salesforce() -> Response:
    """Install what is missing, assign the permission set, and examine what came of it."""
    try:
        refusal = prepare.go()
    except ConnectorError as error:
        return _part(trouble=error)
    return _part(**(_followed() | ({"trouble": refusal} if refusal else {})))


@checklist.post("/look")
@needs(Area.SETTINGS, Level.FULL)
def look() -> Response:
    """Have a worker count what the first night would write, or go on watching it."""
    who = visitor()
    with wiring().services.database.write() as connection:
        claim = claims.claim(connection, who.org_id, Asked(Trigger.RUN_NOW, user_id=who.user_id), LOOK)
    starting.enqueue(claim)
    return _part()


@checklist.post("/look/cancel")
@needs(Area.SETTINGS, Level.FULL)
def cancel_look() -> Response:
    """Stop looking."""
    with wiring().services.database.write() as connection:
        found = steps.of(connection, visitor().org_id)
        if found is not None and found.look is not None:
            claims.request_cancel(connection, int(found.look["id"]))
    return _part()


def begin_nights(connection: Connection) -> None:
    """From the first night on there is one every night: an organization that was set up here waited for it.

    Its zone is that of whoever begins it. What a person chose in Manage Data stays.
    """
    who = visitor()
    night = schedule.night(connection, who.org_id)
    if night is None or not steps.waits_for_the_first(connection, night):
        return
    zone = _zone(who.zone, night.zone)
    schedule.plan(connection, who.org_id, enabled=True, local_time=night.local_time, zone=zone)
    before, after = {"nightly run": "off"}, {"nightly run": f"at {night.local_time} in {zone}"}
    audit.record(connection, audit.Actor(who.org_id, who.user_id), "Switched the nightly run on", before, after)


def _zone(theirs: str, otherwise: str) -> str:
    try:
        return parse_zone(theirs).key
    except Misconfigured:
        return otherwise


def values(connection: Connection) -> dict[str, Any]:
    """What the checklist shows to this visitor, wherever it stands; Home's own views ask for it, too."""
    who = visitor()
    found = steps.of(connection, who.org_id)
    may = allows(who.rights, Area.SETTINGS, Level.FULL)
    to_ask = standing.who_may_connect(connection, who.org_id) if found and not may else []
    return {"checklist": found, "may_set_up": may, "to_ask": to_ask}


def _followed() -> dict[str, Any]:
    """Ask Salesforce how its preparation stands; once it is over that examines the org, too."""
    told = prepare.standing()
    refused = told["errors"] if told["failed"] else []
    return {"trouble": told["trouble"], "refused": refused}


def _part(**more: Any) -> Response:
    with wiring().services.database.read() as connection:
        return part("checklist/checklist.html", **values(connection), **more)
