"""The panel of a Campaign that was uploaded before: its jobs, each with its last run, and what may be done."""

from flask import Response

from webapp.campaign_panel import form, jobs
from webapp.campaign_panel.campaign import Campaign
from webapp.campaign_panel.jobs import OfCampaign
from webapp.pages import page
from webapp.wiring import wiring
from webapp.wizard.drafts import Draft


def title(campaign: Campaign) -> str:
    """What the page is called."""
    return f"{campaign.title}: Upload to Real Magnet"


def panel(campaign: Campaign, used: list[OfCampaign], begun: Draft | None = None) -> Response:
    """The jobs, the last used first; `begun` is an upload to another group that somebody began."""
    group = form.group_name(begun.entries) if begun else ""
    return page("campaign_panel/panel.html", title(campaign), campaign=campaign, used=used, begun=begun, group=group)


def anew(campaign: Campaign) -> Response:
    """The panel again after something was done."""
    with wiring().services.database.read() as connection:
        used = jobs.of_campaign(connection, campaign.id)
    return panel(campaign, used)
