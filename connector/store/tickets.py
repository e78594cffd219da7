"""One-use tickets for downloads: a browser that fetches a file by itself cannot carry our token."""

import secrets
from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Index, Integer, String, Table, Text, text

from connector import clock
from connector.store.database import metadata
from connector.store.users import hashed

SECONDS = 60
"""How long a ticket waits for its download to begin."""

tickets = Table(
    "tickets",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("user_id", Integer, ForeignKey("users.id"), nullable=False),
    Column("run_id", Integer, ForeignKey("runs.id")),
    Column("what", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index("ix_tickets_expires_at", "expires_at"),
)
"""The ticket itself is kept nowhere, only its SHA-256. `what` names the rows of the run that it is good for;
without a run it is the query of a list."""


@dataclass(frozen=True)
class Ticket:
    """What a ticket is good for, once; `run_id` is 0 for what belongs to no run."""

    org_id: int
    user_id: int
    run_id: int
    what: str


def issue(connection: Connection, ticket: Ticket) -> str:
    """A new ticket; those that nobody used in time are forgotten on the way."""
    now = clock.milliseconds(clock.now())
    connection.execute(text("DELETE FROM tickets WHERE expires_at < :now"), {"now": now})
    name = secrets.token_urlsafe(24)
    connection.execute(
        tickets.insert().values(
            hash=hashed(name),
            org_id=ticket.org_id,
            user_id=ticket.user_id,
            run_id=ticket.run_id or None,
            what=ticket.what,
            expires_at=now + SECONDS * 1000,
        )
    )
    return name


def use(connection: Connection, name: str) -> Ticket | None:
    """Use a ticket up; None when it is none, was used before or came too late."""
    statement = text("DELETE FROM tickets WHERE hash = :hash RETURNING org_id, user_id, run_id, what, expires_at")
    row = connection.execute(statement, {"hash": hashed(name)}).first()
    if row is None or row.expires_at < clock.milliseconds(clock.now()):
        return None
    return Ticket(int(row.org_id), int(row.user_id), int(row.run_id or 0), str(row.what))
