"""What is to be told to whom: made with its notice, taken by one process at a time, sent or given up. It sends nothing.

A delivery is *waiting* in the store before it is sent and *sent* after. A process that dies between the two leaves it
waiting, and it is told once more: never lost, and twice at worst.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, RowMapping, text

from connector import clock
from connector.model.notices import Event
from connector.store.database import Database
from connector.store.notices import notice_deliveries

WAITS = (60, 5 * 60, 30 * 60, 2 * 3600)
"""Seconds before each further attempt; after the last one it has failed."""

TAKEN = 180
"""Seconds for which a process that sends has a delivery to itself; longer than the slowest mail server may take."""


@dataclass(frozen=True)
class Told:
    """What is told: of which notice, to which addresses, in which words (JSON)."""

    org_id: int
    notice_id: int | None
    event: Event
    body: str = field(repr=False)


@dataclass(frozen=True)
class Delivery:
    """One delivery that was taken to be sent. `attempts` counts this one, too."""

    id: int
    org_id: int
    address_id: int
    attempts: int
    made_at: int
    body: str = field(repr=False)


def make(connection: Connection, told: Told, addresses: Sequence[int]) -> None:
    """Let it be told to these addresses, to each once."""
    now = clock.milliseconds(clock.now())
    statement = text("""
        INSERT INTO notice_deliveries (org_id, notice_id, address_id, event, state, made_at, retry_at, body)
        VALUES (:org, :notice, :address, :event, 'waiting', :now, :now, :body) ON CONFLICT DO NOTHING
    """)
    values = {"org": told.org_id, "notice": told.notice_id, "event": str(told.event), "now": now, "body": told.body}
    for address in addresses:
        connection.execute(statement, {**values, "address": address})


def take(database: Database) -> Delivery | None:
    """The delivery that has waited longest, for this process alone for a while; None when nothing is due.

    The end of a trouble waits for its beginning: nobody is told first that it is over.
    """
    now = clock.milliseconds(clock.now())
    due = text("""
        SELECT d.id, d.retry_at FROM notice_deliveries d WHERE d.state = 'waiting' AND d.retry_at <= :now
        AND NOT EXISTS (SELECT 1 FROM notice_deliveries b WHERE b.notice_id = d.notice_id
            AND b.address_id = d.address_id AND b.id < d.id AND b.state = 'waiting')
        ORDER BY d.retry_at, d.id LIMIT 20
    """)
    taking = text(
        "UPDATE notice_deliveries SET retry_at = :until, attempts = attempts + 1 "
        "WHERE id = :id AND state = 'waiting' AND retry_at = :seen "
        "RETURNING id, org_id, address_id, attempts, made_at, body"
    )
    with database.read() as connection:
        found = connection.execute(due, {"now": now}).all()
    for delivery_id, seen in found:
        with database.write() as connection:
            values = {"id": delivery_id, "seen": seen, "until": now + TAKEN * 1000}
            row = connection.execute(taking, values).first()
        if row is not None:
            return Delivery(*row)
    return None


def sent(connection: Connection, delivery: Delivery, answer: str) -> None:
    """It arrived."""
    _settle(connection, delivery, "sent", answer, None)


def refused(connection: Connection, delivery: Delivery, answer: str, *, for_good: bool = False) -> None:
    """It did not arrive: later again, unless it was tried often enough."""
    if for_good or delivery.attempts > len(WAITS):
        _settle(connection, delivery, "failed", answer, None)
    else:
        again = clock.milliseconds(clock.now()) + WAITS[delivery.attempts - 1] * 1000
        _settle(connection, delivery, "waiting", answer, again)


def _settle(connection: Connection, delivery: Delivery, state: str, answer: str, again: int | None) -> None:
    statement = text("""
        UPDATE notice_deliveries SET state = :state, answer = :answer, retry_at = :again, ended_at = :ended
        WHERE id = :id AND state = 'waiting' AND attempts = :attempts
    """)
    ended = None if again else clock.milliseconds(clock.now())
    values = {"id": delivery.id, "attempts": delivery.attempts, "state": state, "answer": answer}
    connection.execute(statement, {**values, "again": again, "ended": ended})


def note_test(connection: Connection, org_id: int, address_id: int, answer: str, *, arrived: bool) -> None:
    """A test that a person sent just now."""
    now = clock.milliseconds(clock.now())
    connection.execute(
        notice_deliveries.insert().values(
            org_id=org_id,
            address_id=address_id,
            event=Event.TEST,
            state="sent" if arrived else "failed",
            attempts=1,
            made_at=now,
            ended_at=now,
            answer=answer,
        )
    )


def troubled(connection: Connection, org_id: int, limit: int) -> Sequence[RowMapping]:
    """Deliveries of notices that failed, or that wait after a refusal, newest first, with their address and notice."""
    statement = text("""
        SELECT d.id, d.event, d.state, d.attempts, d.made_at, d.retry_at, d.ended_at, d.answer, a.address, n.headline
        FROM notice_deliveries d JOIN notice_addresses a ON a.id = d.address_id
        LEFT JOIN notices n ON n.id = d.notice_id
        WHERE d.org_id = :org AND d.event <> 'test'
        AND (d.state = 'failed' OR (d.state = 'waiting' AND d.attempts > 0 AND d.answer <> ''))
        ORDER BY d.id DESC LIMIT :limit
    """)
    return connection.execute(statement, {"org": org_id, "limit": limit}).mappings().all()
