"""An org's Salesforce connection as it is kept in the store, for every process that works with it."""

import json
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager

from sqlalchemy import text

from connector import clock
from connector.errors import CredentialsRefused, Temporary
from connector.model.people import id18
from connector.salesforce import translate
from connector.salesforce.tokens import AccessToken, Connection
from connector.store.database import Database
from connector.store.vault import Vault

REFRESH_SECONDS = 30
"""Longest that one process may take to refresh a token before another tries."""


class OrgTokens:
    """An org's Salesforce connection in the store, as the gateway's `TokenKeeper`."""

    def __init__(self, database: Database, vault: Vault, org_id: int) -> None:
        self._database = database
        self._vault = vault
        self._org_id = org_id
        self._loaded = -1

    def load(self) -> Connection:
        """The connection with its secrets in the clear. Raises `CredentialsRefused` when there is none."""
        statement = text("SELECT * FROM salesforce_connections WHERE org_id = :org")
        with self._database.read() as connection:
            row = connection.execute(statement, {"org": self._org_id}).mappings().first()
        if row is None:
            raise CredentialsRefused(
                "Salesforce is not connected.",
                advice="Someone with the right to Settings connects it: Connection → Connect Salesforce.",
            )
        self._loaded = int(row["version"])
        token = self._open("salesforce.access_token", row["access_token"]) if row["access_token"] else ""
        return Connection(
            kind=row["kind"],
            login_url=row["login_url"],
            client_id=row["client_id"],
            username=row["username"],
            instance_url=row["instance_url"],
            access_token=token,
            version=row["version"],
            **json.loads(self._open("salesforce.secrets", row["secrets"])),
        )

    @contextmanager
    def lock(self) -> Generator[None]:
        """One refresh at a time. Raises `Temporary` if another process holds it too long."""
        until = time.monotonic() + REFRESH_SECONDS
        while not self._take():
            if time.monotonic() > until:
                raise Temporary("Another process is still renewing the access to Salesforce.")
            time.sleep(0.1)
        try:
            yield
        finally:
            self._update("locked_until = 0", {})

    def replace(self, seen_version: int, token: AccessToken) -> None:
        """Store a token unless a newer one is there; a rotated refresh token is durable before it is used."""
        self._hold_to_the_org(token)
        values: dict[str, object] = {
            "token": self._seal("salesforce.access_token", token.access_token),
            "instance": token.instance_url,
            "seen": seen_version,
            "now": clock.milliseconds(clock.now()),
        }
        change = (
            "access_token = :token, instance_url = :instance, version = version + 1, refused = '', checked_at = :now"
        )
        if token.refresh_token:
            secrets = json.loads(self._open("salesforce.secrets", self._secrets())) | {
                "refresh_token": token.refresh_token
            }
            values["secrets"] = self._seal("salesforce.secrets", json.dumps(secrets))
            change += ", secrets = :secrets"
        self._update(change, values, "AND version = :seen")

    def _hold_to_the_org(self, token: AccessToken) -> None:
        """People and activity of one organization never meet those of another, whatever was entered as a login."""
        statement = text("SELECT salesforce_id FROM orgs WHERE id = :org")
        with self._database.read() as connection:
            ours = connection.execute(statement, {"org": self._org_id}).scalar_one()
        if token.organization_id and id18(token.organization_id) != ours:
            reason = "Salesforce let us in to another organization than this one."
            self.refused(reason)
            raise CredentialsRefused(reason, advice=translate.RECONNECT)

    def refused(self, reason: str) -> None:
        """Remember that a person must connect again; Home shows it. A connection made meanwhile is not meant."""
        self._update("refused = :reason", {"reason": reason, "seen": self._loaded}, "AND version = :seen")

    def _take(self) -> bool:
        now = clock.milliseconds(clock.now())
        values = {"until": now + REFRESH_SECONDS * 1000, "now": now}
        return self._update("locked_until = :until", values, "AND locked_until < :now")

    def _update(self, change: str, values: Mapping[str, object], condition: str = "") -> bool:
        statement = text(f"UPDATE salesforce_connections SET {change} WHERE org_id = :org {condition}")  # noqa: S608  # ours
        with self._database.write() as connection:
            return bool(connection.execute(statement, {**values, "org": self._org_id}).rowcount)

    def _secrets(self) -> str:
        statement = text("SELECT secrets FROM salesforce_connections WHERE org_id = :org")
        with self._database.read() as connection:
            return str(connection.execute(statement, {"org": self._org_id}).scalar_one())

    def _open(self, field: str, sealed: str) -> str:
        return self._vault.open(str(self._org_id), field, sealed)

    def _seal(self, field: str, secret: str) -> str:
        return self._vault.seal(str(self._org_id), field, secret)
