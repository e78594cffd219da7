"""The panel itself: what it shows on a Campaign, and one click for what was uploaded before."""

from typing import Any

from flask import Blueprint, Response

from connector.model.rights import Area, Level
from connector.model.runs import Trigger
from connector.store import audit, claims
from connector.store.claims import Asked
from webapp.campaign_panel import beginning, campaign, form, jobs, showing
from webapp.campaign_panel.campaign import Campaign
from webapp.campaign_panel.jobs import OfCampaign
from webapp.guard import needs
from webapp.pages import part
from webapp.sessions import visitor
from webapp.upload_jobs import starting
from webapp.wiring import wiring

campaign_panel = Blueprint("campaign_panel", __name__)

PANEL = "/campaigns/<campaign_id>"
JOB = f"{PANEL}/jobs/<int(max=2147483647):job_id>"


@campaign_panel.get(PANEL)
@needs(Area.UPLOADS, Level.READ)
def show(campaign_id: str) -> Response:
    """What was uploaded before, ready for one click; else the choices for a first upload, as far as they were made."""
    campaign_id = campaign.id_of(campaign_id)
    with wiring().services.database.read() as connection:
        used = jobs.of_campaign(connection, campaign_id)
        draft = beginning.own_draft(connection, campaign_id)
    known = used[0].definition.source.name if used else form.campaign_name(draft.entries) if draft else ""
    found = campaign.look(campaign_id, known)
    return showing.panel(found, used, draft) if used or found.gone else beginning.go_on(found, draft)


@campaign_panel.get(f"{JOB}/status")
@needs(Area.UPLOADS, Level.READ)
def status(campaign_id: str, job_id: int) -> Response:
    """One job as it stands; it asks for itself again while its run is under way and it is not deleted."""
    campaign_id = campaign.id_of(campaign_id)
    with wiring().services.database.read() as connection:
        used = jobs.find(connection, campaign_id, job_id)
    if used is None:
        return part("campaign_panel/deleted.html", job_id=job_id)
    return part("campaign_panel/job.html", campaign=Campaign(campaign_id), one=used)


@campaign_panel.post(f"{JOB}/runs")
@needs(Area.UPLOADS, Level.FULL)
def upload(campaign_id: str, job_id: int) -> Response:
    """Start a run, or go on watching the one under way."""
    campaign_id = campaign.id_of(campaign_id)
    used = _read(campaign_id, job_id)
    starting.start(used.job, Asked(Trigger.RUN_NOW, visitor().user_id))
    return _job(campaign_id, job_id)


@campaign_panel.get(f"{JOB}/cancel")
@needs(Area.UPLOADS, Level.FULL)
def ask_to_cancel(campaign_id: str, job_id: int) -> Response:
    """Our own confirmation, with what the group then holds."""
    campaign_id = campaign.id_of(campaign_id)
    return part("campaign_panel/cancel.html", campaign=Campaign(campaign_id), one=_read(campaign_id, job_id))


@campaign_panel.post(f"{JOB}/cancel")
@needs(Area.UPLOADS, Level.FULL)
def cancel(campaign_id: str, job_id: int) -> Response:
    """Ask the run to stop, or discard one that waits for a decision."""
    campaign_id = campaign.id_of(campaign_id)
    used = _read(campaign_id, job_id)
    if used.run is not None:
        with wiring().services.database.write() as connection:
            if claims.request_cancel(connection, int(used.run["id"])):
                action = "Discarded a run" if used.held else "Cancelled a run"
                audit.record(connection, starting.actor(), action, {}, _named(used))
    return _job(campaign_id, job_id)


@campaign_panel.get(f"{JOB}/approve")
@needs(Area.UPLOADS, Level.FULL)
def ask_to_approve(campaign_id: str, job_id: int) -> Response:
    """Our own confirmation, with what the group will hold."""
    campaign_id = campaign.id_of(campaign_id)
    return part("campaign_panel/approve.html", campaign=Campaign(campaign_id), one=_read(campaign_id, job_id))


@campaign_panel.post(f"{JOB}/approve")
@needs(Area.UPLOADS, Level.FULL)
def approve(campaign_id: str, job_id: int) -> Response:
    """Let a held run go on as it stands."""
    campaign_id = campaign.id_of(campaign_id)
    used = _read(campaign_id, job_id)
    if used.run is not None and used.held:
        with wiring().services.database.write() as connection:
            claim = claims.approve(connection, int(used.run["id"]))
            if claim is not None:
                audit.record(connection, starting.actor(), "Let a held run go on", {}, _named(used))
        if claim is not None:
            starting.enqueue(claim)
    return _job(campaign_id, job_id)


def _read(campaign_id: str, job_id: int) -> OfCampaign:
    with wiring().services.database.read() as connection:
        return jobs.one(connection, campaign_id, job_id)


def _job(campaign_id: str, job_id: int) -> Response:
    return part("campaign_panel/job.html", campaign=Campaign(campaign_id), one=_read(campaign_id, job_id))


def _named(used: OfCampaign) -> dict[str, Any]:
    return {"run": int(used.run["id"]) if used.run else 0, "upload job": used.job.name}
