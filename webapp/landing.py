"""The first screen of a frame: that of the record it stands on, else Home."""

from flask import Response

from connector.model.rights import Area, Level, allows
from webapp.campaign_panel import views as campaign_panel
from webapp.campaign_panel.campaign import is_campaign
from webapp.home import views as home
from webapp.person_panel import views as person_panel
from webapp.person_panel.views import is_person, may_see
from webapp.sessions import visitor


def show() -> Response:
    """What a user sees who has just come in."""
    record_id = visitor().record_id
    if is_campaign(record_id) and allows(visitor().rights, Area.UPLOADS, Level.READ):
        return campaign_panel.show(record_id)
    if is_person(record_id) and may_see():
        return person_panel.show(record_id)
    return home.show()
