"""`real-magnet org invite`: lets an administrator set his organization up by himself, with a code that works once."""

import argparse

from connector import settings
from connector.commands import given
from connector.commands.troubles import open_database
from connector.store import setups

HOURS = setups.CODE_SECONDS // 3600


def invite(parsed: argparse.Namespace) -> None:
    """Make a code and say where it is entered. It is kept as its hash only: who loses it needs another one."""
    only_for = given.organization_id(parsed.salesforce_id) if parsed.salesforce_id else ""
    found = settings.from_env()
    with open_database(found.database_url) as database, database.write() as connection:
        code = setups.issue(connection, only_for)
    print(f"Set-up code: {code}")  # noqa: T201  # the command's answer
    print(f"Address:     {found.public_url.rstrip('/')}/set-up")  # noqa: T201  # the same
    print(f"It works once, within {HOURS} hours. Give both to an administrator of the organization.")  # noqa: T201  # the same
    if only_for:
        print(f"Only {only_for} takes it, and whoever logs in with it becomes an administrator there.")  # noqa: T201  # the same
    else:
        print("An organization that is here already takes only a code made with --salesforce-id.")  # noqa: T201  # the same
