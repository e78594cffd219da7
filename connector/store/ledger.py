"""The ledger: messages, recipients and the facts of what happened, whether or not Salesforce wants them."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Boolean, Column, Connection, ForeignKey, Index, Integer, String, Table, text

from connector.model.lists import SummaryList
from connector.store.database import metadata, stage

messages = Table(
    "messages",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True),
    Column("id", BigInteger, primary_key=True),
    Column("name", String(255), nullable=False),
    Column("last_sent", BigInteger),
    Column("channels", String(40), nullable=False, server_default=""),
    Column("seen_run", Integer),
    Column("read_run", Integer),
    Column("stale", Boolean, nullable=False, server_default="1"),
)
"""`channels` is a comma-separated list, found once; `read_run` is the last run that went through this message.
`stale`: its figures have to be added up anew."""

Index(
    "ix_messages_stale",
    messages.c.org_id,
    messages.c.id,
    sqlite_where=text("stale"),
    postgresql_where=text("stale"),
)

readings = Table(
    "readings",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True),
    Column("message_id", BigInteger, primary_key=True),
    Column("report", String(30), primary_key=True),
    Column("total", BigInteger, nullable=False),
    Column("asked_on", Integer, nullable=False),
)
"""What the vendor last said of a report of a message: how many rows it has, and the day (ordinal) of the question."""


class Reading(NamedTuple):
    """One row of `readings`."""

    report: str
    total: int
    asked_on: int


recipients = Table(
    "recipients",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("email", String(255), nullable=False, server_default=""),
    Column("custom_id", String(80), nullable=False, server_default=""),
    Column("changed_run", Integer),
    Column("phone", String(20), nullable=False, server_default=""),
    Index("ix_recipients_org_id_email", "org_id", "email"),
    Index("ix_recipients_org_id_custom_id", "org_id", "custom_id"),
    Index("ix_recipients_org_id_changed_run", "org_id", "changed_run"),
)
"""`email` is lower case, `phone` as it is dialled from anywhere (+12025550100); `custom_id` is an 18-character id where
the Custom Member ID is a Salesforce id."""

facts = Table(
    "facts",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True),
    Column("key", String(32), primary_key=True),
    Column("message_id", BigInteger, nullable=False),
    Column("recipient_id", BigInteger, nullable=False),
    Column("activity_group", String(40), nullable=False),
    Column("activity", String(80), nullable=False),
    Column("occurred_at", BigInteger, nullable=False),
    Column("link_id", Integer),
    Column("detail", String(255), nullable=False, server_default=""),
    Column("decision", String(10)),
    Column("reason", String(60), nullable=False, server_default=""),
    Column("changed_run", Integer, nullable=False),
    Column("channel", String(10), nullable=False, server_default=""),
    Index("ix_facts_org_id_message_id", "org_id", "message_id", "activity_group", "activity"),
    Index("ix_facts_org_id_recipient_id", "org_id", "recipient_id", "message_id", "activity_group"),
    sqlite_with_rowid=False,
)
"""`occurred_at` is milliseconds since the epoch. A NULL `decision` waits to be decided; `changed_run` is the run that
last saw something new in it. `channel` is empty where the activity group says it."""

Index(
    "ix_facts_unmatched",
    facts.c.org_id,
    facts.c.changed_run,
    facts.c.key,
    sqlite_where=facts.c.decision == "unmatched",
    postgresql_where=facts.c.decision == "unmatched",
)
Index(
    "ix_facts_undecided",
    facts.c.org_id,
    facts.c.decision,
    facts.c.key,
    sqlite_where=facts.c.decision.is_(None),
    postgresql_where=facts.c.decision.is_(None),
)

FACT_COLUMNS = {
    "key": "TEXT",
    "message_id": "BIGINT",
    "recipient_id": "BIGINT",
    "activity_group": "TEXT",
    "activity": "TEXT",
    "occurred_at": "BIGINT",
    "link_id": "INTEGER",
    "detail": "TEXT",
}
RECIPIENT_COLUMNS = {"id": "BIGINT", "email": "TEXT", "custom_id": "TEXT"}


def upsert_facts(connection: Connection, org_id: int, run_id: int, rows: Iterable[Sequence[Any]]) -> int:
    """Remember facts (columns as FACT_COLUMNS, keys unique among the rows). Answers how many are new or changed.

    A changed fact waits to be decided again, which puts its placements back to *to write*.
    """
    stage(connection, "staged_facts", FACT_COLUMNS, rows)
    changed = int(
        connection.execute(
            text("""
                INSERT INTO facts (org_id, key, message_id, recipient_id, activity_group, activity, occurred_at,
                                   link_id, detail, reason, changed_run)
                SELECT :org, key, message_id, recipient_id, activity_group, activity, occurred_at, link_id, detail,
                       '', :run
                FROM staged_facts WHERE true
                ON CONFLICT (org_id, key) DO UPDATE SET activity = excluded.activity,
                    occurred_at = excluded.occurred_at, link_id = excluded.link_id, detail = excluded.detail,
                    decision = NULL, changed_run = excluded.changed_run
                WHERE facts.activity <> excluded.activity OR facts.occurred_at <> excluded.occurred_at
                    OR facts.detail <> excluded.detail OR coalesce(facts.link_id, 0) <> coalesce(excluded.link_id, 0)
            """),
            {"org": org_id, "run": run_id},
        ).rowcount
    )
    if changed:
        connection.execute(_STALE, {"org": org_id})
    return changed


_STALE = text(
    "UPDATE messages SET stale = true WHERE org_id = :org AND id IN (SELECT DISTINCT message_id FROM staged_facts)"
)
"""Said even of one that is stale already: on PostgreSQL whoever adds it up just now holds its row, and we wait."""


def upsert_recipients(connection: Connection, org_id: int, run_id: int, rows: Iterable[Sequence[Any]]) -> int:
    """Remember recipients (columns as RECIPIENT_COLUMNS, ids unique among the rows). Answers how many changed."""
    stage(connection, "staged_recipients", RECIPIENT_COLUMNS, rows)
    return int(
        connection.execute(
            text("""
                INSERT INTO recipients (org_id, id, email, custom_id, changed_run)
                SELECT :org, id, email, custom_id, :run FROM staged_recipients WHERE true
                ON CONFLICT (org_id, id) DO UPDATE SET email = excluded.email, custom_id = excluded.custom_id,
                    changed_run = excluded.changed_run
                WHERE recipients.email <> excluded.email OR recipients.custom_id <> excluded.custom_id
            """),
            {"org": org_id, "run": run_id},
        ).rowcount
    )


def upsert_messages(connection: Connection, org_id: int, run_id: int, rows: Iterable[Sequence[Any]]) -> None:
    """Remember messages: (id, name, last_sent in milliseconds or None). What tells of one that changed in Salesforce
    waits to be written again."""
    found = [{"org": org_id, "run": run_id, "id": i, "name": name[:255], "last_sent": sent} for i, name, sent in rows]
    if not found:
        return
    connection.execute(_TOLD_OTHERWISE, found)
    connection.execute(
        text("""
            INSERT INTO messages (org_id, id, name, last_sent, seen_run) VALUES (:org, :id, :name, :last_sent, :run)
            ON CONFLICT (org_id, id) DO UPDATE SET name = excluded.name, last_sent = excluded.last_sent,
                seen_run = excluded.seen_run
        """),
        found,
    )


_TOLD_OTHERWISE = text(f"""
    UPDATE placements SET state = 'to write', attempts = 0, run_id = :run, outcome = NULL
    WHERE org_id = :org AND message_id = :id AND activity_group = '{SummaryList.MESSAGES}' AND state = 'written'
        AND EXISTS (SELECT 1 FROM messages m WHERE m.org_id = placements.org_id AND m.id = placements.message_id
                    AND (m.name <> :name OR coalesce(m.last_sent, 0) <> coalesce(CAST(:last_sent AS BIGINT), 0)))
