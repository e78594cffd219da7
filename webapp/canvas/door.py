"""Decides whether a launch lets its user in: every check in its order, each refusal with its reason for the log."""

from dataclasses import dataclass, field

from sqlalchemy import text

from connector.store import users
from webapp import holdings, sessions
from webapp.canvas.signed_request import CanvasContext, SignedRequestError, open_signed_request
from webapp.framing import trusted_origin
from webapp.wiring import Wiring

PATIENCE_SECONDS = 60.0
"""A launch that comes again within this time of asking for a fresh one is refused: the parent has none."""


class LaunchRefused(SignedRequestError):
    """Correctly signed or not, this launch lets nobody in."""


class UnknownOrg(LaunchRefused):
    """No organization has this door."""


class ForeignOrg(LaunchRefused):
    """Signed for another organization than the door belongs to."""


class UntrustedAddress(LaunchRefused):
    """The address inside is not one that may be called."""


class Unproved(LaunchRefused):
    """Salesforce does not say that the carried token belongs to this user, or that the user is active."""


class Barred(LaunchRefused):
    """This user was shut out by somebody who may."""


class RepeatedAgain(LaunchRefused):
    """Seen before, and the parent had no fresh one when it was asked."""


class Repeated(LaunchRefused):
    """Seen before: the page asks its parent once for a fresh launch."""

    def __init__(self, context: CanvasContext, origin: str) -> None:
        super().__init__("The launch was seen before.")
        self.context = context
        self.origin = origin


@dataclass(frozen=True)
class Admission:
    """Who comes in: the token of the new session, and the page around us that it belongs to."""

    origin: str
    instance_id: str
    token: str = field(repr=False)


def admit(house: Wiring, door: str, signed_request: str) -> Admission:
    """Let a launch in at an org's door. Raises a `SignedRequestError`, or `Temporary` if Salesforce cannot be asked."""
    services = house.services
    org_id, secret = _door(house, door)
    context = open_signed_request(signed_request, secret)
    if context.org_id != door:
        raise ForeignOrg("The launch is signed for another organization.")
    origin = trusted_origin(context.instance_url, services.settings.salesforce_hosts)
    if origin is None:
        raise UntrustedAddress("The launch names an address that is not Salesforce's.")
    launch = users.hashed(signed_request.partition(".")[2])  # a signature has many spellings, what it signs has one
    with services.database.write() as connection:
        fresh = users.claim_launch(connection, org_id, launch)
        may_ask = not fresh and users.ask_afresh(connection, org_id, launch, PATIENCE_SECONDS)
    if may_ask:
        raise Repeated(context, origin)
    if not fresh:
        raise RepeatedAgain("The launch was seen before, and so was the one after it.")
    if not sessions.is_user(house, origin, context.access_token, (context.org_id, context.user_id)):
        raise Unproved("Salesforce does not confirm the user of the launch.")
    identity = users.Identity(context.user_id, context.user_name, context.locale, context.zone)
    with services.database.write() as connection:
        user_id = users.welcome(connection, org_id, identity)
        if users.is_barred(connection, user_id):
            raise Barred("An administrator of ours shut this user out.")
    holdings.learn(house, user_id, (origin, context.access_token), context.user_id)
    return Admission(origin, context.instance_id, sessions.begin(context, user_id, origin))


def _door(house: Wiring, door: str) -> tuple[int, str]:
    statement = text("SELECT id, consumer_secret FROM orgs WHERE salesforce_id = :door")
    with house.services.database.read() as connection:
        row = connection.execute(statement, {"door": door}).first()
    if row is None:
        raise UnknownOrg("No organization has this door.")
    return int(row[0]), house.services.vault.open(door, "consumer_secret", str(row[1]))
