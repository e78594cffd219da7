"""Fenced leases of an org: whoever holds one may do what it is named for, and a late former holder may not."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, text

from connector import clock
from connector.errors import LeaseLost
from connector.model.runs import ACTIVITY
from connector.store.database import Database, metadata

leases = Table(
    "leases",
    metadata,
    Column("org_id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(40), primary_key=True),
    Column("owner", String(80), nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)
"""`name` is what is leased: the org's activity in Salesforce, one group, one preview, one send. `expires_at` is
milliseconds since the epoch; `fence` only grows."""


_OURS = "WHERE org_id = :org AND name = :name AND owner = :owner AND fence = :fence"


@dataclass(frozen=True)
class Lease:
    """`lost` is set by the holder's heartbeat once it was refused: work that looks at it stops early."""

    org_id: int
    owner: str
    fence: int
    name: str = ACTIVITY.lease
    lost: Event = field(default_factory=Event, compare=False, repr=False)


def acquire(database: Database, org_id: int, owner: str, seconds: float, name: str = ACTIVITY.lease) -> Lease | None:
    """Take it if nobody holds it or its holder is late; None while somebody does."""
    now = clock.milliseconds(clock.now())
    values = {"org": org_id, "name": name, "owner": owner, "now": now, "until": now + int(seconds * 1000)}
    with database.write() as connection:
        taken = connection.execute(
            text(
                "INSERT INTO leases (org_id, name, owner, fence, expires_at) VALUES (:org, :name, :owner, 1, :until) "
                "ON CONFLICT (org_id, name) DO UPDATE SET "
                "owner = :owner, fence = leases.fence + 1, expires_at = :until "
                "WHERE leases.expires_at < :now"
            ),
            values,
        ).rowcount
        if not taken:
            return None
        statement = text("SELECT fence FROM leases WHERE org_id = :org AND name = :name")
        fence = connection.execute(statement, values).scalar_one()
    return Lease(org_id, owner, int(fence), name)


def renew(database: Database, lease: Lease, seconds: float) -> bool:
    """Hold it longer; False when it was taken over meanwhile."""
    until = clock.milliseconds(clock.now()) + int(seconds * 1000)
    with database.write() as connection:
        return bool(
            connection.execute(
                text(f"UPDATE leases SET expires_at = :until {_OURS}"),  # noqa: S608  # ours
                {"until": until, **_identity(lease)},
            ).rowcount
        )


def release(database: Database, lease: Lease) -> None:
    """Let go, if it is still ours."""
    with database.write() as connection:
        connection.execute(
            text(f"UPDATE leases SET expires_at = 0 {_OURS}"),  # noqa: S608  # ours
            _identity(lease),
        )


def held(connection: Connection, org_id: int, name: str = ACTIVITY.lease) -> bool:
    """Whether somebody holds it just now."""
    now = clock.milliseconds(clock.now())
    statement = text("SELECT 1 FROM leases WHERE org_id = :org AND name = :name AND expires_at >= :now")
    return connection.execute(statement, {"org": org_id, "name": name, "now": now}).first() is not None


_CHECK = text(f"SELECT 1 FROM leases {_OURS}")  # noqa: S608  # ours
_CHECK_AND_LOCK = text(f"SELECT 1 FROM leases {_OURS} FOR SHARE")  # noqa: S608  # ours


@contextmanager
def fenced(database: Database, lease: Lease) -> Generator[Connection]:
    """A write transaction of the holder. Raises `LeaseLost`, and changes nothing, for anybody else.

    On PostgreSQL the row is locked until the end, so nobody can take over between the look and the write; SQLite's
    write lock does the same.
    """
    with database.write() as connection:
        check(connection, lease)
        yield connection


def check(connection: Connection, lease: Lease) -> None:
    """Raise `LeaseLost` unless the lease is still this holder's."""
    statement = _CHECK if connection.dialect.name == "sqlite" else _CHECK_AND_LOCK
    found = connection.execute(statement, _identity(lease)).first()
    if found is None:
        raise LeaseLost("Another worker has taken over this organization's run.")


def _identity(lease: Lease) -> dict[str, object]:
    return {"org": lease.org_id, "name": lease.name, "owner": lease.owner, "fence": lease.fence}
