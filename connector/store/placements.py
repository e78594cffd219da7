"""Placements: the rows that should stand in Salesforce because of facts.

One fact may be placed on several people (`slot`) and in several objects; a summary placement has no single fact. The
external key is the fact's own key, so that re-pointing after a merge updates the same Salesforce row.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Index, Integer, String, Table, bindparam, text

from connector.model.bulk import Failure, Success
from connector.store.bulk_jobs import Carry
from connector.store.database import CHUNK, metadata, stage

matches = Table(
    "matches",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True),
    Column("recipient_id", BigInteger, primary_key=True),
    Column("slot", String(18), primary_key=True),
    Column("person_id", String(18), nullable=False),
    Column("how", String(20), nullable=False),
    Index("ix_matches_org_id_person_id", "org_id", "person_id"),
    sqlite_with_rowid=False,
)
"""Which people a recipient is. The first has slot ''; others, under the policy *all*, their own id."""

placements = Table(
    "placements",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("org_id", Integer, ForeignKey("orgs.id"), nullable=False),
    Column("object", String(80), nullable=False),
    Column("external_key", String(80), nullable=False),
    Column("fact_key", String(32)),
    Column("message_id", BigInteger, nullable=False),
    Column("activity_group", String(40), nullable=False),
    Column("person_id", String(18), nullable=False),
    Column("state", String(10), nullable=False),
    Column("content_hash", String(16), nullable=False, server_default=""),
    Column("sent_hash", String(16), nullable=False, server_default=""),
    Column("salesforce_id", String(18)),
    Column("bulk_job_id", Integer),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("code", String(60), nullable=False, server_default=""),
    Column("reason", String(255), nullable=False, server_default=""),
    Column("run_id", Integer, nullable=False),
    Column("outcome", String(10)),
    Column("recipient_id", BigInteger),
    Column("link_id", Integer),
    Column("deletion_id", Integer),
    Column("created_run", Integer),
    Index("uq_placements_org_id", "org_id", "object", "external_key", unique=True),
    Index("ix_placements_org_id_message_id", "org_id", "message_id", "activity_group"),
)
"""`content_hash` is of what stands in Salesforce, `sent_hash` of what is on its way; `outcome` is what the run `run_id`
made of it (Written, Skipped, Rejected). A row of a summary has no single fact: it is of `recipient_id` and `link_id`.
`created_run` is the run that made the row that stands in Salesforce.
`deletion_id` is the tombstone of a row: the deletion that took it out; nothing brings it back but a restore."""

TO_WRITE = placements.c.state == "to write"
Index(
    "ix_placements_to_write",
    placements.c.org_id,
    placements.c.object,
    placements.c.person_id,
    placements.c.id,
    sqlite_where=TO_WRITE,
    postgresql_where=TO_WRITE,
)
Index(
    "ix_placements_bulk_job_id",
    placements.c.bulk_job_id,
    sqlite_where=placements.c.bulk_job_id.is_not(None),
    postgresql_where=placements.c.bulk_job_id.is_not(None),
)
Index(
    "ix_placements_rejected",
    placements.c.org_id,
    placements.c.run_id,
    sqlite_where=placements.c.state == "rejected",
    postgresql_where=placements.c.state == "rejected",
)

Index(
    "ix_placements_deletion_id",
    placements.c.deletion_id,
    placements.c.state,
    sqlite_where=placements.c.deletion_id.is_not(None),
    postgresql_where=placements.c.deletion_id.is_not(None),
)

MOST_ATTEMPTS = 5
"""How often a row is sent that Salesforce could not lock or never came to, before it counts as rejected."""
AGAIN = ("UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "QUERY_TIMEOUT", "REQUEST_RUNNING_TOO_LONG")
"""Salesforce's codes for a row that may well succeed a moment later."""
FULL = "STORAGE_LIMIT_EXCEEDED"
"""Its code for a row that waits until there is storage again, however often it was sent."""
ALWAYS = 2**31 - 1


