"""From the key and the secret of the installed app to Salesforce's login page; what works stays until he is back."""

from sqlalchemy import Connection, RowMapping, text

from connector.model.activity import COLLECTED
from connector.model.rights import USUAL, Holder
from connector.model.storage import recommended
from connector.store import choices, orgs, rights, schedule, setups
from webapp.connection import popup
from webapp.connection.popup import Leaving
from webapp.connection.standing import App
from webapp.wiring import wiring

ANOTHER = "Your set-up code was made out to another organization. Ask for one for this organization."
TAKEN = (
    "This organization is set up already, and your code is for a new one. Its administrators change its connection in "
    "the Real Magnet tab; if none of them is left, ask the operator of this connector for a code made out to it."
)


def keep(setup: RowMapping, consumer_key: str, consumer_secret: str) -> None:
    """Keep what was entered in the set-up, so that nothing has to be entered twice; no secret keeps the one before."""
    services = wiring().services
    sealed = setup["consumer_secret"]
    if consumer_secret:
        sealed = services.vault.seal(setup["salesforce_id"], "consumer_secret", consumer_secret)
    with services.database.write() as connection:
        setups.enter(connection, setup["id"], consumer_key, sealed)


def leave(setup: RowMapping) -> str:
    """Make the organization if there is none, and prepare to leave; answers the one-use ticket."""
    services = wiring().services
    secret = services.vault.open(setup["salesforce_id"], "consumer_secret", setup["consumer_secret"])
    with services.database.write() as connection:
        org_id = known(connection, setup["salesforce_id"]) or _make(connection, setup)
        setups.attach(connection, setup["id"], org_id)
    app = App(setup["my_domain"], setup["consumer_key"], secret)
    _, address = popup.depart(Leaving(org_id, popup.SET_UP, setup_id=setup["id"]), app)
    return address.rpartition("/")[2]


def known(connection: Connection, salesforce_id: str) -> int | None:
    """The number of an organization that is here already."""
    return connection.execute(
        text("SELECT id FROM orgs WHERE salesforce_id = :salesforce"), {"salesforce": salesforce_id}
    ).scalar()


def settled(connection: Connection, salesforce_id: str) -> bool:
    """Whether the organization is in somebody's hands: a set-up that was only begun leaves one that is in nobody's."""
    org_id = known(connection, salesforce_id)
    if org_id is None:
        return False
    statement = text("SELECT 1 FROM salesforce_connections WHERE org_id = :org")
    connected = connection.execute(statement, {"org": org_id}).first() is not None
    return connected or bool(rights.givers(connection, org_id, limit=1))


def unfit(connection: Connection, only_for: str, salesforce_id: str) -> str:
    """Why a code that was made out to `only_for`, or to nobody, is not good for an organization; empty if it is.

    What works must not go to whoever holds somebody else's code: its own is made for it by the operator.
    """
    if only_for:
        return "" if only_for == salesforce_id else ANOTHER
    return TAKEN if settled(connection, salesforce_id) else ""


def _make(connection: Connection, setup: RowMapping) -> int:
    """An organization whose nights begin with the first one that somebody asks for, not before."""
    org_id = orgs.create(connection, setup["salesforce_id"], setup["salesforce_id"], setup["consumer_secret"])
    choices.choose(connection, org_id, COLLECTED, recommended())
    rights.set_defaults(connection, org_id, Holder.EVERYBODY, "", USUAL)
    night = schedule.night(connection, org_id)
    if night is not None:
        schedule.plan(connection, org_id, enabled=False, local_time=night.local_time, zone=night.zone)
    return org_id
