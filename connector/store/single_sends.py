"""Messages to one person: who sent what to whom, and how far it is. The row stands before anything is sent."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Index, Integer, RowMapping, String, Table, Text, text

from connector import clock
from connector.model.activity import Channel
from connector.model.single_sends import NewSingleSend, SendState, SingleSend
from connector.store.database import metadata

TEXT_LENGTH = 255

single_sends = Table(
    "single_sends",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("user_id", Integer, ForeignKey("users.id")),
    Column("person_id", String(18), nullable=False),
    Column("message_id", BigInteger, nullable=False),
    Column("message_name", String(TEXT_LENGTH), nullable=False, server_default=""),
    Column("ticket", String(64), nullable=False),
    Column("channel", String(10), nullable=False),
    Column("address", String(TEXT_LENGTH), nullable=False),
    Column("recipient_id", BigInteger),
    Column("state", String(20), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("advice", Text, nullable=False, server_default=""),
    Column("vendor_job", BigInteger),
    Column("asked_at", BigInteger, nullable=False),
    Column("given_at", BigInteger),
    Column("sent_at", BigInteger),
    Index("ix_single_sends_org_id", "org_id", "person_id", "id"),
    Index("uq_single_sends_ticket", "org_id", "ticket", unique=True),
)
"""`given_at` is committed before Real Magnet is asked: after a crash nobody knows whether it took it, and nothing is
sent twice by itself. `ticket` is that of the form: a form sent twice is one message."""


def alone(connection: Connection, org_id: int) -> None:
    """Until this transaction ends nobody else of the org begins one: what is asked first still holds afterwards."""
    connection.execute(text("UPDATE orgs SET id = id WHERE id = :org"), {"org": org_id})


def create(connection: Connection, org_id: int, user_id: int | None, new: NewSingleSend) -> int | None:
    """A message that waits to be sent; its id, or None when this form was sent before."""
    statement = text(
        "INSERT INTO single_sends (org_id, user_id, person_id, message_id, message_name, ticket, channel, address, "
        "state, asked_at) VALUES (:org, :user, :person, :message, :name, :ticket, :channel, :address, :state, :now) "
        "ON CONFLICT DO NOTHING RETURNING id"
    )
    values = {
        "org": org_id,
        "user": user_id,
        "person": new.person_id,
        "message": new.message_id,
        "name": new.message_name[:TEXT_LENGTH],
        "ticket": new.ticket,
        "channel": new.channel,
        "address": new.address[:TEXT_LENGTH],
        "state": SendState.WAITING,
        "now": _now(),
    }
    found = connection.execute(statement, values).scalar()
    return None if found is None else int(found)


def get(connection: Connection, org_id: int, send_id: int) -> SingleSend | None:
    """One message of this org."""
    statement = text("SELECT * FROM single_sends WHERE id = :id AND org_id = :org")
    return _one(connection.execute(statement, {"id": send_id, "org": org_id}).mappings().first())


def of_ticket(connection: Connection, org_id: int, ticket: str) -> SingleSend | None:
    """What a form that was sent before has made."""
    statement = text("SELECT * FROM single_sends WHERE org_id = :org AND ticket = :ticket")
    return _one(connection.execute(statement, {"org": org_id, "ticket": ticket}).mappings().first())


def of_person(connection: Connection, org_id: int, person_ids: Sequence[str], limit: int) -> list[SingleSend]:
    """The latest messages to a person, under any of these records."""
    found: list[SingleSend] = []
    statement = text(
        "SELECT * FROM single_sends WHERE org_id = :org AND person_id = :person ORDER BY id DESC LIMIT :limit"
    )
    for person_id in dict.fromkeys(person_ids):
        rows = connection.execute(statement, {"org": org_id, "person": person_id, "limit": limit}).mappings()
        found += [_read(row) for row in rows]
    return sorted(found, key=lambda send: send.id, reverse=True)[:limit]


def note_given(connection: Connection, send: SingleSend, recipient_id: int, address: str) -> None:
    """Real Magnet is about to be asked."""
    statement = text(
        "UPDATE single_sends SET given_at = :now, recipient_id = :recipient, address = :address WHERE id = :id"
    )
    values = {"id": send.id, "now": _now(), "recipient": recipient_id, "address": address[:TEXT_LENGTH]}
    connection.execute(statement, values)


def note_not_given(connection: Connection, send: SingleSend) -> None:
    """Real Magnet was asked, and surely did nothing."""
    connection.execute(text("UPDATE single_sends SET given_at = NULL WHERE id = :id"), {"id": send.id})


def note_sent(connection: Connection, send: SingleSend, vendor_job: int | None) -> None:
    """Real Magnet took it."""
    statement = text(
        "UPDATE single_sends SET state = :state, sent_at = :now, vendor_job = :job, reason = '', advice = '' "
        "WHERE id = :id"
    )
    values = {"id": send.id, "state": SendState.SENT, "now": _now(), "job": vendor_job}
    connection.execute(statement, values)
    connection.execute(_ONE_MORE_CHANNEL, {"org": send.org_id, "message": send.message_id, "channel": send.channel})


def note_ended(connection: Connection, send: SingleSend, state: SendState, reason: str, advice: str) -> None:
    """It was not sent, or nobody knows; the reason is for a person."""
    statement = text(
        "UPDATE single_sends SET state = :state, reason = :reason, advice = :advice WHERE id = :id AND state = :waiting"
    )
    values = {"id": send.id, "state": state, "reason": reason, "advice": advice, "waiting": SendState.WAITING}
    connection.execute(statement, values)


def salesforce_org(connection: Connection, org_id: int) -> str:
    """The organization's id in Salesforce, after which its group for single faxes is named."""
    return str(connection.execute(text("SELECT salesforce_id FROM orgs WHERE id = :org"), {"org": org_id}).scalar_one())


_ONE_MORE_CHANNEL = text(
    "UPDATE messages SET channels = channels || ',' || :channel WHERE org_id = :org AND id = :message "
    "AND channels != '' AND ',' || channels || ',' NOT LIKE '%,' || :channel || ',%'"
)
"""A message's channels are found once, and then only those are asked for what became of it."""


def _now() -> int:
    return clock.milliseconds(clock.now())


def _one(row: RowMapping | None) -> SingleSend | None:
    return None if row is None else _read(row)


def _read(row: RowMapping) -> SingleSend:
    return SingleSend(
        id=int(row["id"]),
        org_id=int(row["org_id"]),
        user_id=row["user_id"],
        person_id=row["person_id"],
        message_id=int(row["message_id"]),
        message_name=row["message_name"],
        channel=Channel(row["channel"]),
        address=row["address"],
        recipient_id=row["recipient_id"],
        state=SendState(row["state"]),
        reason=row["reason"],
        advice=row["advice"],
        asked_at=int(row["asked_at"]),
        given_at=row["given_at"],
        sent_at=row["sent_at"],
    )