def try_rejected_again(connection: Connection, org_id: int, run_id: int) -> None:
    """Give the rows that Salesforce refused in earlier runs another chance: their cause may have been mended."""
    connection.execute(
        text(
            "UPDATE placements SET state = 'to write', attempts = 0, run_id = :run, outcome = NULL "
            "WHERE org_id = :org AND state = 'rejected' AND run_id < :run"
        ),
        {"org": org_id, "run": run_id},
    )


def to_write(connection: Connection, org_id: int, object_name: str = "") -> int:
    """How many rows wait to be written, in all or into one object."""
    only = "AND object = :object" if object_name else ""
    statement = text(f"SELECT count(*) FROM placements WHERE org_id = :org AND state = 'to write' {only}")  # noqa: S608  # ours
    return int(connection.execute(statement, {"org": org_id, "object": object_name}).scalar_one())


def leave(connection: Connection, org_id: int, object_name: str) -> None:
    """Let rows that wait without anything to say be as they are: standing, or never having been."""
    statement = text("""
        UPDATE placements SET state = CASE WHEN salesforce_id IS NULL THEN 'deleted' ELSE 'written' END
        WHERE org_id = :org AND object = :object AND state = 'to write'
    """)
    connection.execute(statement, {"org": org_id, "object": object_name})


def late(connection: Connection, org_id: int, object_name: str) -> list[int]:
    """The messages of rows that wait, were refused before and never stood: what points to them was written without."""
    statement = text(
        "SELECT DISTINCT message_id FROM placements WHERE org_id = :org AND object = :object AND state = 'to write' "
        "AND salesforce_id IS NULL AND code <> ''"
    )
    return [int(number) for number in connection.execute(statement, {"org": org_id, "object": object_name}).scalars()]


def point_again(connection: Connection, org_id: int, run_id: int, messages: Sequence[int]) -> None:
    """Have the rows of people of these messages written again: the message or link that they name may stand now."""
    connection.execute(
        text("""
            UPDATE placements SET state = 'to write', attempts = 0, outcome = NULL, run_id = :run
            WHERE org_id = :org AND message_id IN :messages AND fact_key IS NULL AND state = 'written'
                AND deletion_id IS NULL
        """).bindparams(bindparam("messages", expanding=True)),
        {"org": org_id, "run": run_id, "messages": list(messages)},
    )


def take_along(connection: Connection, job: int, run_id: int, rows: Iterable[Sequence[object]]) -> None:
    """Put rows (placement id, hash of what is sent) into the row set of a bulk job."""
    stage(connection, "taken", {"id": "BIGINT", "hash": "TEXT"}, rows)
    connection.execute(
        text("""
            UPDATE placements SET state = 'in flight', bulk_job_id = :job, sent_hash = taken.hash, run_id = :run,
                attempts = attempts + 1, outcome = NULL
            FROM taken WHERE placements.id = taken.id
        """),
        {"job": job, "run": run_id},
    )


def skip(connection: Connection, run_id: int, rows: Iterable[Sequence[object]]) -> None:
    """Rows (placement id,) that already stand in Salesforce as they should."""
    stage(connection, "taken", {"id": "BIGINT", "hash": "TEXT"}, ((row[0], "") for row in rows))
    connection.execute(
        text("""
            UPDATE placements SET state = 'written', outcome = 'Skipped', run_id = :run, code = '', reason = ''
            FROM taken WHERE placements.id = taken.id
        """),
        {"run": run_id},
    )


def settle_successes(connection: Connection, org_id: int, job: Carry, rows: Iterable[Success]) -> None:
    """Rows that Salesforce took; those of another bulk job, or settled already, are left alone."""
    found = ((success.key, success.salesforce_id) for success in rows)
    stage(connection, "settled", {"key": "TEXT", "salesforce_id": "TEXT"}, found)
    _resolve(connection, org_id, job, "settled")
    connection.execute(
        text("""
            UPDATE placements SET state = 'written', outcome = 'Written', salesforce_id = resolved.salesforce_id,
                created_run = CASE WHEN placements.salesforce_id IS NULL THEN placements.run_id ELSE created_run END,
                content_hash = sent_hash, bulk_job_id = NULL, code = '', reason = ''
            FROM resolved WHERE placements.id = resolved.id
        """)
    )


