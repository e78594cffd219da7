"""Settings become services here and nowhere else: the one place that chooses classes and joins store to gateways."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from redis import Redis
from sqlalchemy import text

from connector.activity.again import run_again
from connector.activity.backfill import run_backfill
from connector.activity.deleting import run_deletion
from connector.activity.look import run_look
from connector.activity.night import Night
from connector.activity.nightly import run_gap, run_night, run_write
from connector.activity.updating import run_update
from connector.connection import governor
from connector.connection.org_tokens import OrgTokens
from connector.errors import CredentialsRefused, NotFound
from connector.messaging.desk import SingleWork
from connector.messaging.single import run_single_send
from connector.model.scope import Scope
from connector.realmagnet.gateway import RealMagnet
from connector.salesforce.gateway import Salesforce
from connector.settings import Settings
from connector.store import scopes, upload_jobs
from connector.store.database import Database
from connector.store.leases import Lease
from connector.store.vault import Vault
from connector.uploads.job_work import JobWork
from connector.uploads.preview import run_preview
from connector.uploads.run import run_upload
from connector.uploads.send import run_send
from connector.work import Work


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
        salesforce=lambda org_id: Salesforce(
            OrgTokens(database, vault, org_id), settings, partial(governor.tally, database, org_id)
        ),
        realmagnet=lambda org_id: _realmagnet(database, vault, org_id, settings),
    )


def perform_night(found: Services, run_id: int, lease: Lease) -> bool:
    """One run's night over these services. True when nothing was rejected and the books close."""
    with _night(found, run_id, lease) as night:
        return run_night(night)


def perform_write(found: Services, run_id: int, lease: Lease) -> bool:
    """What waits in the ledger, written over these services. True when nothing was rejected and the books close."""
    with _night(found, run_id, lease) as night:
        return run_write(night)


def perform_gap(found: Services, run_id: int, lease: Lease) -> bool:
    """What differs, found and set right over these services. True when nothing was rejected and the books close."""
    with _night(found, run_id, lease) as night:
        return run_gap(night, _scope(found, lease.org_id, run_id))


def perform_again(found: Services, run_id: int, lease: Lease) -> bool:
    """A scope run again over these services. True when nothing was rejected and the books close."""
    with _night(found, run_id, lease) as night:
        return run_again(night, _scope(found, lease.org_id, run_id))


def perform_update(found: Services, run_id: int, lease: Lease) -> bool:
    """One message or one person, read over these services."""
    with _night(found, run_id, lease) as night:
        return run_update(night, _scope(found, lease.org_id, run_id))


def perform_backfill(found: Services, run_id: int, lease: Lease) -> bool:
    """A range of days, read over these services."""
    with _night(found, run_id, lease) as night:
        return run_backfill(night, _scope(found, lease.org_id, run_id))


def perform_deletion(found: Services, run_id: int, lease: Lease) -> bool:
    """One deletion over these services. True when Salesforce deleted every row."""
    with _night(found, run_id, lease) as night:
        return run_deletion(night, _subject(found, run_id))


def perform_single_send(found: Services, run_id: int, lease: Lease) -> bool:
    """One message to one person over these services. True when Real Magnet took it."""
    with _night(found, run_id, lease) as night:
        work = SingleWork(night.settings, night.database, run_id, lease, night.salesforce, night.realmagnet)
        return run_single_send(work, _subject(found, run_id))


def perform_look(found: Services, run_id: int, lease: Lease) -> bool:
    """What a night would write, over these services. True when it fits into Salesforce's storage."""
    with _night(found, run_id, lease) as night:
        return run_look(night)


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
def _night(found: Services, run_id: int, lease: Lease) -> Generator[Night]:
    night = Night(
        settings=found.settings,
        database=found.database,
        salesforce=found.salesforce(lease.org_id),
        realmagnet=found.realmagnet(lease.org_id),
        run_id=run_id,
        lease=lease,
    )
    try:
        yield night
    finally:
        night.salesforce.close()
        night.realmagnet.close()


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


def _scope(found: Services, org_id: int, run_id: int) -> Scope:
    with found.database.read() as connection:
        scope = scopes.get(connection, org_id, _subject(found, run_id))
    if scope is None:
        raise NotFound("Nobody knows any more what this run is about.")
    return scope


def _subject(found: Services, run_id: int) -> int:
    with found.database.read() as connection:
        return int(connection.execute(text("SELECT subject_id FROM runs WHERE id = :id"), {"id": run_id}).scalar_one())


def _realmagnet(database: Database, vault: Vault, org_id: int, settings: Settings) -> RealMagnet:
    statement = text("SELECT username, password FROM realmagnet_connections WHERE org_id = :org")
    with database.read() as connection:
        row = connection.execute(statement, {"org": org_id}).first()
    if row is None:
        raise CredentialsRefused(
            "Real Magnet is not connected.",
            advice="Someone with the right to Settings connects it: Connection → Connect Real Magnet.",
        )

    def refused(reason: str) -> None:
        """Home shows it at once; a login that was entered meanwhile is not meant."""
        noting = text("UPDATE realmagnet_connections SET refused = :why WHERE org_id = :org AND password = :used")
        with database.write() as connection:
            connection.execute(noting, {"why": reason, "org": org_id, "used": row.password})

    password = vault.open(str(org_id), "realmagnet.password", row.password)
    return RealMagnet(row.username, password, settings, refused=refused)
