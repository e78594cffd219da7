"""Match: who in Salesforce a recipient is: by the Salesforce id in the Custom Member ID first, then by address, then by
telephone.

Only recipients that something changed about are matched again: they themselves, or a person with their id or address,
or the person they were. When the answer changes, their facts wait to be decided again, which re-points placements;
what was kept out because its kind was off stays out.

Updates and back-fills write recipients and people beside a night, under run numbers that may be older than its own.
So how far was matched is never noted beyond the oldest run that was unfinished when matching looked: whatever that run
writes later, the next match looks at.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from connector.activity.night import Night
from connector.activity.spool import Spool
from connector.model.runs import Phase
from connector.store import people, people_phones
from connector.store.database import CHUNK, chunks, stage

POLICY_ALL = "all"
"""The same-address policy that places a fact on every person with the address."""

_WRITING = text("""
    SELECT min(id) FROM runs WHERE org_id = :org AND state IN ('Queued', 'Running', 'Paused', 'Held')
        AND kind NOT IN ('preview', 'upload', 'send', 'look', 'deletion')
""")

_AFFECTED = text("""
    SELECT id FROM recipients WHERE org_id = :org AND changed_run >= :since
    UNION SELECT r.id FROM people p JOIN recipients r ON r.org_id = p.org_id AND r.custom_id = p.id
        WHERE p.org_id = :org AND p.changed_run >= :since
    UNION SELECT r.id FROM people p JOIN recipients r ON r.org_id = p.org_id AND r.email = p.email
        WHERE p.org_id = :org AND p.changed_run >= :since AND p.email <> ''
    UNION SELECT m.recipient_id FROM people p JOIN matches m ON m.org_id = p.org_id AND m.person_id = p.id
        WHERE p.org_id = :org AND p.changed_run >= :since
    UNION SELECT r.id FROM people_phones t JOIN recipients r ON r.org_id = t.org_id AND r.phone = t.phone
        WHERE t.org_id = :org AND t.changed_run >= :since
""")

# CROSS JOIN keeps SQLite at look-ups from the affected ones on, whatever it guesses of sizes.
_CANDIDATES = """
    CREATE TEMP TABLE candidates AS
    SELECT recipient_id, person_id, min(rank) AS rank, min(kind) AS kind, min(created_at) AS created_at FROM (
        SELECT r.id AS recipient_id, heir.id AS person_id, 0 AS rank, heir.kind AS kind, heir.created_at AS created_at
        FROM affected a CROSS JOIN recipients r CROSS JOIN people p CROSS JOIN people heir
        WHERE r.org_id = {org} AND r.id = a.recipient_id AND p.org_id = {org} AND p.id = r.custom_id
            AND heir.org_id = {org} AND heir.id = p.survivor_id AND heir.survivor_id = heir.id
        UNION ALL
        SELECT r.id, p.id, 1, p.kind, p.created_at
        FROM affected a CROSS JOIN recipients r CROSS JOIN people p
        WHERE r.org_id = {org} AND r.id = a.recipient_id AND r.email <> ''
            AND p.org_id = {org} AND p.email = r.email AND p.survivor_id = p.id
        {by_phone}
    ) AS found GROUP BY recipient_id, person_id
"""

_BY_PHONE = """
        UNION ALL
        SELECT r.id, p.id, 2, p.kind, p.created_at
        FROM affected a CROSS JOIN recipients r CROSS JOIN people_phones t CROSS JOIN people p
        WHERE r.org_id = {org} AND r.id = a.recipient_id AND r.phone <> '' AND t.org_id = {org} AND t.phone = r.phone
            AND p.org_id = {org} AND p.id = t.person_id AND p.survivor_id = p.id
"""
"""By telephone last: families and offices share one. Asked only where any recipient is known by a number."""

_CHOSEN = """
    CREATE TEMP TABLE chosen AS
    SELECT recipient_id, CASE WHEN place = 1 THEN '' ELSE person_id END AS slot, person_id,
           CASE rank WHEN 0 THEN 'id' WHEN 1 THEN 'address' ELSE 'telephone' END AS how
    FROM (SELECT candidates.*, row_number() OVER (
              PARTITION BY recipient_id ORDER BY rank, kind, created_at, person_id) AS place FROM candidates) AS ranked
    WHERE place = 1 OR {everybody}
"""


def match(night: Night) -> None:
    """Bring the matches up to date with recipients and people."""
    night.report(Phase.MATCH)
    with night.database.read() as connection:
        since = int(people.watermark(connection, night.org_id, "matched") or 0)
        values = {"org": night.org_id, "since": since}
        matched_to = min(night.run_id, connection.execute(_WRITING, values).scalar() or night.run_id)
        affected = Spool()
        for rows in connection.execute(_AFFECTED, values).partitions(CHUNK):
            affected.add([(int(number),) for (number,) in rows])
    done = 0
    for chunk in chunks(affected):
        with night.write() as connection:
            match_some(connection, night, chunk)
        done += len(chunk)
        night.report(Phase.MATCH, done, len(affected))
    with night.write() as connection:
        people.set_watermark(connection, night.org_id, "matched", str(matched_to))
    affected.close()
    night.reached("matched")


def match_some(connection: Connection, night: Night, chunk: Sequence[Sequence[int]]) -> None:
    """Match these recipients (a row each, with its number) anew; any number of runs may do so at once."""
    org = int(night.org_id)
    policy = connection.execute(text("SELECT same_address FROM nights WHERE org_id = :org"), {"org": org}).scalar()
    everybody = policy == POLICY_ALL
    by_phone = _BY_PHONE.format(org=org) if people_phones.needed(connection, org) else ""
    stage(connection, "affected", {"recipient_id": "BIGINT"}, chunk)
    for name, statement in (("candidates", _CANDIDATES), ("chosen", _CHOSEN)):
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
        connection.exec_driver_sql(
            statement.format(org=org, everybody="1 = 1" if everybody else "1 = 0", by_phone=by_phone)
        )
    connection.exec_driver_sql("DROP TABLE IF EXISTS moved")
    connection.exec_driver_sql(f"""
        CREATE TEMP TABLE moved AS
        SELECT recipient_id FROM (SELECT m.recipient_id, m.slot, m.person_id FROM affected a CROSS JOIN matches m
            WHERE m.org_id = {org} AND m.recipient_id = a.recipient_id
            EXCEPT SELECT recipient_id, slot, person_id FROM chosen) AS gone
        UNION SELECT recipient_id FROM (SELECT recipient_id, slot, person_id FROM chosen
            EXCEPT SELECT m.recipient_id, m.slot, m.person_id FROM affected a CROSS JOIN matches m
            WHERE m.org_id = {org} AND m.recipient_id = a.recipient_id) AS come
    """)  # noqa: S608  # org is an int
    values = {"org": org, "run": night.run_id}
    for statement in (
        "DELETE FROM matches WHERE org_id = :org AND recipient_id IN (SELECT recipient_id FROM moved)",
        """INSERT INTO matches (org_id, recipient_id, slot, person_id, how)
           SELECT :org, recipient_id, slot, person_id, how FROM chosen
           WHERE recipient_id IN (SELECT recipient_id FROM moved)
           ON CONFLICT (org_id, recipient_id, slot) DO UPDATE SET person_id = excluded.person_id, how = excluded.how""",
        """UPDATE facts SET decision = NULL, changed_run = :run WHERE org_id = :org AND key IN (
               SELECT f.key FROM moved CROSS JOIN facts f
               WHERE f.org_id = :org AND f.recipient_id = moved.recipient_id)
           AND decision <> 'filtered'""",
    ):
        connection.execute(text(statement), values)
