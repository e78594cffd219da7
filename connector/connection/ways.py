"""The ways into Salesforce and Real Magnet: each is tried before it is kept, and takes the place of the one before."""

import hmac
import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol
from urllib.parse import urlsplit

from sqlalchemy import Connection as Transaction
from sqlalchemy import text

from connector import clock
from connector.connection.looking import look
from connector.connection.org_tokens import OrgTokens
from connector.errors import ConnectorError
from connector.model.connection import Tried, Way
from connector.salesforce import web_login
from connector.salesforce.tokens import Connection, Login, request_token
from connector.salesforce.transport import PatientSession, origin
from connector.settings import Settings
from connector.store import audit, orgs
from connector.store.database import Database
from connector.store.vault import Vault

SECRETS = {
    Way.WEB: ("client_secret", "refresh_token"),
    Way.JWT: ("private_key",),
    Way.CLIENT_CREDENTIALS: ("client_secret",),
    Way.PASSWORD: ("password",),
}
"""What each way needs to be kept encrypted."""

NAMES = {
    Way.WEB: "Log in to Salesforce",
    Way.JWT: "JWT bearer",
    Way.CLIENT_CREDENTIALS: "Client credentials",
    Way.PASSWORD: "User name, password and security token",
}
"""What people call them, on the screen and in the audit log."""


class Keeping(Protocol):
    """Where connections are kept; the services are one."""

    @property
    def settings(self) -> Settings:
        """The product's settings."""
        ...

    @property
    def database(self) -> Database:
        """The store."""
        ...

    @property
    def vault(self) -> Vault:
        """What encrypts secrets."""
        ...


@dataclass(frozen=True)
class RealMagnetLogin:
    """A login that Real Magnet has let in, and the account behind it."""

    username: str = field(repr=False)
    password: str = field(repr=False)
    account: str


def my_domain(entered: str, settings: Settings) -> str:
    """The org's own address from what a person enters: with or without https://, a path, or as Lightning shows it.

    Raises `Misconfigured` when it is none that may be called.
    """
    address = entered.strip() if "://" in entered else f"https://{entered.strip()}"
    for shown in (".lightning.force.com", ".my.salesforce-setup.com"):
        address = address.replace(shown, ".my.salesforce.com", 1)
    return origin(address, settings)


def try_connection(settings: Settings, salesforce_id: str, connection: Connection) -> Tried:
    """Log in by a connection that is kept nowhere yet, and look whose it is and what that user lacks.

    Raises our errors, each with advice that says who must do what; `Refused` when it leads to another org.
    """
    if not connection.access_token:
        token = request_token(connection, settings)
        connection = replace(connection, access_token=token.access_token, instance_url=token.instance_url)
    return look(settings, salesforce_id, connection)


def prove_salesforce(keeping: Keeping, org_id: int) -> Tried:
    """Have Salesforce renew the access of what is kept, and note that it did, or why not."""
    keeper = OrgTokens(keeping.database, keeping.vault, org_id)
    with PatientSession(keeping.settings) as http:
        login = Login(keeper, keeping.settings, http)
        fresh = login.renewed(keeper.load())
    with keeping.database.read() as connection:
        ours = str(connection.execute(text("SELECT salesforce_id FROM orgs WHERE id = :org"), {"org": org_id}).scalar())
    tried = look(keeping.settings, ours, fresh)
    with keeping.database.write() as connection:
        orgs.note_salesforce(connection, org_id)
        connection.execute(
            text(
                "UPDATE salesforce_connections SET user_id = :user, "
                "username = CASE WHEN username = '' THEN :name ELSE username END WHERE org_id = :org"
            ),
            {"user": tried.user.id, "name": tried.user.username, "org": org_id},
        )
    return tried


def save_salesforce(keeping: Keeping, org_id: int, connection: Connection, tried: Tried, actor: audit.Actor) -> None:
    """Keep a connection that was tried, in place of the one before; runs, schedules and choices stay as they are."""
    with replacing_salesforce(keeping, org_id, connection) as transaction:
        put_salesforce(transaction, keeping.vault, connection, tried, actor)


@contextmanager
def replacing_salesforce(keeping: Keeping, org_id: int, connection: Connection) -> Generator[Transaction]:
    """A transaction in which a connection is put in place of the one before.

    Afterwards Salesforce is told that the one before is not needed any more, where it would outlive it there.
    """
    former = _former(keeping, org_id)
    with keeping.database.write() as transaction:
        yield transaction
    if former and former.refresh_token != connection.refresh_token:
        web_login.give_back(former, keeping.settings)


