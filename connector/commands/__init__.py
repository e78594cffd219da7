"""The operator's commands: make a key, migrate the database, create an org. Secrets come from files, never as words."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from connector import settings
from connector.commands import invitation, keys, organization, troubles
from connector.errors import ConnectorError
from connector.model.storage import PRESETS
from connector.store.migrate import migrate


def main(words: Sequence[str] | None = None) -> int:
    """Carry out one command. Answers the process's exit status; an error is one plain sentence on standard error."""
    parsed = _parser().parse_args(words)
    try:
        parsed.carry_out(parsed)
    except ConnectorError as error:
        return _failed(f"{error} {error.advice}".rstrip())
    except DBAPIError as error:
        sentence = troubles.explained(error)
        if sentence is None:  # a mistake of ours: whoever mends it needs all of it
            raise
        return _failed(sentence)
    return 0


def _failed(sentence: str) -> int:
    print(f"real-magnet: {sentence}", file=sys.stderr)  # noqa: T201  # it is a command
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="real-magnet", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    key = commands.add_parser("key", help="print a new key for SECRET_KEYS")
    key.set_defaults(carry_out=keys.make)
    again = commands.add_parser("rotate-keys", help="seal every stored secret with the first of SECRET_KEYS")
    again.set_defaults(carry_out=keys.rotate)
    step = commands.add_parser("migrate", help="bring the database's tables up to date")
    step.set_defaults(carry_out=_migrate)
    org = commands.add_parser("org", help="the organizations that use this installation")
    actions = org.add_subparsers(required=True, metavar="ACTION")
    _add_create(actions.add_parser("create", help="add one, or replace how it is connected"))
    invite = actions.add_parser("invite", help="print a code with which an administrator sets one up")
    invite.set_defaults(carry_out=invitation.invite)
    invite.add_argument(
        "--salesforce-id", default="", help="the only organization that takes it; needed for one that is here already"
    )
    listing = actions.add_parser("list", help="show them")
    listing.set_defaults(carry_out=_list)
    return parser


def _add_create(create: argparse.ArgumentParser) -> None:
    create.set_defaults(carry_out=organization.create)
    create.add_argument("--salesforce-id", required=True, help="the organization's id, 15 or 18 characters")
    create.add_argument("--name", required=True)
    create.add_argument(
        "--zone", default="UTC", help="the night's time zone, such as America/New_York; UTC unless said"
    )
    create.add_argument(
        "--storage",
        choices=sorted(PRESETS),
        default="recommended",
        help="where activity of a new organization is kept; Manage Data changes it",
    )
    create.add_argument("--consumer-secret-file", required=True, type=Path, help="the key that signs Canvas requests")
    create.add_argument("--instance-url", required=True, help="https://YOUR-DOMAIN.my.salesforce.com")
    create.add_argument("--login-url", help="where tokens come from; the instance itself unless said otherwise")
    create.add_argument(
        "--kind", required=True, choices=sorted(organization.SECRET_FILES), help="how the workers connect"
    )
    create.add_argument("--client-id", default="", help="the consumer key of the External Client App")
    create.add_argument("--username", default="", help="for jwt and password")
    for name in ("client-secret", "refresh-token", "private-key", "password"):
        create.add_argument(f"--{name}-file", type=Path)
    create.add_argument("--realmagnet-username", required=True)
    create.add_argument("--realmagnet-password-file", required=True, type=Path)


def _migrate(_parsed: argparse.Namespace) -> None:
    with troubles.open_database(settings.from_env().database_url) as database:
        migrate(database)


def _list(_parsed: argparse.Namespace) -> None:
    with troubles.open_database(settings.from_env().database_url) as database, database.read() as connection:
        for number, salesforce_id, name in connection.execute(text("SELECT id, salesforce_id, name FROM orgs")):
            print(number, salesforce_id, name, sep="\t")  # noqa: T201  # the command's answer
