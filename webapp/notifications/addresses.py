"""Adds, changes, tries and removes the addresses that notices go to. A webhook's secret is shown when it is made."""

import secrets

from flask import Blueprint, Response, abort, request

from connector.model.notices import Event, Road
from connector.model.rights import Area, Level
from connector.notices import deliver, telling
from connector.notices.deliver import SECRET, Outgoing
from connector.store import audit, notice_addresses, notice_findings
from connector.store.notice_addresses import Address, Entered
from webapp.guard import needs
from webapp.notifications import entering
from webapp.notifications.views import UNPROCESSABLE, WANTS, whole
from webapp.pages import part
from webapp.sessions import visitor
from webapp.wiring import wiring

addresses = Blueprint("notice_addresses", __name__)

PREFIX = "rmw_"
"""What a webhook's secret begins with, so that one that got into a file can be told for what it is."""


@addresses.post("/notifications/addresses")
@needs(Area.SETTINGS, Level.FULL)
def add() -> Response:
    """Keep a new address; the secret of a webhook is shown, this once."""
    who, services = visitor(), wiring().services
    with services.database.write() as connection:
        known = notice_addresses.of_org(connection, who.org_id)
        new = entering.new_address(request.form, services.settings, known)
        secret = PREFIX + secrets.token_urlsafe(32) if new.road is Road.WEBHOOK else ""
        if not new.problem:
            entered = Entered(new.road, new.address, new.wants, _sealed(secret))
            notice_addresses.add(connection, who.org_id, who.user_id, entered)
            audit.record(connection, _actor(), "Added an address for notices", {}, _described(new.address, new.wants))
    if new.problem:
        answer = whole(new=new)
        answer.status_code = UNPROCESSABLE
        return answer
    if secret:
        return whole(made=(new.address, secret))
    return whole(said=f"Notices go to {new.address} from now on. Send a test to see that they arrive.")


@addresses.post("/notifications/addresses/<int(max=2147483647):address_id>/wants")
@needs(Area.SETTINGS, Level.FULL)
def change(address_id: int) -> Response:
    """Let an address hear of more, or of less."""
    found, wants = _own(address_id), entering.wants_of(request.form)
    with wiring().services.database.write() as connection:
        notice_addresses.change(connection, found.id, wants=wants)
        before, after = _described(found.address, found.wants), _described(found.address, wants)
        if before != after:
            audit.record(connection, _actor(), "Changed an address for notices", before, after)
    return whole(said=f"Saved. {found.address} hears of: {WANTS[wants].lower()}.")


@addresses.post("/notifications/addresses/<int(max=2147483647):address_id>/test")
@needs(Area.SETTINGS, Level.FULL)
def test(address_id: int) -> Response:
    """Send a test now, and say what happened."""
    found, services = _own(address_id), wiring().services
    with services.database.read() as connection:
        name, salesforce_id = notice_findings.everybody(connection)[found.org_id]
    place = telling.House(found.org_id, name, salesforce_id, services.settings.public_url)
    body = telling.words(place, Event.TEST, "This is a test.", "If you read this, notices arrive here.")
    out = Outgoing(services.settings, services.database, services.vault)
    arrived, answer = deliver.try_now(out, found, body)
    if arrived:
        return whole(said=f"The test was delivered to {found.address}. {answer}")
    return whole(failed=f"The test did not reach {found.address}. {answer}")


@addresses.get("/notifications/addresses/<int(max=2147483647):address_id>/secret")
@needs(Area.SETTINGS, Level.FULL)
def ask_to_replace(address_id: int) -> Response:
    """Our own confirmation: a frame may not use the browser's."""
    return part("notifications/replace.html", address=_webhook(address_id))


@addresses.post("/notifications/addresses/<int(max=2147483647):address_id>/secret")
@needs(Area.SETTINGS, Level.FULL)
def replace(address_id: int) -> Response:
    """Sign with a new secret from now on, and show it, this once."""
    found, secret = _webhook(address_id), PREFIX + secrets.token_urlsafe(32)
    with wiring().services.database.write() as connection:
        notice_addresses.change(connection, found.id, secret=_sealed(secret))
        audit.record(connection, _actor(), "Replaced the secret of a webhook", {}, {"address": found.address})
    return whole(made=(found.address, secret))


@addresses.get("/notifications/addresses/<int(max=2147483647):address_id>/remove")
@needs(Area.SETTINGS, Level.FULL)
def ask_to_remove(address_id: int) -> Response:
    """Our own confirmation."""
    return part("notifications/remove.html", address=_own(address_id))


@addresses.post("/notifications/addresses/<int(max=2147483647):address_id>/remove")
@needs(Area.SETTINGS, Level.FULL)
def remove(address_id: int) -> Response:
    """Send nothing there any more."""
    found = _own(address_id)
    with wiring().services.database.write() as connection:
        notice_addresses.remove(connection, found.id)
        described = _described(found.address, found.wants)
        audit.record(connection, _actor(), "Removed an address for notices", described, {})
    return whole(said=f"Nothing is sent to {found.address} any more.")


def _own(address_id: int) -> Address:
    with wiring().services.database.read() as connection:
        return notice_addresses.get(connection, visitor().org_id, address_id) or abort(404)


def _webhook(address_id: int) -> Address:
    found = _own(address_id)
    return found if found.road is Road.WEBHOOK else abort(404)


def _sealed(secret: str) -> str:
    return wiring().services.vault.seal(str(visitor().org_id), SECRET, secret) if secret else ""


def _described(address: str, wants: str) -> dict[str, object]:
    return {"address": address, "wants": str(wants)}


def _actor() -> audit.Actor:
    return audit.Actor(visitor().org_id, visitor().user_id)
