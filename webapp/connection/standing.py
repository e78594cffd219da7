"""How an org's two connections stand, and by which app its people log in to Salesforce. Knows no request."""

import json
from dataclasses import dataclass, field

from sqlalchemy import Connection, RowMapping, text

from connector.errors import ConnectorError, Refused
from connector.model.connection import Way
from connector.model.rights import Area, Level, allows
from connector.salesforce import translate
from connector.store import rights
from connector.store.vault import Vault

ASKED = 100
"""How many of the latest users are looked at for who may change a connection."""
NAMED = 3
TRY_AGAIN = "Try again in a minute. If it stays so, the operator of this connector looks at its network."


@dataclass(frozen=True)
class App:
    """The org's app in Salesforce, and where the org is."""

    my_domain: str
    client_id: str
    client_secret: str = field(repr=False)


UNKNOWN_APP = Refused(
    "Real Magnet does not know yet under which consumer key your organization lets it in.",
    advice="Enter My Domain, the consumer key and the consumer secret of the app Real Magnet: Setup → External Client "
    "App Manager → Real Magnet → Settings → OAuth Settings → Consumer Key and Secret.",
)


def to_do(error: ConnectorError) -> str:
    """What somebody does about it who has just tried by hand: nothing tries that again by itself."""
    return TRY_AGAIN if error.advice == translate.WAIT else error.advice


def salesforce_id(connection: Connection, org_id: int) -> str:
    """The organization's 18 characters."""
    return str(connection.execute(text("SELECT salesforce_id FROM orgs WHERE id = :org"), {"org": org_id}).scalar_one())


def salesforce(connection: Connection, org_id: int) -> RowMapping | None:
    """How Salesforce is connected, without its secrets; the name of the user where he has been here himself."""
    statement = text("""
        SELECT s.kind, s.login_url, s.instance_url, s.client_id, s.username, s.refused, s.checked_at, s.user_id, u.name
        FROM salesforce_connections s
        LEFT JOIN users u ON u.org_id = s.org_id AND u.salesforce_id = s.user_id
        WHERE s.org_id = :org
    """)
    return connection.execute(statement, {"org": org_id}).mappings().first()


def app_of(connection: Connection, vault: Vault, org_id: int) -> App:
    """The app that people log in by: a key is paired only with the secret that was proved with it.

    Raises `Refused` while it is not known.
    """
    org = connection.execute(text("SELECT * FROM orgs WHERE id = :org"), {"org": org_id}).mappings().one()
    kept = connection.execute(text("SELECT * FROM salesforce_connections WHERE org_id = :org"), {"org": org_id})
    row = kept.mappings().first()
    domain = str(org["my_domain"] or (row["instance_url"] if row else ""))
    proved = row is not None and row["kind"] == Way.WEB and row["client_id"] == org["consumer_key"]
    if domain and org["consumer_key"] and not proved:
        secret = vault.open(str(org["salesforce_id"]), "consumer_secret", str(org["consumer_secret"]))
        return App(domain, str(org["consumer_key"]), secret)
    if row is None or row["kind"] not in {Way.WEB, Way.CLIENT_CREDENTIALS}:
        raise UNKNOWN_APP
    secrets = json.loads(vault.open(str(org_id), "salesforce.secrets", str(row["secrets"])))
    return App(domain, str(row["client_id"]), str(secrets.get("client_secret", "")))


def suggested(connection: Connection, org_id: int) -> tuple[str, str]:
    """My Domain and consumer key as far as they are known, to begin a form with."""
    org = connection.execute(text("SELECT my_domain, consumer_key FROM orgs WHERE id = :org"), {"org": org_id}).one()
    row = salesforce(connection, org_id)
    return (
        str(org.my_domain or (row["instance_url"] if row else "")),
        str(org.consumer_key or (row["client_id"] if row else "")),
    )


def who_may_connect(connection: Connection, org_id: int) -> list[str]:
    """Names of some who have the right to change a connection, those seen last first: whom to ask."""
    statement = text(
        "SELECT id, name FROM users WHERE org_id = :org AND barred_at IS NULL ORDER BY seen_at DESC LIMIT :most"
    )
    names: list[str] = []
    for user_id, name in connection.execute(statement, {"org": org_id, "most": ASKED}).all():
        if len(names) < NAMED and allows(rights.of_user(connection, int(user_id)), Area.SETTINGS, Level.FULL):
            names.append(str(name))
    return names
