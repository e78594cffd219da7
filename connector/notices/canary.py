"""Tries every org's two connections once an hour by one cheap call each, so that a refused login is known by day.

What it finds stands where runs note it, too: in the connection's own row.
"""

from collections.abc import Callable
from contextlib import closing

import structlog

from connector.errors import ConnectorError, CredentialsRefused
from connector.realmagnet.gateway import RealMagnet
from connector.salesforce.gateway import Salesforce
from connector.store import notice_settings, orgs
from connector.store.database import Database

MOST = 20
"""Most orgs of one round."""

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class Canary:
    """Goes where a run would go."""

    def __init__(
        self, database: Database, salesforce: Callable[[int], Salesforce], realmagnet: Callable[[int], RealMagnet]
    ) -> None:
        self._database = database
        self._salesforce = salesforce
        self._realmagnet = realmagnet

    def __call__(self) -> int:
        """Try the connections that are due; answers of how many orgs."""
        with self._database.write() as connection:
            due = notice_settings.take_due_canaries(connection, MOST)
        for org_id, salesforce, realmagnet in due:
            if salesforce:
                self._try("salesforce", org_id, self._ask_salesforce)
            if realmagnet:
                self._try("realmagnet", org_id, self._ask_realmagnet)
        return len(due)

    def _try(self, vendor: str, org_id: int, ask: Callable[[int], None]) -> None:
        """A refusal is noted by who was refused; anything else passes, and is no matter of credentials."""
        try:
            ask(org_id)
        except CredentialsRefused:
            log.warning("canary.refused", org=org_id, vendor=vendor)
        except ConnectorError as trouble:
            log.info("canary.no_answer", org=org_id, vendor=vendor, why=type(trouble).__name__)

    def _ask_salesforce(self, org_id: int) -> None:
        with closing(self._salesforce(org_id)) as salesforce:
            salesforce.limits()
        with self._database.write() as connection:
            orgs.note_salesforce(connection, org_id)

    def _ask_realmagnet(self, org_id: int) -> None:
        with closing(self._realmagnet(org_id)) as realmagnet:
            account = realmagnet.login().account
        with self._database.write() as connection:
            orgs.note_account(connection, org_id, account)
