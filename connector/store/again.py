"""What running again asks the store: the runs and messages behind a night, and what is to be decided anew."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, text

from connector.store.database import Database, stage
from connector.store.deletion_scopes import DELETED_BY_HAND

_DECIDED = f"f.decision IS NOT NULL AND NOT (f.decision = 'filtered' AND f.reason = '{DELETED_BY_HAND}')"
"""What somebody deleted stays as it was decided; lifting that is a restore's business."""

_MESSAGES = text("""
    SELECT message_id FROM facts WHERE org_id = :org
        AND (changed_run IN :runs OR occurred_at >= :since AND occurred_at < :until)
    UNION SELECT message_id FROM placements WHERE org_id = :org AND (run_id IN :runs OR created_run IN :runs)
    UNION SELECT p.message_id FROM prior_rows r JOIN placements p ON p.id = r.placement_id
        WHERE r.org_id = :org AND r.run_id IN :runs
""").bindparams(bindparam("runs", expanding=True))

_UNDONE = text("""
    SELECT d.id FROM deletions d JOIN scopes s ON s.id = d.scope_id
    WHERE d.org_id = :org AND s.undone_run_id IN :runs AND d.tombstone AND d.restored_at IS NULL ORDER BY d.id
""").bindparams(bindparam("runs", expanding=True))


@dataclass(frozen=True)
class Past:
    """A run that was, with those that ran it again, and the time that it brought up to date: from the start of the
    last night before it up to its own. What it changed may have been changed by others since; the time stays."""

    runs: Sequence[int]
    since: int
    until: int


def past(connection: Connection, org_id: int, run_id: int) -> Past:
    """What is known of a run that is over; of one that is not known any more, nothing happened in no time."""
    row = connection.execute(_TIME, {"org": org_id, "run": run_id}).first()
    runs = family(connection, org_id, run_id)
    return Past(runs, 0, 0) if row is None else Past(runs, int(row.since or 0), int(row.until or 0))


_TIME = text("""
    SELECT r.started_at AS until, (
        SELECT max(b.started_at) FROM runs b WHERE b.org_id = r.org_id AND b.kind = 'activity' AND b.id < r.id
            AND b.state IN ('Completed', 'Completed with errors')) AS since
    FROM runs r WHERE r.org_id = :org AND r.id = :run
""")


def family(connection: Connection, org_id: int, run_id: int) -> list[int]:
    """A run and those that ran it again."""
    statement = text("""
        SELECT r.id FROM scopes s JOIN runs r ON r.org_id = s.org_id AND r.kind = 'run again' AND r.subject_id = s.id
        WHERE s.org_id = :org AND s.run_id = :run ORDER BY r.id
    """)
    found = connection.execute(statement, {"org": org_id, "run": run_id}).scalars()
    return [run_id, *(int(number) for number in found)]


def messages(connection: Connection, org_id: int, of: Past) -> list[int]:
    """The messages that something happened to in its time, or whose activity or rows it changed."""
    values = {"org": org_id, "runs": list(of.runs), "since": of.since, "until": of.until}
    found = connection.execute(_MESSAGES, values).scalars()
    return sorted({int(number) for number in found if number})


def messages_sent(connection: Connection, org_id: int, from_at: int, before_at: int) -> list[int]:
    """The messages known here that were last sent in a range."""
    statement = text(
        "SELECT id FROM messages WHERE org_id = :org AND last_sent >= :from_at AND last_sent < :before_at ORDER BY id"
    )
    values = {"org": org_id, "from_at": from_at, "before_at": before_at}
    return [int(number) for number in connection.execute(statement, values).scalars()]


def undone(connection: Connection, org_id: int, runs: Sequence[int]) -> list[int]:
    """The deletions that undid these runs and still stand."""
    found = connection.execute(_UNDONE, {"org": org_id, "runs": list(runs)}).scalars()
    return [int(number) for number in found]


def of_message(database: Database, org_id: int, message_id: int) -> Generator[str]:
    """The decided activity of a message."""
    yield from _keys(database, "f.message_id = :message", {"org": org_id, "message": message_id})


def of_nobody(database: Database, org_id: int, from_at: int, before_at: int) -> Generator[str]:
    """The decided activity of a range that names no message."""
    values = {"org": org_id, "from_at": from_at, "before_at": before_at}
    yield from _keys(database, "f.message_id = 0 AND f.occurred_at >= :from_at AND f.occurred_at < :before_at", values)


def of_past(database: Database, org_id: int, of: Past) -> Generator[str]:
    """The decided activity that happened in a run's time, or that it changed last."""
    runs = ", ".join(str(int(number)) for number in of.runs)
    condition = f"(f.changed_run IN ({runs}) OR f.occurred_at >= :since AND f.occurred_at < :until)"
    yield from _keys(database, condition, {"org": org_id, "since": of.since, "until": of.until})


def of_person(database: Database, org_id: int, person_id: str) -> Generator[str]:
    """The decided activity of a person."""
    whose = "f.recipient_id IN (SELECT m.recipient_id FROM matches m WHERE m.org_id = :org AND m.person_id = :person)"
    yield from _keys(database, whose, {"org": org_id, "person": person_id})


def _keys(database: Database, condition: str, values: dict[str, Any]) -> Generator[str]:
    statement = f"SELECT f.key FROM facts f WHERE f.org_id = :org AND {condition} AND {_DECIDED}"  # noqa: S608  # ours
    with database.read() as connection, closing(database.stream(connection, statement, values)) as rows:
        for (key,) in rows:
            yield str(key)


def decide_anew(connection: Connection, org_id: int, keys: Iterable[Sequence[str]]) -> None:
    """Let this activity (key,) be decided about once more."""
    stage(connection, "anew", {"key": "TEXT"}, keys)
    connection.execute(
        text("UPDATE facts SET decision = NULL FROM anew WHERE facts.org_id = :org AND facts.key = anew.key"),
        {"org": org_id},
    )


def rows_of_person(database: Database, org_id: int, person_id: str) -> Generator[tuple[str, str]]:
    """(Object, external key) of the rows of a person that should stand in Salesforce."""
    statement = (
        "SELECT p.object, p.external_key FROM placements p WHERE p.org_id = :org AND p.person_id = :person "
        "AND p.salesforce_id IS NOT NULL AND p.state <> 'deleted' AND p.deletion_id IS NULL"
    )
    values = {"org": org_id, "person": person_id}
    with database.read() as connection, closing(database.stream(connection, statement, values)) as rows:
        for name, key in rows:
            yield str(name), str(key)
