"""Messages to be sent after their groups were refreshed: what was asked for, and what became of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    RowMapping,
    String,
    Table,
    Text,
    text,
)

from connector import clock
from connector.store import send_promises
from connector.store.database import metadata
from connector.store.send_promises import Filling

TEXT_LENGTH = 255


class SendState(StrEnum):
    """A send waits for its time, refreshes its groups, is sent once they are fresh, or is cancelled with a reason."""

    SCHEDULED = "Scheduled"
    REFRESHING = "Refreshing"
    SENDING = "Sending"
    SENT = "Sent"
    CANCELLED = "Cancelled"

    @property
    def over(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self in {SendState.SENT, SendState.CANCELLED}


sends = Table(
    "sends",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("ticket", String(64), nullable=False),
    Column("message_id", BigInteger, nullable=False),
    Column("message_name", String(TEXT_LENGTH), nullable=False),
    Column("subject", String(TEXT_LENGTH), nullable=False),
    Column("sender", String(TEXT_LENGTH), nullable=False),
    Column("group_ids", Text, nullable=False),
    Column("group_names", Text, nullable=False),
    Column("promised", Text, nullable=False, server_default="[]"),
    Column("due_at", BigInteger, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("state", String(20), nullable=False),
    Column("refresh_runs", Text, nullable=False, server_default="[]"),
    Column("run_id", Integer),
    Column("sent_before", BigInteger),
    Column("asked_at", BigInteger),
    Column("vendor_id", BigInteger),
    Column("reason", Text, nullable=False, server_default=""),
    Column("advice", Text, nullable=False, server_default=""),
    Column("created_by", Integer),
    Column("created_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("dismissed_at", BigInteger),
    Index("ix_sends_org_id", "org_id", "due_at"),
    Index("ix_sends_state", "state", "due_at"),
    Index("uq_sends_ticket", "org_id", "ticket", unique=True),
)
"""`group_ids`, `group_names` and `refresh_runs` are JSON lists, `promised` one of pairs: which job was to refresh which
group when it was scheduled, and once its time has come. `ticket` is that of the form, so that a form sent twice
is one send. `run_id` is the run that decided about it. `asked_at` is committed before Real Magnet is asked, and with it
in `sent_before` when it had sent the message last: so a crash in between is looked into and never mailed twice blindly.
`dismissed_at`: somebody has read why it was cancelled."""


@dataclass(frozen=True)
class NewSend:
    """What a person chose. `due_at` is milliseconds; `groups` are (id, name)."""

    ticket: str
    message_id: int
    message_name: str
    subject: str
    sender: str
    groups: Sequence[tuple[int, str]]
    due_at: int
    zone: str


@dataclass(frozen=True)
class Send:
    """One send. Instants are milliseconds."""

    id: int
    org_id: int
    message_id: int
    message_name: str
    subject: str
    sender: str
    group_ids: Sequence[int]
    group_names: Sequence[str]
    promised: Sequence[Filling]
    due_at: int
    zone: str
    state: SendState
    refresh_runs: Sequence[int]
    run_id: int | None
    sent_before: int | None
    asked_at: int | None
    reason: str
    advice: str
    created_by: int | None
    ended_at: int | None

    @property
    def cancellable(self) -> bool:
        """Whether a person can still keep it from being sent."""
        return not self.state.over and (self.state is not SendState.SENDING or self.asked_at is None)


def create(connection: Connection, org_id: int, user_id: int | None, new: NewSend) -> int | None:
    """A send that waits for its time; answers its id, or None when this form was sent before.

    The active jobs that fill its groups are promised with it.
    """
    group_ids = [group_id for group_id, _name in new.groups]
    values = {
        "org_id": org_id,
        "ticket": new.ticket,
        "message_id": new.message_id,
        "message_name": new.message_name[:TEXT_LENGTH],
        "subject": new.subject[:TEXT_LENGTH],
        "sender": new.sender[:TEXT_LENGTH],
        "group_ids": json.dumps(group_ids),
        "group_names": json.dumps([name for _id, name in new.groups]),
        "promised": json.dumps(send_promises.active(connection, org_id, group_ids)),
        "due_at": new.due_at,
        "zone": new.zone,
        "state": SendState.SCHEDULED,
        "created_by": user_id,
        "created_at": clock.milliseconds(clock.now()),
    }
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    statement = text(f"INSERT INTO sends ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING RETURNING id")  # noqa: S608  # our own constant names
    found = connection.execute(statement, values).scalar()
    return None if found is None else int(found)


def get(connection: Connection, org_id: int, send_id: int) -> Send | None:
    """One send of this org."""
    statement = text("SELECT * FROM sends WHERE id = :id AND org_id = :org")
    row = connection.execute(statement, {"id": send_id, "org": org_id}).mappings().first()
    return None if row is None else read(row)


def of_ticket(connection: Connection, org_id: int, ticket: str) -> Send | None:
    """What a form that was sent before has made."""
    statement = text("SELECT * FROM sends WHERE org_id = :org AND ticket = :ticket")
    row = connection.execute(statement, {"org": org_id, "ticket": ticket}).mappings().first()
    return None if row is None else read(row)


def going_out(connection: Connection, org_id: int, message_id: int) -> Send | None:
    """The send of this message that is going out just now, if there is one."""
    statement = text("SELECT * FROM sends WHERE org_id = :org AND message_id = :message AND state = 'Sending'")
    row = connection.execute(statement, {"org": org_id, "message": message_id}).mappings().first()
    return None if row is None else read(row)


def of_org(connection: Connection, org_id: int, limit: int) -> list[Send]:
    """The org's sends: those to come first, the next one on top, then the others, the latest on top."""
    statement = text(
        "SELECT * FROM sends WHERE org_id = :org ORDER BY CASE WHEN state IN ('Sent', 'Cancelled') THEN 1 ELSE 0 END, "
        "CASE WHEN state IN ('Sent', 'Cancelled') THEN -due_at ELSE due_at END, id LIMIT :limit"
    )
    return [read(row) for row in connection.execute(statement, {"org": org_id, "limit": limit}).mappings()]


