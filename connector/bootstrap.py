"""Settings become services here and nowhere else: the one place that chooses classes and joins store to gateways."""

import json
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from redis import Redis
from sqlalchemy import text

from connector import clock
from connector.activity.night import Night
from connector.activity.nightly import run_night
from connector.errors import CredentialsRefused, NotFound, Temporary
from connector.model.people import id18
from connector.realmagnet.gateway import RealMagnet
from connector.salesforce.gateway import Salesforce
from connector.salesforce.tokens import AccessToken, Connection
from connector.settings import Settings
from connector.store import upload_jobs
from connector.store.database import Database
from connector.store.leases import Lease
from connector.store.vault import Vault
from connector.uploads.job_work import JobWork
from connector.uploads.preview import run_preview
from connector.uploads.run import run_upload
from connector.uploads.send import run_send
from connector.work import Work

REFRESH_SECONDS = 30
"""Longest that one process may take to refresh a token before another tries."""


@dataclass(frozen=True)
class Services:
    """Everything an entry point works with."""

    settings: Settings
    database: Database
    vault: Vault
    redis: Redis
    salesforce: Callable[[int], Salesforce]
    realmagnet: Callable[[int], RealMagnet]


def services(settings: Settings) -> Services:
    """Build them. Call it inside the process that uses them: connections do not survive a fork."""
    database = Database(settings.database_url)
    vault = Vault(settings.secret_keys)
    return Services(
        settings=settings,
        database=database,
        vault=vault,
        redis=Redis.from_url(settings.redis_url),
        salesforce=lambda org_id: Salesforce(OrgTokens(database, vault, org_id), settings),
        realmagnet=lambda org_id: _realmagnet(database, vault, org_id, settings),
    )


def perform_night(found: Services, run_id: int, lease: Lease) -> bool:
    """One run's night over these services. True when nothing was rejected and the books close."""
    night = Night(
        settings=found.settings,
        database=found.database,
        salesforce=found.salesforce(lease.org_id),
        realmagnet=found.realmagnet(lease.org_id),
        run_id=run_id,
        lease=lease,
    )
    try:
        return run_night(night)
    finally:
        night.salesforce.close()
        night.realmagnet.close()


def perform_preview(found: Services, run_id: int, lease: Lease) -> bool:
    """One run's preview of an upload job over these services."""
    with _job_work(found, run_id, lease) as work:
        return run_preview(work)


def perform_upload(found: Services, run_id: int, lease: Lease) -> bool:
    """One run of an upload job over these services. True when nobody was rejected."""
    with _job_work(found, run_id, lease) as work:
        return run_upload(work)


def perform_send(found: Services, run_id: int, lease: Lease) -> bool:
    """One send over these services."""
    realmagnet = found.realmagnet(lease.org_id)
    try:
        return run_send(Work(found.settings, found.database, run_id, lease), _subject(found, run_id), realmagnet)
    finally:
        realmagnet.close()


@contextmanager
def _job_work(found: Services, run_id: int, lease: Lease) -> Generator[JobWork]:
    job_id = _subject(found, run_id)
    with found.database.read() as connection:
        job = upload_jobs.get(connection, lease.org_id, job_id)
    if job is None:
        raise NotFound("This upload job was deleted.")
    work = JobWork(
        settings=found.settings,
        database=found.database,
        run_id=run_id,
        lease=lease,
        salesforce=found.salesforce(lease.org_id),
        realmagnet=found.realmagnet(lease.org_id),
        job=job,
    )
    try:
        yield work
    finally:
        work.salesforce.close()
        work.realmagnet.close()


def _subject(found: Services, run_id: int) -> int:
    with found.database.read() as connection:
        return int(connection.execute(text("SELECT subject_id FROM runs WHERE id = :id"), {"id": run_id}).scalar_one())


def _realmagnet(database: Database, vault: Vault, org_id: int, settings: Settings) -> RealMagnet:
    statement = text("SELECT username, password FROM realmagnet_connections WHERE org_id = :org")
    with database.read() as connection:
        row = connection.execute(statement, {"org": org_id}).first()
    if row is None:
        raise CredentialsRefused(
            "Real Magnet is not connected.", advice="The operator connects it with real-magnet org create."
        )
    return RealMagnet(row.username, vault.open(str(org_id), "realmagnet.password", row.password), settings)


class OrgTokens:
    """An org's Salesforce connection in the store, as the gateway's `TokenKeeper`."""

    def __init__(self, database: Database, vault: Vault, org_id: int) -> None:
        self._database = database
        self._vault = vault
        self._org_id = org_id

    def load(self) -> Connection:
        """The connection with its secrets in the clear. Raises `CredentialsRefused` when there is none."""
        statement = text("SELECT * FROM salesforce_connections WHERE org_id = :org")
        with self._database.read() as connection:
            row = connection.execute(statement, {"org": self._org_id}).mappings().first()
        if row is None:
            raise CredentialsRefused(
                "Salesforce is not connected.", advice="The operator connects it with real-magnet org create."
            )
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
            raise CredentialsRefused(
                reason, advice="The operator connects this organization again with real-magnet org create."
            )

    def refused(self, reason: str) -> None:
        """Remember that a person must connect again; Home shows it."""
        self._update("refused = :reason", {"reason": reason})

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
