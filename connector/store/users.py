"""Who uses the connector: Salesforce users, their frame sessions, and the launches already seen.

No session's identifier is kept, only its hash; the token that a launch carried is kept encrypted, to prove again that
its user is welcome.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Index, Integer, RowMapping, String, Table, Text, text

from connector import clock
from connector.store.database import metadata

LAUNCH_MEMORY = 7 * 24 * 3600 * 1000
"""How long a launch is remembered, in milliseconds. Salesforce's own token in it dies sooner: it lives for a day at
most after its last use, and we use it for twelve hours."""

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("salesforce_id", String(18), nullable=False),
    Column("name", String(255), nullable=False, server_default=""),
    Column("locale", String(20), nullable=False, server_default="en_US"),
    Column("zone", String(64), nullable=False, server_default="UTC"),
    Column("realmagnet_login", String(255), nullable=False, server_default=""),
    Column("linked_at", BigInteger),
    Column("seen_at", BigInteger, nullable=False),
    Column("profile", String(120), nullable=False, server_default=""),
    Column("permission_sets", Text, nullable=False, server_default="[]"),
    Column("learned_at", BigInteger),
    Column("barred_at", BigInteger),
    Index("uq_users_org_id", "org_id", "salesforce_id", unique=True),
)
"""`realmagnet_login` is empty until the user has logged in to Real Magnet once. `profile` and `permission_sets` (a JSON
array) are API names, as Salesforce told at `learned_at`; a barred user gets no session."""

sessions = Table(
    "sessions",
    metadata,
    Column("id_hash", String(64), primary_key=True),
    Column("user_id", Integer, ForeignKey("users.id"), nullable=False),
    Column("instance_url", String(255), nullable=False),
    Column("access_token", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("proved_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("record_id", String(18), nullable=False, server_default=""),
    Index("ix_sessions_user_id", "user_id"),
    Index("ix_sessions_expires_at", "expires_at"),
)
"""`proved_at` is when Salesforce last said that the user is active; `access_token` is encrypted; `record_id` is the
Salesforce record on whose page the frame stands, empty in the tab."""

launches = Table(
    "launches",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True, autoincrement=False),
    Column("hash", String(64), primary_key=True),
    Column("seen_at", BigInteger, nullable=False),
    Column("asked_at", BigInteger),
    Index("ix_launches_seen_at", "seen_at"),
)
"""Launches used up, by SHA-256; `asked_at` is when a repeated one last made us ask for a fresh one."""


@dataclass(frozen=True)
class Identity:
    """A Salesforce user as a launch names him."""

    salesforce_id: str
    name: str = field(repr=False)
    locale: str
    zone: str


@dataclass(frozen=True)
class NewSession:
    """What a session is opened with. `access_token` comes encrypted; `seconds` is its longest life."""

    id_hash: str
    instance_url: str
    access_token: str = field(repr=False)
    seconds: float
    record_id: str = ""


def hashed(identifier: str) -> str:
    """The form in which a session's identifier or a launch is kept: hex SHA-256."""
    return hashlib.sha256(identifier.encode()).hexdigest()


def welcome(connection: Connection, org_id: int, identity: Identity) -> int:
    """Remember a user with what Salesforce now says of him; answers his id."""
    return int(
        connection.execute(
            text("""
                INSERT INTO users (org_id, salesforce_id, name, locale, zone, seen_at)
                VALUES (:org, :salesforce_id, :name, :locale, :zone, :now)
                ON CONFLICT (org_id, salesforce_id) DO UPDATE SET name = excluded.name, locale = excluded.locale,
                    zone = excluded.zone, seen_at = excluded.seen_at
                RETURNING id
            """),
            {
                "org": org_id,
                "salesforce_id": identity.salesforce_id,
                "name": identity.name[:255],
                "locale": identity.locale[:20],
                "zone": identity.zone[:64],
                "now": clock.milliseconds(clock.now()),
            },
        ).scalar_one()
    )


def link(connection: Connection, user_id: int, realmagnet_login: str) -> None:
    """From now on this Salesforce user is that Real Magnet user."""
    connection.execute(
        text("UPDATE users SET realmagnet_login = :login, linked_at = :now WHERE id = :id"),
        {"login": realmagnet_login[:255], "now": clock.milliseconds(clock.now()), "id": user_id},
    )


def learned(connection: Connection, user_id: int, seconds: float) -> bool:
    """Whether what a user holds in Salesforce was asked within so many seconds."""
    statement = text("SELECT learned_at FROM users WHERE id = :id")
    at = connection.execute(statement, {"id": user_id}).scalar()
    return at is not None and int(at) > clock.milliseconds(clock.now()) - seconds * 1000