def notices(connection: Connection, org_id: int) -> list[Send]:
    """The sends that were cancelled by what went wrong, until somebody has put the notice away, newest first."""
    statement = text(
        "SELECT * FROM sends WHERE org_id = :org AND state = 'Cancelled' AND dismissed_at IS NULL ORDER BY id DESC"
    )
    return [read(row) for row in connection.execute(statement, {"org": org_id}).mappings()]


def unfinished(connection: Connection) -> list[Send]:
    """The sends of every org that something may have to be done about now, the longest due first."""
    statement = text(
        "SELECT * FROM sends WHERE state IN ('Refreshing', 'Sending') OR (state = 'Scheduled' AND due_at <= :now) "
        "ORDER BY due_at, id"
    )
    return [read(row) for row in connection.execute(statement, {"now": clock.milliseconds(clock.now())}).mappings()]


def cancel(connection: Connection, send: Send, reason: str) -> bool:
    """A person does not want it sent; False when it is too late. It leaves no notice: somebody knows already."""
    statement = text(
        "UPDATE sends SET state = 'Cancelled', reason = :reason, advice = '', ended_at = :now, dismissed_at = :now "
        "WHERE id = :id AND (state IN ('Scheduled', 'Refreshing') OR (state = 'Sending' AND asked_at IS NULL))"
    )
    values = {"id": send.id, "reason": reason, "now": clock.milliseconds(clock.now())}
    return bool(connection.execute(statement, values).rowcount)


def dismiss(connection: Connection, org_id: int, send_id: int) -> bool:
    """Put a notice away; False when there is none."""
    statement = text(
        "UPDATE sends SET dismissed_at = :now WHERE id = :id AND org_id = :org AND state = 'Cancelled' "
        "AND dismissed_at IS NULL"
    )
    values = {"id": send_id, "org": org_id, "now": clock.milliseconds(clock.now())}
    return bool(connection.execute(statement, values).rowcount)


def read(row: RowMapping) -> Send:
    """A row of the table as a value."""
    return Send(
        id=int(row["id"]),
        org_id=int(row["org_id"]),
        message_id=int(row["message_id"]),
        message_name=row["message_name"],
        subject=row["subject"],
        sender=row["sender"],
        group_ids=tuple(json.loads(row["group_ids"])),
        group_names=tuple(json.loads(row["group_names"])),
        promised=tuple(Filling(*pair) for pair in json.loads(row["promised"])),
        due_at=int(row["due_at"]),
        zone=row["zone"],
        state=SendState(row["state"]),
        refresh_runs=tuple(json.loads(row["refresh_runs"])),
        run_id=row["run_id"],
        sent_before=row["sent_before"],
        asked_at=row["asked_at"],
        reason=row["reason"],
        advice=row["advice"],
        created_by=row["created_by"],
        ended_at=row["ended_at"],
    )
