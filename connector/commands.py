"""The operator's commands: make a key, migrate the database, create an org. Secrets come from files, never as words."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet
from sqlalchemy import Connection, text

from connector import settings
from connector.errors import ConnectorError, Misconfigured
from connector.model.people import id18
from connector.model.schedule import parse_zone
from connector.store import orgs
from connector.store.database import Database
from connector.store.migrate import migrate
from connector.store.vault import Vault

_SECRET_FILES = {
    "client_credentials": ("client_secret",),
    "refresh_token": ("client_secret", "refresh_token"),
    "jwt": ("private_key",),
    "password": ("password",),
}
"""Which secrets each way of connecting to Salesforce needs."""


def main(words: Sequence[str] | None = None) -> int:
    """Carry out one command. Answers the process's exit status; an error is one plain sentence on standard error."""
    parsed = _parser().parse_args(words)
    try:
        parsed.carry_out(parsed)
    except ConnectorError as error:
        print(f"real-magnet: {error} {error.advice}".rstrip(), file=sys.stderr)  # noqa: T201  # it is a command
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="real-magnet", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    key = commands.add_parser("key", help="print a new key for SECRET_KEYS")
    key.set_defaults(carry_out=_key)
    step = commands.add_parser("migrate", help="bring the database's tables up to date")
    step.set_defaults(carry_out=_migrate)
    org = commands.add_parser("org", help="the organizations that use this installation")
    actions = org.add_subparsers(required=True, metavar="ACTION")
    _add_create(actions.add_parser("create", help="add one, or replace how it is connected"))
    listing = actions.add_parser("list", help="show them")
    listing.set_defaults(carry_out=_list)
    return parser


def _add_create(create: argparse.ArgumentParser) -> None:
    create.set_defaults(carry_out=_create)
    create.add_argument("--salesforce-id", required=True, help="the organization's id, 15 or 18 characters")
    create.add_argument("--name", required=True)
    create.add_argument(
        "--zone", default="UTC", help="the night's time zone, such as America/New_York; UTC unless said"
    )
    create.add_argument("--consumer-secret-file", required=True, type=Path, help="the key that signs Canvas requests")
    create.add_argument("--instance-url", required=True, help="https://YOUR-DOMAIN.my.salesforce.com")
    create.add_argument("--login-url", help="where tokens come from; the instance itself unless said otherwise")
    create.add_argument("--kind", required=True, choices=sorted(_SECRET_FILES), help="how the workers connect")
    create.add_argument("--client-id", default="", help="the consumer key of the External Client App")
    create.add_argument("--username", default="", help="for jwt and password")
    for name in ("client-secret", "refresh-token", "private-key", "password"):
        create.add_argument(f"--{name}-file", type=Path)
    create.add_argument("--realmagnet-username", required=True)
    create.add_argument("--realmagnet-password-file", required=True, type=Path)


def _key(_parsed: argparse.Namespace) -> None:
    print(Fernet.generate_key().decode())  # noqa: T201  # the command's answer


def _migrate(_parsed: argparse.Namespace) -> None:
    migrate(Database(settings.from_env().database_url))


def _list(_parsed: argparse.Namespace) -> None:
    with Database(settings.from_env().database_url).read() as connection:
        for number, salesforce_id, name in connection.execute(text("SELECT id, salesforce_id, name FROM orgs")):
            print(number, salesforce_id, name, sep="\t")  # noqa: T201  # the command's answer


def _create(parsed: argparse.Namespace) -> None:
    found = settings.from_env()
    vault = Vault(found.secret_keys)
    salesforce_id = id18(parsed.salesforce_id)
    if len(salesforce_id) != 18 or not salesforce_id.startswith("00D"):  # noqa: PLR2004  # an id has 18 characters
        raise Misconfigured("--salesforce-id must be an organization id: 15 or 18 characters that begin with 00D.")
    secrets = {name: _secret(parsed, name) for name in _SECRET_FILES[parsed.kind]}
    consumer = vault.seal(salesforce_id, "consumer_secret", _read(parsed.consumer_secret_file))
    with Database(found.database_url).write() as connection:
        org_id = _org(connection, salesforce_id, (parsed.name, parse_zone(parsed.zone).key), consumer)
        _connect_salesforce(
            connection, org_id, parsed, vault.seal(str(org_id), "salesforce.secrets", json.dumps(secrets))
        )
        password = vault.seal(str(org_id), "realmagnet.password", _read(parsed.realmagnet_password_file))
        _connect_realmagnet(connection, org_id, parsed.realmagnet_username, password)
    print(f"{parsed.name}: its door is {found.public_url}/canvas/{salesforce_id}")  # noqa: T201  # the command's answer


def _secret(parsed: argparse.Namespace, name: str) -> str:
    path: Path | None = getattr(parsed, f"{name}_file")
    if path is None:
        raise Misconfigured(f"--{name.replace('_', '-')}-file is needed for --kind {parsed.kind}.")
    return _read(path)


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}.") from error


def _org(connection: Connection, salesforce_id: str, name_and_zone: tuple[str, str], consumer: str) -> int:
    name, zone = name_and_zone
    values = {"salesforce_id": salesforce_id, "name": name, "secret": consumer}
    known = connection.execute(text("SELECT id FROM orgs WHERE salesforce_id = :salesforce_id"), values).scalar()
    if known is None:
        return orgs.create(connection, salesforce_id, name, consumer, zone)
    connection.execute(
        text("UPDATE orgs SET name = :name, consumer_secret = :secret WHERE id = :id"), values | {"id": known}
    )
    return int(known)


def _connect_salesforce(connection: Connection, org_id: int, parsed: argparse.Namespace, secrets: str) -> None:
    connection.execute(
        text("""
            INSERT INTO salesforce_connections (org_id, kind, login_url, instance_url, client_id, username, secrets)
            VALUES (:org, :kind, :login, :instance, :client, :username, :secrets)
            ON CONFLICT (org_id) DO UPDATE SET kind = excluded.kind, login_url = excluded.login_url,
                instance_url = excluded.instance_url, client_id = excluded.client_id, username = excluded.username,
                secrets = excluded.secrets, access_token = '', refused = '',
                version = salesforce_connections.version + 1
        """),
        {
            "org": org_id,
            "kind": parsed.kind,
            "login": (parsed.login_url or parsed.instance_url).rstrip("/"),
            "instance": parsed.instance_url.rstrip("/"),
            "client": parsed.client_id,
            "username": parsed.username,
            "secrets": secrets,
        },
    )


def _connect_realmagnet(connection: Connection, org_id: int, username: str, password: str) -> None:
    connection.execute(
        text("""
            INSERT INTO realmagnet_connections (org_id, username, password) VALUES (:org, :username, :password)
            ON CONFLICT (org_id) DO UPDATE SET username = excluded.username, password = excluded.password, refused = ''
        """),
        {"org": org_id, "username": username, "password": password},
    )