def learn(connection: Connection, user_id: int, profile: str, permission_sets: Sequence[str]) -> None:
    """Salesforce has just told which profile and permission sets a user holds, by their API names."""
    connection.execute(
        text("UPDATE users SET profile = :profile, permission_sets = :sets, learned_at = :now WHERE id = :id"),
        {
            "profile": profile[:120],
            "sets": json.dumps(sorted(permission_sets)),
            "now": clock.milliseconds(clock.now()),
            "id": user_id,
        },
    )


def org_of(connection: Connection, user_id: int) -> int:
    """The org that a user belongs to."""
    return int(connection.execute(text("SELECT org_id FROM users WHERE id = :id"), {"id": user_id}).scalar_one())


def is_barred(connection: Connection, user_id: int) -> bool:
    """Whether somebody shut this user out."""
    return connection.execute(text("SELECT barred_at FROM users WHERE id = :id"), {"id": user_id}).scalar() is not None


def open_session(connection: Connection, user_id: int, new: NewSession) -> None:
    """A session that was just proved; those that ended are forgotten on the way."""
    now = clock.milliseconds(clock.now())
    connection.execute(text("DELETE FROM sessions WHERE expires_at < :now"), {"now": now})
    connection.execute(
        sessions.insert().values(
            id_hash=new.id_hash,
            user_id=user_id,
            instance_url=new.instance_url,
            access_token=new.access_token,
            created_at=now,
            expires_at=now + int(new.seconds * 1000),
            proved_at=now,
            record_id=new.record_id,
        )
    )


def session(connection: Connection, id_hash: str) -> RowMapping | None:
    """A session that still holds, with its user and org."""
    statement = text("""
        SELECT s.id_hash, s.instance_url, s.access_token, s.proved_at, s.record_id, u.id AS user_id, u.org_id,
               u.salesforce_id AS user_salesforce_id, u.name, u.locale, u.zone, u.realmagnet_login,
               o.salesforce_id AS org_salesforce_id, o.name AS org_name
        FROM sessions s JOIN users u ON u.id = s.user_id JOIN orgs o ON o.id = u.org_id
        WHERE s.id_hash = :hash AND s.revoked_at IS NULL AND s.expires_at > :now AND u.barred_at IS NULL
    """)
    values = {"hash": id_hash, "now": clock.milliseconds(clock.now())}
    return connection.execute(statement, values).mappings().first()


def user_of(connection: Connection, id_hash: str) -> int | None:
    """The user of a session that was not revoked, even if its time is over; None when nobody knows it any more."""
    statement = text("SELECT user_id FROM sessions WHERE id_hash = :hash AND revoked_at IS NULL")
    found = connection.execute(statement, {"hash": id_hash}).scalar()
    return None if found is None else int(found)


def prove(connection: Connection, id_hash: str) -> None:
    """Salesforce has just said that the session's user is active."""
    statement = text("UPDATE sessions SET proved_at = :now WHERE id_hash = :hash")
    connection.execute(statement, {"now": clock.milliseconds(clock.now()), "hash": id_hash})


def revoke(connection: Connection, id_hash: str) -> None:
    """End one session; it holds no longer from the next request on."""
    statement = text("UPDATE sessions SET revoked_at = :now WHERE id_hash = :hash AND revoked_at IS NULL")
    connection.execute(statement, {"now": clock.milliseconds(clock.now()), "hash": id_hash})


def claim_launch(connection: Connection, org_id: int, launch_hash: str) -> bool:
    """Use a launch up; False when it was used before. Two at once: one gets it."""
    now = clock.milliseconds(clock.now())
    connection.execute(text("DELETE FROM launches WHERE seen_at < :old"), {"old": now - LAUNCH_MEMORY})
    statement = text(
        "INSERT INTO launches (org_id, hash, seen_at) VALUES (:org, :hash, :now) ON CONFLICT (org_id, hash) DO NOTHING"
    )
    return bool(connection.execute(statement, {"org": org_id, "hash": launch_hash, "now": now}).rowcount)


def ask_afresh(connection: Connection, org_id: int, launch_hash: str, patience: float) -> bool:
    """Whether a repeated launch may ask its parent for a fresh one: not if it did within `patience` seconds."""
    now = clock.milliseconds(clock.now())
    statement = text(
        "UPDATE launches SET asked_at = :now WHERE org_id = :org AND hash = :hash "
        "AND (asked_at IS NULL OR asked_at < :recently)"
    )
    values = {"org": org_id, "hash": launch_hash, "now": now, "recently": now - int(patience * 1000)}
    return bool(connection.execute(statement, values).rowcount)
