"""Shows Notifications, and Home's troubles; puts a trouble aside, and keeps the report's time and the freshness."""

from typing import Any

from flask import Blueprint, Response, abort, request

from connector.model.notices import Road, Wants
from connector.model.rights import Area, Level
from connector.notices import mail
from connector.store import audit, notice_addresses, notice_book, notice_deliveries, notice_settings, schedule
from webapp.guard import needs
from webapp.notifications import entering, standing
from webapp.notifications.entering import NewAddress
from webapp.pages import page, part
from webapp.sessions import visitor
from webapp.wiring import wiring

notifications = Blueprint("notifications", __name__)
notifications.add_app_template_global(standing.unseen_count, "unseen_notices")

UNPROCESSABLE = 422
SHOWN = 100
WANTS = {Wants.NEVER: "Nothing", Wants.ERRORS: "Only troubles", Wants.ALWAYS: "Troubles and every night"}
ROADS = {Road.MAIL: "E-mail", Road.WEBHOOK: "Webhook"}
KINDS = {
    "failed": "Failed",
    "partial": "Completed with errors",
    "held": "Held",
    "paused": "Paused",
    "missed": "Did not run",
    "credentials": "Login refused",
    "freshness": "Out of date",
}


@notifications.get("/notifications")
@needs(Area.SETTINGS, Level.READ)
def show() -> Response:
    """Everything about notices."""
    return whole()


@notifications.post("/notifications/settings")
@needs(Area.SETTINGS, Level.FULL)
def save() -> Response:
    """Keep the report's time and the freshness, or show what to mend."""
    who, entered = visitor(), entering.settings_of(request.form)
    if entered.problems:
        answer = whole(entered=entered)
        answer.status_code = UNPROCESSABLE
        return answer
    with wiring().services.database.write() as connection:
        before = notice_settings.of_org(connection, who.org_id)
        notice_settings.choose(connection, who.org_id, entered.chosen)
        if before != entered.chosen:
            actor = audit.Actor(who.org_id, who.user_id)
            audit.record(connection, actor, "Changed Notifications", vars(before), vars(entered.chosen))
    return whole(said="Saved.")


@notifications.post("/notices/<int(max=2147483647):notice_id>/seen")
@needs(Area.SETTINGS, Level.FULL)
def seen(notice_id: int) -> Response:
    """Put a trouble aside: Home shows it no more, Notifications still does."""
    with wiring().services.database.write() as connection:
        if not notice_book.see(connection, visitor().org_id, notice_id):
            abort(404)
        values = standing.of_home(connection)
    return part("home/_notices.html", redrawn=True, **values)


def whole(**told: Any) -> Response:
    """The screen, with what was just done or is to be mended."""
    org_id, services = visitor().org_id, wiring().services
    values: dict[str, Any] = {"said": "", "failed": "", "made": None, "new": NewAddress(), "entered": None} | told
    with services.database.read() as connection:
        night = schedule.night(connection, org_id)
        values |= {
            "addresses": notice_addresses.of_org(connection, org_id),
            "notices": notice_book.newest(connection, org_id, SHOWN),
            "deliveries": notice_deliveries.troubled(connection, org_id, SHOWN),
            "zone": night.zone if night else "UTC",
        }
        if values["entered"] is None:
            values["entered"] = entering.as_entered(notice_settings.of_org(connection, org_id))
    words = {"wants": WANTS, "roads": ROADS, "kinds": KINDS}
    mails = mail.configured(services.settings)
    return page("notifications/notifications.html", "Notifications", mails=mails, words=words, shown=SHOWN, **values)
