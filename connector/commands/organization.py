"""`real-magnet org create`: adds an organization, or replaces how it is connected. What is given is checked first."""

import argparse
import json
from collections.abc import Mapping

from sqlalchemy import Connection, text

from connector import settings
from connector.commands import given
from connector.commands.troubles import open_database
from connector.errors import Misconfigured
from connector.model.activity import COLLECTED, ActivityGroup, Mode
from connector.model.schedule import parse_zone
from connector.model.storage import PRESETS
from connector.settings import Settings
from connector.store import choices, orgs
from connector.store.vault import Vault

SECRET_FILES = {
    "client_credentials": ("client_secret",),
    "refresh_token": ("client_secret", "refresh_token"),
    "jwt": ("private_key",),
    "password": ("password",),
}
"""Which secrets each way of connecting to Salesforce needs."""

_WORDS = {
    "client_credentials": ("client_id",),
    "refresh_token": ("client_id",),
    "jwt": ("client_id", "username"),
    "password": ("username",),
}
"""What else each of them needs."""


def create(parsed: argparse.Namespace) -> None:
    """Check everything, then write all of it or nothing. Raises `Misconfigured` with a sentence for the operator."""
    found = settings.from_env()
    vault = Vault(found.secret_keys)
    salesforce_id = given.organization_id(parsed.salesforce_id)
    zone = parse_zone(parsed.zone).key
    salesforce = _salesforce(parsed, found)
    consumer = vault.seal(salesforce_id, "consumer_secret", given.secret(parsed.consumer_secret_file))
    password = given.secret(parsed.realmagnet_password_file)
    with open_database(found.database_url) as database, database.write() as connection:
        org_id = _org(connection, salesforce_id, (parsed.name, zone), consumer, PRESETS[parsed.storage])
        _name_app(connection, org_id, salesforce)
        secrets = vault.seal(str(org_id), "salesforce.secrets", salesforce.pop("secrets"))
        _connect_salesforce(connection, {**salesforce, "org": org_id, "secrets": secrets})
        sealed = vault.seal(str(org_id), "realmagnet.password", password)
        _connect_realmagnet(connection, org_id, parsed.realmagnet_username, sealed)
    print(f"{parsed.name} is connected.")  # noqa: T201  # the command's answer
    print(f"Canvas address: {found.public_url.rstrip('/')}/canvas/{salesforce_id}")  # noqa: T201  # the same
    print("The connections have not been tried yet: Connection in the Real Magnet tab does, and so does the first run.")  # noqa: T201  # the same


def _salesforce(parsed: argparse.Namespace, found: Settings) -> dict[str, str]:
    """How the workers connect, as it is stored; the secrets still open."""
    for name in _WORDS[parsed.kind]:
        if not getattr(parsed, name).strip():
            raise Misconfigured(f"--{name.replace('_', '-')} is needed for --kind {parsed.kind}.")
    instance = given.address("--instance-url", parsed.instance_url, found)
    login = given.address("--login-url", parsed.login_url, found) if parsed.login_url else instance
    secrets = {name: _secret(parsed, name) for name in SECRET_FILES[parsed.kind]}
    return {
        "kind": parsed.kind,
        "login": login,
        "instance": instance,
        "client": parsed.client_id.strip(),
        "username": parsed.username.strip(),
        "secrets": json.dumps(secrets),
    }


def _secret(parsed: argparse.Namespace, name: str) -> str:
    path = getattr(parsed, f"{name}_file")
    if path is None:
        raise Misconfigured(f"--{name.replace('_', '-')}-file is needed for --kind {parsed.kind}.")
    return given.private_key(path) if name == "private_key" else given.secret(path)


def _org(
    connection: Connection,
    salesforce_id: str,
    name_and_zone: tuple[str, str],
    consumer: str,
    modes: Mapping[ActivityGroup, Mode],
) -> int:
    """The organization of this id, made on first sight; one that there is keeps what was chosen in it."""
    name, zone = name_and_zone
    values = {"salesforce_id": salesforce_id, "name": name, "secret": consumer}
    known = connection.execute(text("SELECT id FROM orgs WHERE salesforce_id = :salesforce_id"), values).scalar()
    if known is None:
        org_id = orgs.create(connection, salesforce_id, name, consumer, zone)
        choices.choose(connection, org_id, COLLECTED, modes)
        return org_id
    connection.execute(
        text("UPDATE orgs SET name = :name, consumer_secret = :secret WHERE id = :id"), values | {"id": known}
    )
    return int(known)


def _name_app(connection: Connection, org_id: int, salesforce: dict[str, str]) -> None:
    """By which app a person logs in when the organization is connected again; a way without one says nothing of it."""
    connection.execute(
        text(
            "UPDATE orgs SET my_domain = :instance, "
            "consumer_key = CASE WHEN :client = '' THEN consumer_key ELSE :client END WHERE id = :org"
        ),
        {"instance": salesforce["instance"], "client": salesforce["client"], "org": org_id},
    )


def _connect_salesforce(connection: Connection, values: dict[str, object]) -> None:
    connection.execute(
        text("""
            INSERT INTO salesforce_connections (org_id, kind, login_url, instance_url, client_id, username, secrets)
            VALUES (:org, :kind, :login, :instance, :client, :username, :secrets)
            ON CONFLICT (org_id) DO UPDATE SET kind = excluded.kind, login_url = excluded.login_url,
                instance_url = excluded.instance_url, client_id = excluded.client_id, username = excluded.username,
                secrets = excluded.secrets, access_token = '', refused = '', user_id = '',
                version = salesforce_connections.version + 1
        """),
        values,
    )


def _connect_realmagnet(connection: Connection, org_id: int, username: str, password: str) -> None:
    connection.execute(
        text("""
            INSERT INTO realmagnet_connections (org_id, username, password) VALUES (:org, :username, :password)
            ON CONFLICT (org_id) DO UPDATE SET username = excluded.username, password = excluded.password, refused = ''
        """),
        {"org": org_id, "username": username, "password": password},
    )