def put_salesforce(
    transaction: Transaction, vault: Vault, connection: Connection, tried: Tried, actor: audit.Actor
) -> None:
    """Put a connection that was tried in place of the one before, as part of a larger change."""
    way, org_id = Way(connection.kind), actor.org_id
    owner = str(org_id)
    secrets = json.dumps({name: getattr(connection, name) for name in SECRETS[way]})
    token = connection.access_token
    values = {
        "org": org_id,
        "kind": str(way),
        "login": connection.login_url,
        "instance": tried.instance_url,
        "client": connection.client_id,
        "username": connection.username or tried.user.username,
        "secrets": vault.seal(owner, "salesforce.secrets", secrets),
        "token": vault.seal(owner, "salesforce.access_token", token) if token else "",
        "user": tried.user.id,
        "now": clock.milliseconds(clock.now()),
    }
    before = _salesforce_as_told(transaction, org_id)
    transaction.execute(_REPLACE_SALESFORCE, values)
    if way is Way.WEB:
        _remember_app(transaction, vault, values, connection.client_secret)
    audit.record(transaction, actor, "Connected Salesforce", before, _salesforce_as_told(transaction, org_id))


def _former(keeping: Keeping, org_id: int) -> Connection | None:
    """The connection before, if it lives on at Salesforce; one that cannot be read any more is no hindrance."""
    try:
        found = OrgTokens(keeping.database, keeping.vault, org_id).load()
    except ConnectorError:
        return None
    return found if found.refresh_token else None


_REPLACE_SALESFORCE = text("""
    INSERT INTO salesforce_connections
        (org_id, kind, login_url, instance_url, client_id, username, secrets, access_token, user_id, checked_at)
    VALUES (:org, :kind, :login, :instance, :client, :username, :secrets, :token, :user, :now)
    ON CONFLICT (org_id) DO UPDATE SET kind = excluded.kind, login_url = excluded.login_url,
        instance_url = excluded.instance_url, client_id = excluded.client_id, username = excluded.username,
        secrets = excluded.secrets, access_token = excluded.access_token, user_id = excluded.user_id,
        checked_at = excluded.checked_at, refused = '', version = salesforce_connections.version + 1
""")


def _remember_app(transaction: Transaction, vault: Vault, values: Mapping[str, object], client_secret: str) -> None:
    """An org that an operator made may not know yet where it is, nor under which key its own app lets people in."""
    transaction.execute(
        text("UPDATE orgs SET my_domain = :login WHERE id = :org AND my_domain = ''"),
        {"login": values["login"], "org": values["org"]},
    )
    statement = text("SELECT salesforce_id, consumer_key, consumer_secret FROM orgs WHERE id = :org")
    org = transaction.execute(statement, {"org": values["org"]}).one()
    if org.consumer_key or not _is_secret_of(vault, str(org.salesforce_id), str(org.consumer_secret), client_secret):
        return
    transaction.execute(
        text("UPDATE orgs SET consumer_key = :client WHERE id = :org"),
        {"client": values["client"], "org": values["org"]},
    )


def _is_secret_of(vault: Vault, salesforce_id: str, sealed: str, client_secret: str) -> bool:
    """Whether the app that let somebody in is the org's own: the key of another would not fit its secret."""
    try:
        return hmac.compare_digest(
            vault.open(salesforce_id, "consumer_secret", sealed).encode(), client_secret.encode()
        )
    except ConnectorError:
        return False


def _salesforce_as_told(transaction: Transaction, org_id: int) -> dict[str, object]:
    statement = text("SELECT kind, instance_url, username FROM salesforce_connections WHERE org_id = :org")
    row = transaction.execute(statement, {"org": org_id}).first()
    if row is None:
        return {}
    return {"way": NAMES[Way(row.kind)], "address": urlsplit(row.instance_url).netloc, "user": row.username}


def save_realmagnet(keeping: Keeping, org_id: int, login: RealMagnetLogin, actor: audit.Actor) -> None:
    """Keep a login that Real Magnet let in, in place of the one before."""
    values = {
        "org": org_id,
        "username": login.username,
        "password": keeping.vault.seal(str(org_id), "realmagnet.password", login.password),
        "account": login.account,
        "now": clock.milliseconds(clock.now()),
    }
    with keeping.database.write() as transaction:
        before = _realmagnet_as_told(transaction, org_id)
        transaction.execute(
            text("""
                INSERT INTO realmagnet_connections (org_id, username, password, account, checked_at)
                VALUES (:org, :username, :password, :account, :now)
                ON CONFLICT (org_id) DO UPDATE SET username = excluded.username, password = excluded.password,
                    account = excluded.account, checked_at = excluded.checked_at, refused = ''
            """),
            values,
        )
        audit.record(transaction, actor, "Connected Real Magnet", before, _realmagnet_as_told(transaction, org_id))


def _realmagnet_as_told(transaction: Transaction, org_id: int) -> dict[str, object]:
    statement = text("SELECT username, account FROM realmagnet_connections WHERE org_id = :org")
    row = transaction.execute(statement, {"org": org_id}).first()
    return {"user": row.username, "account": row.account} if row else {}