def settle_failures(connection: Connection, org_id: int, job: Carry, rows: Iterable[Failure]) -> None:
    """Rows that Salesforce refused: rejected with its reason, or once more where the reason passes."""
    found = ((f.key, f.code[:60], f.message[:255], _again(f.code)) for f in rows)
    stage(connection, "refused", {"key": "TEXT", "code": "TEXT", "reason": "TEXT", "again": "INTEGER"}, found)
    _resolve(connection, org_id, job, "refused")
    connection.execute(
        text("""
            UPDATE placements SET
                state = CASE WHEN attempts < resolved.again THEN 'to write' ELSE 'rejected' END,
                outcome = CASE WHEN attempts < resolved.again THEN NULL ELSE 'Rejected' END,
                bulk_job_id = NULL, code = resolved.code, reason = resolved.reason
            FROM resolved WHERE placements.id = resolved.id
        """)
    )


def _again(code: str) -> int:
    """How many attempts a row may have that Salesforce refused with this code."""
    return ALWAYS if code == FULL else MOST_ATTEMPTS if code in AGAIN else 0


def without_room(connection: Connection, org_id: int) -> int:
    """Rows that wait because Salesforce had no storage for them."""
    statement = text("SELECT count(*) FROM placements WHERE org_id = :org AND state = 'to write' AND code = :full")
    return int(connection.execute(statement, {"org": org_id, "full": FULL}).scalar_one())


def waiting(connection: Connection, org_id: int) -> list[tuple[int, int]]:
    """Rows that wait to be written, an object each: how many, and how many of them stand in Salesforce already."""
    statement = text(
        "SELECT count(*), count(salesforce_id) FROM placements WHERE org_id = :org AND state = 'to write' "
        "GROUP BY object"
    )
    return [(int(rows), int(known)) for rows, known in connection.execute(statement, {"org": org_id})]


def _resolve(connection: Connection, org_id: int, job: Carry, staged: str) -> None:
    """The placements of staged keys. CROSS JOIN keeps SQLite at one look-up a key, whatever it guesses of sizes."""
    connection.exec_driver_sql("DROP TABLE IF EXISTS resolved")
    connection.execute(
        text(f"""
            CREATE TEMP TABLE resolved AS SELECT p.id, s.* FROM {staged} s CROSS JOIN placements p
            WHERE p.org_id = {int(org_id)} AND p.object = '{job.object_name}' AND p.external_key = s.key
                AND p.bulk_job_id = {int(job.id)}
        """)  # noqa: S608  # ints, and the name of an object of ours; a CREATE takes no parameters on PostgreSQL
    )


def give_back(connection: Connection, job: int, code: str, reason: str, *, tried: bool) -> int:
    """Put up to ten thousand rows of a bulk job that it never came to back to *to write*; answers how many were left.

    `tried` says whether Salesforce had its chance: a row that had too many without an answer is rejected with the bulk
    job's own reason. A crash of ours does not count.
    """
    return connection.execute(
        text("""
            UPDATE placements SET
                state = CASE WHEN :tried AND attempts >= :most THEN 'rejected' ELSE 'to write' END,
                outcome = CASE WHEN :tried AND attempts >= :most THEN 'Rejected' END,
                attempts = CASE WHEN :tried THEN attempts ELSE attempts - 1 END,
                bulk_job_id = NULL, code = :code, reason = :reason
            WHERE id IN (SELECT id FROM placements WHERE bulk_job_id = :job LIMIT :size)
        """),
        {
            "job": job,
            "tried": tried,
            "most": MOST_ATTEMPTS,
            "code": code[:60],
            "reason": reason[:255],
            "size": CHUNK,
        },
    ).rowcount