""")  # noqa: S608  # our own word


def set_reading(connection: Connection, org_id: int, message_id: int, reading: Reading) -> None:
    """Remember what the vendor said of one report of one message, and on which day (ordinal) it was asked."""
    connection.execute(
        text("""
            INSERT INTO readings (org_id, message_id, report, total, asked_on)
            VALUES (:org, :message, :report, :total, :asked_on)
            ON CONFLICT (org_id, message_id, report) DO UPDATE SET total = excluded.total, asked_on = excluded.asked_on
        """),
        {
            "org": org_id,
            "message": message_id,
            "report": reading.report,
            "total": reading.total,
            "asked_on": reading.asked_on,
        },
    )


def counts_by_activity(connection: Connection, org_id: int) -> dict[int, dict[str, dict[str, int]]]:
    """Message → activity group → activity → how many facts, read from one index."""
    answer: dict[int, dict[str, dict[str, int]]] = {}
    statement = text(
        "SELECT message_id, activity_group, activity, count(*) FROM facts WHERE org_id = :org "
        "GROUP BY message_id, activity_group, activity"
    )
    for message, group, activity, count in connection.execute(statement, {"org": org_id}):
        answer.setdefault(int(message), {}).setdefault(str(group), {})[str(activity)] = int(count)
    return answer


def asked_on(connection: Connection, org_id: int) -> dict[int, dict[str, int]]:
    """Message → report → the day (ordinal) on which the vendor was last asked."""
    answer: dict[int, dict[str, int]] = {}
    statement = text("SELECT message_id, report, asked_on FROM readings WHERE org_id = :org")
    for message, report, day in connection.execute(statement, {"org": org_id}):
        answer.setdefault(int(message), {})[str(report)] = int(day)
    return answer


def channels(connection: Connection, org_id: int) -> dict[int, list[str]]:
    """Message → the channels it was sent by, where they have been found."""
    statement = text("SELECT id, channels FROM messages WHERE org_id = :org AND channels <> ''")
    return {int(number): str(found).split(",") for number, found in connection.execute(statement, {"org": org_id})}


def read_in(connection: Connection, org_id: int, run_id: int) -> set[int]:
    """The messages that this run has read already."""
    statement = text("SELECT id FROM messages WHERE org_id = :org AND read_run = :run")
    return set(connection.execute(statement, {"org": org_id, "run": run_id}).scalars())
