"""`real-magnet key` makes a key; `real-magnet rotate-keys` takes every stored secret to the newest one."""

import argparse

from cryptography.fernet import Fernet

from connector import settings
from connector.commands.troubles import open_database
from connector.connection import keyring
from connector.store.vault import Vault


def make(_parsed: argparse.Namespace) -> None:
    """Print a new key."""
    print(Fernet.generate_key().decode())  # noqa: T201  # the command's answer


def rotate(_parsed: argparse.Namespace) -> None:
    """Seal everything again; the database stays in use meanwhile."""
    found = settings.from_env()
    with open_database(found.database_url) as database:
        count = keyring.rotate(database, Vault(found.secret_keys))
    print(f"{count} stored secrets are sealed with the first of SECRET_KEYS.")  # noqa: T201  # the command's answer
    if len(found.secret_keys) > 1:
        print("The other keys can be taken out of SECRET_KEYS now.")  # noqa: T201  # the same
