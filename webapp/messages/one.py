"""Shows one message: figures, funnel, bounces, curve, links, recipients, and what of it is in Salesforce."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, request
from sqlalchemy import Connection, RowMapping

from connector.model import figures
from connector.model.activity import BOUNCES, ActivityGroup
from connector.model.figures import Counted, Figures
from connector.model.rights import Area, Level
from connector.store import message_figures, message_recipients, one_message, screens
from connector.store.message_recipients import Did, Wanted
from webapp import moments
from webapp.guard import needs
from webapp.messages import curve, standing
from webapp.messages.columns import share
from webapp.pages import page, part
from webapp.sessions import visitor
from webapp.wiring import wiring

one_message_page = Blueprint("message", __name__, url_prefix="/messages/<int(max=9007199254740991):message_id>")

LINKS_SHOWN = 50
RECIPIENTS_A_PAGE = 50
MOST_LETTERS = 100
LONGEST_ID = 18
CHIPS = {
    Did.ALL: "All",
    Did.OPENED: "Opened",
    Did.CLICKED: "Clicked",
    Did.BOUNCED: "Bounced",
    Did.UNSUBSCRIBED: "Unsubscribed",
    Did.NOT_OPENED: "Delivered, not opened",
}


@dataclass(frozen=True)
class Step:
    """One bar of the funnel: how many, and their share of the step that it is measured against."""

    words: str
    count: int
    width: float
    told: str


@dataclass(frozen=True)
class Recipients:
    """A page of recipients with what each did and whom it is matched to."""

    wanted: Wanted
    rows: Sequence[RowMapping]
    did: Mapping[int, Sequence[RowMapping]]
    who: Mapping[int, Sequence[RowMapping]]
    more: bool


@one_message_page.get("")
@needs(Area.TRACKING, Level.READ)
def show(message_id: int) -> Response:
    """One message, whole."""
    org_id = visitor().org_id
    with wiring().services.database.read() as connection:
        row = message_figures.message(connection, org_id, message_id) or abort(404)
        counted = message_figures.counted(connection, org_id, message_id)
        values = _values(connection, row, counted)
        recipients = _recipients(connection, message_id)
    return page("messages/one.html", str(row["name"] or f"Message {message_id}"), recipients=recipients, **values)


@one_message_page.get("/recipients")
@needs(Area.TRACKING, Level.READ)
def recipients(message_id: int) -> Response:
    """Other recipients of it: of one chip, by address, behind the last one shown."""
    org_id = visitor().org_id
    with wiring().services.database.read() as connection:
        row = message_figures.message(connection, org_id, message_id) or abort(404)
        counted = message_figures.counted(connection, org_id, message_id)
        found = _recipients(connection, message_id)
    return part("messages/recipients.html", message=row, recipients=found, chips=_chips(counted))


def _values(connection: Connection, row: RowMapping, counted: Mapping[tuple[str, str], Counted]) -> dict[str, Any]:
    org_id, message_id = int(visitor().org_id), int(row["id"])
    overview = one_message.overview(connection, org_id, message_id)
    since = overview.first_sent or row["last_sent"]
    links = one_message.links(connection, org_id, message_id, LINKS_SHOWN)
    record = one_message.record(connection, org_id, message_id)
    found = figures.of_message(counted)
    return {
        "message": row,
        "figures": found,
        "funnel": _funnel(found),
        "bounces": _bounces(counted),
        "curve": curve.of(one_message.hours(connection, org_id, message_id, int(since))) if since else None,
        "links": links[:LINKS_SHOWN],
        "more_links": len(links) > LINKS_SHOWN,
        "standing": standing.of(one_message.in_salesforce(connection, org_id, message_id)),
        "unmatched": overview.unmatched,
        "record": f"{visitor().instance_url}/lightning/r/MagnetMail_Message__c/{record}/view" if record else "",
        "fresh_until": screens.fresh_until(connection, org_id),
        "asked_on": _day(row["asked_on"]),
        "chips": _chips(counted),
    }


def _funnel(found: Figures) -> list[Step]:
    """From all e-mails to those who clicked; a bar's width is its share of the e-mails that left."""
    steps = (
        ("Sent", found.sent, found.emails, "of all e-mails"),
        ("Delivered", found.delivered, found.sent, "of those sent"),
        ("Opened", found.opened_people, found.delivered, "of those delivered"),
        ("Clicked", found.clicked_people, found.delivered, "of those delivered"),
    )
    return [
        Step(words, count, share(count, found.sent), f"{share(count, whole):g}% {told}" if whole else "")
        for words, count, whole, told in steps
    ]


def _bounces(counted: Mapping[tuple[str, str], Counted]) -> list[tuple[str, int]]:
    """Why e-mails came back, the commonest first."""
    found = [(one, counted[ActivityGroup.SENT, one].count) for one in BOUNCES if (ActivityGroup.SENT, one) in counted]
    return sorted(found, key=lambda reason: -reason[1])


def _chips(counted: Mapping[tuple[str, str], Counted]) -> list[tuple[Did, str, int | None]]:
    """The chips with how many people each is of, where that is known without counting."""
    groups = {
        Did.OPENED: ActivityGroup.OPENED,
        Did.CLICKED: ActivityGroup.CLICKED,
        Did.UNSUBSCRIBED: ActivityGroup.UNSUBSCRIBED,
    }
    known = {did: counted.get((group, figures.WHOLE), Counted(0, 0)).people for did, group in groups.items()}
    return [(did, words, known.get(did)) for did, words in CHIPS.items()]


def _recipients(connection: Connection, message_id: int) -> Recipients:
    given = request.args
    after = given.get("after", "")
    wanted = Wanted(
        visitor().org_id,
        message_id,
        next((one for one in Did if one == given.get("did")), Did.ALL),
        given.get("q", "").replace("\0", "").strip()[:MOST_LETTERS],
        int(after) if after.isascii() and after.isdecimal() and len(after) <= LONGEST_ID else -1,
    )
    rows = message_recipients.page(connection, wanted, RECIPIENTS_A_PAGE)
    shown = rows[:RECIPIENTS_A_PAGE]
    ids = [int(row["id"]) for row in shown]
    return Recipients(
        wanted,
        shown,
        message_recipients.did(connection, wanted.org_id, message_id, ids),
        message_recipients.who(connection, wanted.org_id, ids),
        more=len(rows) > len(shown),
    )


def _day(ordinal: int | None) -> str:
    return moments.day(date.fromordinal(ordinal), visitor().locale) if ordinal else ""
