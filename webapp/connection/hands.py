"""In whose name a screen asks Salesforce: the visitor's own session first, then the org's connection."""

from collections.abc import Generator
from contextlib import closing, contextmanager

from connector.connection.preparing import Hands
from connector.salesforce.administration import GivenToken
from connector.salesforce.gateway import Salesforce
from connector.store import users
from webapp.sessions import visitor
from webapp.wiring import wiring


@contextmanager
def hands() -> Generator[Hands]:
    """The visitor and the connected user, for as long as a request takes."""
    with closing(as_visitor()) as own, closing(wiring().services.salesforce(visitor().org_id)) as connected:
        yield Hands(connected, (own, connected))


def as_visitor() -> Salesforce:
    """Salesforce with exactly the rights that the visitor has there, until his session ends."""
    services, name = wiring().services, visitor().session_hash
    with services.database.read() as connection:
        row = users.session(connection, name)
    if row is None:
        raise LookupError("The session behind this request is gone.")
    token = services.vault.open(f"session:{name}", "access_token", row["access_token"])
    return Salesforce(GivenToken(row["instance_url"], token), services.settings)
