"""A person leaves us for Salesforce's own page and comes back in another window: what was asked for, and what came.

A frame has no cookies and a window that it opens shares nothing with it, so both meet in a row here. What names it
(ticket, state, browser) is kept as a hash. The first browser with the ticket has it for itself; the state works once.
"""

import secrets
from dataclasses import dataclass, field

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Index, Integer, RowMapping, String, Table, Text, text

from connector import clock
from connector.store.database import metadata
from connector.store.users import hashed

SECONDS = 15 * 60
"""How long a person may take at Salesforce's page."""

handovers = Table(
    "handovers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("user_id", Integer, ForeignKey("users.id")),
    Column("setup_id", Integer, ForeignKey("setups.id")),
    Column("purpose", String(20), nullable=False),
    Column("ticket_hash", String(64), nullable=False),
    Column("state_hash", String(64), nullable=False, server_default=""),
    Column("browser_hash", String(64), nullable=False, server_default=""),
    Column("draft", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("came_back_at", BigInteger),
    Column("outcome", String(20), nullable=False, server_default=""),
    Column("words", Text, nullable=False, server_default=""),
    Index("uq_handovers_ticket_hash", "ticket_hash", unique=True),
    Index("ix_handovers_state_hash", "state_hash"),
    Index("ix_handovers_expires_at", "expires_at"),
)
"""`draft` is encrypted JSON: what the connection will be, and PKCE's verifier. `outcome` is empty while the person is
away, then done or failed, and `words` say more. `user_id` asked from a frame; `setup_id` belongs to a set-up."""


@dataclass(frozen=True)
class Asked:
    """What a person sets out for. `draft` comes encrypted, bound to nobody but the org."""

    org_id: int
    purpose: str
    draft: str = field(repr=False)
    user_id: int | None = None
    setup_id: int | None = None


def begin(connection: Connection, asked: Asked) -> tuple[int, str]:
    """Prepare to leave; answers the row's id, for who waits, and the one-use ticket, for who goes."""
    now = clock.milliseconds(clock.now())
    connection.execute(text("DELETE FROM handovers WHERE expires_at < :old"), {"old": now - SECONDS * 1000})
    ticket = secrets.token_urlsafe(24)
    result = connection.execute(
        handovers.insert()
        .values(
            org_id=asked.org_id,
            user_id=asked.user_id,
            setup_id=asked.setup_id,
            purpose=asked.purpose,
            ticket_hash=hashed(ticket),
            draft=asked.draft,
            created_at=now,
            expires_at=now + SECONDS * 1000,
        )
        .returning(handovers.c.id)
    )
    return int(result.scalar_one()), ticket


def leave(connection: Connection, ticket: str, state: str, browser: str) -> RowMapping | None:
    """Go: `state` will come back, to this `browser`, which alone may go again while nobody came back.

    None when the ticket is none any more.
    """
    statement = text("""
        UPDATE handovers SET state_hash = :state, browser_hash = :browser
        WHERE ticket_hash = :ticket AND browser_hash IN ('', :browser) AND came_back_at IS NULL AND outcome = ''
        AND expires_at > :now RETURNING *
    """)
    values = {
        "state": hashed(state),
        "browser": hashed(browser),
        "ticket": hashed(ticket),
        "now": clock.milliseconds(clock.now()),
    }
    return connection.execute(statement, values).mappings().first()


def come_back(connection: Connection, state: str, browser: str) -> RowMapping | None:
    """Use the state up; None when it is none, was used, is late, or came back to another browser."""
    statement = text("""
        UPDATE handovers SET came_back_at = :now
        WHERE state_hash = :state AND browser_hash = :browser AND came_back_at IS NULL AND expires_at > :now
        RETURNING *
    """)
    values = {"state": hashed(state), "browser": hashed(browser), "now": clock.milliseconds(clock.now())}
    return connection.execute(statement, values).mappings().first()


def purpose_of(connection: Connection, ticket_or_state: str) -> str:
    """What a ticket or a state was for, be it used up or late; empty for none that is remembered."""
    statement = text("SELECT purpose FROM handovers WHERE ticket_hash = :hash OR state_hash = :hash")
    return str(connection.execute(statement, {"hash": hashed(ticket_or_state)}).scalar() or "")


def settle(connection: Connection, handover_id: int, outcome: str, words: str) -> None:
    """Say what came of it, to whoever waits, and forget the draft."""
    connection.execute(
        text("UPDATE handovers SET outcome = :outcome, words = :words, draft = '' WHERE id = :id"),
        {"outcome": outcome, "words": words, "id": handover_id},
    )


def waiting(connection: Connection, org_id: int, user_id: int, handover_id: int) -> RowMapping | None:
    """How it stands, for the user who set out."""
    statement = text("SELECT * FROM handovers WHERE id = :id AND org_id = :org AND user_id = :user")
    values = {"id": handover_id, "org": org_id, "user": user_id}
    return connection.execute(statement, values).mappings().first()


def of_nobody(connection: Connection, org_id: int, handover_id: int) -> RowMapping | None:
    """How it stands for who set out before anybody knew him; never one of a user or a set-up."""
    statement = text(
        "SELECT * FROM handovers WHERE id = :id AND org_id = :org AND user_id IS NULL AND setup_id IS NULL"
    )
    return connection.execute(statement, {"id": handover_id, "org": org_id}).mappings().first()
