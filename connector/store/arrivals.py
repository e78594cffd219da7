"""Puts what other programs sent into the ledger: recipients, messages and facts, each as if a run had read it."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, text

from connector.model.activity import channel_of, fact_key
from connector.model.intake import Arrived
from connector.store.database import stage

_ARRIVED = {
    "key": "TEXT",
    "message_id": "BIGINT",
    "recipient_id": "BIGINT",
    "activity_group": "TEXT",
    "activity": "TEXT",
    "occurred_at": "BIGINT",
    "detail": "TEXT",
    "channel": "TEXT",
}
_SAME = """
    f.activity = a.activity AND f.occurred_at = a.occurred_at AND f.detail = a.detail AND f.channel = a.channel
"""


ROAD = "intake"


def key_of(account: str, one: Arrived) -> str:
    """The key of an activity that was sent: the same for the same event of the same message and kind.

    What is beside Real Magnet's own facts of a message lies with them; the rest knows no account, which may come later.
    """
    return fact_key(
        account if one.is_of_real_magnet else ROAD, one.message_number, 0, one.group, f"{ROAD}:{one.event_id}"
    )


def keep(connection: Connection, org_id: int, account: str, rows: Sequence[Arrived]) -> set[str]:
    """Remember activities, each key once; answers the keys of those that said nothing new."""
    run = connection.execute(text("SELECT coalesce(max(id), 0) FROM runs WHERE org_id = :org"), {"org": org_id})
    values: dict[str, Any] = {"org": org_id, "run": int(run.scalar_one())}
    _recipients(connection, values, rows)
    _messages(connection, values, rows)
    stage(connection, "arrived", _ARRIVED, (_fact(account, one) for one in rows))
    known = connection.execute(
        text(f"""
            SELECT a.key FROM arrived a CROSS JOIN facts f WHERE f.org_id = :org AND f.key = a.key AND {_SAME}
        """),  # noqa: S608  # our own words
        values,
    )
    same = {str(key) for key in known.scalars()}
    connection.execute(_KEEP, values)
    connection.execute(_STALE, values)
    return same


_KEEP = text("""
    INSERT INTO facts (org_id, key, message_id, recipient_id, activity_group, activity, occurred_at, detail, channel,
                       reason, changed_run)
    SELECT :org, key, message_id, recipient_id, activity_group, activity, occurred_at, detail, channel, '', :run
    FROM arrived WHERE true
    ON CONFLICT (org_id, key) DO UPDATE SET activity = excluded.activity, occurred_at = excluded.occurred_at,
        detail = excluded.detail, channel = excluded.channel, decision = NULL, changed_run = excluded.changed_run
    WHERE facts.activity <> excluded.activity OR facts.occurred_at <> excluded.occurred_at
        OR facts.detail <> excluded.detail OR facts.channel <> excluded.channel
""")
_STALE = text(
    "UPDATE messages SET stale = true WHERE org_id = :org AND id IN (SELECT DISTINCT message_id FROM arrived)"
)


def _fact(account: str, one: Arrived) -> tuple[Any, ...]:
    return (
        key_of(account, one),
        one.message_number,
        one.recipient_number,
        one.group,
        one.activity,
        one.at,
        one.detail,
        one.channel if one.channel != channel_of(one.group) else "",
    )


def _recipients(connection: Connection, values: dict[str, Any], rows: Iterable[Arrived]) -> None:
    """What Real Magnet tells of its own recipients is not overwritten."""
    found = {one.recipient_number: (one.email, one.person_id, one.phone, bool(one.recipient)) for one in rows}
    columns = {"id": "BIGINT", "email": "TEXT", "custom_id": "TEXT", "phone": "TEXT", "own": "BOOLEAN"}
    stage(connection, "arrived_recipients", columns, ((number, *told) for number, told in found.items()))
    connection.execute(
        text("""
            INSERT INTO recipients (org_id, id, email, custom_id, phone, changed_run)
            SELECT :org, id, email, custom_id, phone, :run FROM arrived_recipients WHERE true
            ON CONFLICT (org_id, id) DO UPDATE SET
                email = CASE WHEN excluded.email <> '' THEN excluded.email ELSE recipients.email END,
                phone = CASE WHEN excluded.phone <> '' THEN excluded.phone ELSE recipients.phone END,
                changed_run = excluded.changed_run
            WHERE excluded.id IN (SELECT id FROM arrived_recipients WHERE NOT own)
                AND (excluded.email NOT IN ('', recipients.email) OR excluded.phone NOT IN ('', recipients.phone))
        """),
        values,
    )


def _messages(connection: Connection, values: dict[str, Any], rows: Iterable[Arrived]) -> None:
    """A message's name is what was told last, its last sending the latest that was told."""
    found: dict[int, dict[str, Any]] = {}
    for one in rows:
        number = one.message_number
        if not number:
            continue
        told = found.setdefault(number, {"id": number, "name": "", "sent": 0, "channel": channel_of(one.group)})
        told["name"] = one.message or told["name"]
        told["sent"] = max(told["sent"], one.at)
    if found:
        connection.execute(_NAME, [{**values, **told} for told in found.values()])


_NAME = text("""
    INSERT INTO messages (org_id, id, name, last_sent, channels) VALUES (:org, :id, :name, :sent, :channel)
    ON CONFLICT (org_id, id) DO UPDATE SET
        name = CASE WHEN excluded.name <> '' AND messages.seen_run IS NULL THEN excluded.name ELSE messages.name END,
        last_sent = CASE WHEN messages.seen_run IS NULL AND excluded.last_sent > coalesce(messages.last_sent, 0)
                         THEN excluded.last_sent ELSE messages.last_sent END
""")
