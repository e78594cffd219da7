"""What became of a message to one person after it was given away, from the ledger and its run; it changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, text

from connector.model.activity import ActivityGroup, Channel
from connector.model.single_sends import SingleSend

CLOCKS_APART = 10 * 60 * 1000
"""Milliseconds by which Real Magnet's clock may be behind ours. What a later run learned is believed anyway."""

_GROUP = {Channel.EMAIL: ActivityGroup.SENT, Channel.FAX: ActivityGroup.FAX_SENT}


@dataclass(frozen=True)
class Went:
    """What Real Magnet reported of it: the activity, and when."""

    activity: str
    at: int


@dataclass(frozen=True)
class Before:
    """A message that went to a person before: when, and whether somebody sent it from Salesforce."""

    at: int
    single: bool


def run_of(connection: Connection, send: SingleSend) -> tuple[str, str, str, int] | None:
    """State, reason, advice and number of its latest run."""
    statement = text(
        "SELECT state, reason, advice, id FROM runs WHERE org_id = :org AND kind = 'single send' AND subject_id = :id "
        "ORDER BY id DESC LIMIT 1"
    )
    row = connection.execute(statement, {"org": send.org_id, "id": send.id}).first()
    return None if row is None else (str(row[0]), str(row[1]), str(row[2]), int(row[3]))


def went(connection: Connection, send: SingleSend) -> Went | None:
    """What was reported of it since: the latest sending of this message to this recipient, before any later ones."""
    if send.given_at is None or send.recipient_id is None:
        return None
    values = {
        "org": send.org_id,
        "recipient": send.recipient_id,
        "message": send.message_id,
        "group": _GROUP[send.channel],
        "since": send.given_at - CLOCKS_APART,
        "channel": send.channel,
        "single": send.id,
    }
    later = int(connection.execute(_LATER, values).scalar_one())
    row = connection.execute(_SENDINGS, values | {"later": later}).first()
    return None if row is None else Went(str(row[0]), int(row[1]))


def before(connection: Connection, org_id: int, person_ids: Sequence[str], about: tuple[int, Channel]) -> Before | None:
    """When this message last went to this person by this channel: by a single message, or by Real Magnet's report."""
    message_id, channel = about
    values = {"org": org_id, "people": list(person_ids), "message": message_id, "channel": channel}
    single = connection.execute(_SINGLE, values).scalar()
    reported = connection.execute(_REPORTED, values | {"group": _GROUP[channel]}).scalar()
    latest = max((int(at) for at in (single, reported) if at is not None), default=None)
    return None if latest is None else Before(latest, single is not None and latest == int(single))


_LATER = text(
    "SELECT count(*) FROM single_sends WHERE org_id = :org AND recipient_id = :recipient AND message_id = :message "
    "AND channel = :channel AND given_at IS NOT NULL AND id > :single"
)
_SENDINGS = text(
    "SELECT activity, occurred_at FROM facts WHERE org_id = :org AND recipient_id = :recipient "
    "AND message_id = :message AND activity_group = :group AND (occurred_at >= :since OR changed_run > "
    "(SELECT max(id) FROM runs WHERE org_id = :org AND kind = 'single send' AND subject_id = :single)) "
    "ORDER BY occurred_at DESC LIMIT 1 OFFSET :later"
)
_SINGLE = text(
    "SELECT max(COALESCE(sent_at, given_at, asked_at)) FROM single_sends WHERE org_id = :org AND person_id IN :people "
    "AND message_id = :message AND channel = :channel AND state IN ('Waiting', 'Sent', 'Unsure')"
).bindparams(bindparam("people", expanding=True))
_REPORTED = text(
    "SELECT max(f.occurred_at) FROM matches x JOIN facts f ON f.org_id = x.org_id AND f.recipient_id = x.recipient_id "
    "AND f.message_id = :message AND f.activity_group = :group WHERE x.org_id = :org AND x.person_id IN :people"
).bindparams(bindparam("people", expanding=True))
