"""Takes every stored secret to the newest key of the ring, so that an older key can be thrown away."""

from sqlalchemy import Column, Table, and_, select

from connector.store.database import Database
from connector.store.handovers import handovers
from connector.store.intake import intake_keys
from connector.store.notices import notice_addresses
from connector.store.orgs import orgs, realmagnet_connections, salesforce_connections
from connector.store.setups import setups
from connector.store.users import sessions
from connector.store.vault import Vault

INTAKE_FIELD = "intake.key"
"""Under this name keys are sealed that sign what other programs send."""

SEALED: tuple[tuple[Table, str], ...] = (
    (setups, "consumer_secret"),
    (orgs, "consumer_secret"),
    (salesforce_connections, "secrets"),
    (salesforce_connections, "access_token"),
    (realmagnet_connections, "password"),
    (sessions, "access_token"),
    (handovers, "draft"),
    (notice_addresses, "secret"),
    (intake_keys, "secret"),
)
"""Every column that holds what the vault sealed. A set-up that ends hands its secret on to the org as it is sealed, so
that set-ups go first."""


def rotate(database: Database, vault: Vault) -> int:
    """Seal everything again with the newest key; answers how many secrets there are.

    Every process must know the new key by then. Raises `Misconfigured`, and leaves the secret as it is, when none of
    the ring's keys opens it. It can be stopped and begun again at any time.
    """
    return sum(_rotate_column(database, vault, table, table.c[column]) for table, column in SEALED)


def _rotate_column(database: Database, vault: Vault, table: Table, column: Column[str]) -> int:
    keys = list(table.primary_key.columns)
    with database.read() as connection:
        rows = connection.execute(select(column, *keys).where(column != "")).all()
    for old, *values in rows:
        again = vault.rotate(old)
        same_row = and_(*(key == value for key, value in zip(keys, values, strict=True)), column == old)
        with database.write() as connection:  # one by one: who renews a token meanwhile has sealed it anew himself
            connection.execute(table.update().where(same_row).values({column.name: again}))
    return len(rows)
