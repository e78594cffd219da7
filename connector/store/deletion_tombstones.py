"""Tombstones: rows that are out and facts that stay out, set, handed over and lifted, ten thousand at a time."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, text

from connector.model.lists import SummaryList
from connector.model.storage import kept_up
from connector.store import orgs
from connector.store.database import CHUNK, stage
from connector.store.deletion_scopes import DELETED_BY_HAND
from connector.store.deletions import buried


def let_be_filled(connection: Connection, deletion_id: int) -> int:
    """Take the tombstone off up to ten thousand rows that are out; answers how many."""
    return connection.execute(
        text("""
            UPDATE placements SET deletion_id = NULL WHERE id IN (
                SELECT id FROM placements WHERE deletion_id = :id AND state = 'deleted' LIMIT :size)
        """),
        {"id": deletion_id, "size": CHUNK},
    ).rowcount


def hand_over(connection: Connection, deletion_id: int, rows: Iterable[Sequence[int]]) -> None:
    """Let another deletion, which covers them too, keep rows out."""
    stage(connection, "chosen_rows", {"id": "BIGINT"}, rows)
    connection.execute(
        text("UPDATE placements SET deletion_id = :id FROM chosen_rows WHERE placements.id = chosen_rows.id"),
        {"id": deletion_id},
    )


_UNSURE = "unsure"
"""Stands for the content of a row that was about to be deleted: it may be gone, so that it is sent whatever it says."""
_POINTED_TO = f"'{SummaryList.MESSAGES}', '{SummaryList.LINKS}'"
_POINT_AGAIN = text(f"""
    UPDATE placements SET state = 'to write', attempts = 0, outcome = NULL, run_id = :run
    WHERE org_id = :org AND state = 'written' AND deletion_id IS NULL AND fact_key IS NULL AND message_id IN (
        SELECT p.message_id FROM returning_rows r CROSS JOIN placements p
        WHERE p.id = r.id AND p.activity_group IN ({_POINTED_TO}))
""")  # noqa: S608  # our own words
"""Salesforce gives a message or a link that comes back another id: the rows of its lists have to name that."""

_RETURNING = text("SELECT id FROM placements WHERE deletion_id = :id AND state IN ('deleted', 'to delete') LIMIT :size")
_THEIR_FACTS = text(f"""
    UPDATE facts SET decision = NULL WHERE decision = 'filtered' AND reason = :reason AND org_id = :org AND key IN (
        SELECT p.fact_key FROM returning_rows r CROSS JOIN placements p WHERE p.id = r.id AND p.fact_key IS NOT NULL
        UNION SELECT f.key FROM returning_rows r CROSS JOIN placements p CROSS JOIN facts f
        WHERE p.id = r.id AND p.fact_key IS NULL AND f.org_id = p.org_id AND f.recipient_id = p.recipient_id
            AND f.message_id = p.message_id)
    AND NOT {buried("facts")}
""")  # noqa: S608  # ours


_GIVEN_UP = text("""
    UPDATE placements SET deletion_id = NULL, outcome = NULL, code = '', reason = '',
        state = CASE WHEN state = 'to delete' THEN 'written' ELSE state END
    FROM returning_rows WHERE placements.id = returning_rows.id AND deletion_id IS NOT NULL
""")


def bring_back(connection: Connection, org_id: int, deletion_id: int, run_id: int) -> int:
    """Put up to ten thousand rows of a deletion back among those to write; answers how many.

    Their facts may have been decided while the rows were out: they are decided anew. Rows of a list that was given up
    meanwhile stay out, for nothing would keep them up; whoever chooses the list again fills it.
    """
    chosen = orgs.choices(connection, org_id)
    kept = [*kept_up({group: mode for group, (selected, mode) in chosen.items() if selected}), ""]
    rows = [(int(n),) for n in connection.execute(_RETURNING, {"id": deletion_id, "size": CHUNK}).scalars()]
    stage(connection, "returning_rows", {"id": "BIGINT"}, rows)
    connection.execute(_THEIR_FACTS, {"org": org_id, "reason": DELETED_BY_HAND})
    connection.execute(
        text("""
            UPDATE placements SET state = 'to write', deletion_id = NULL, outcome = NULL, attempts = 0, code = '',
                reason = '', run_id = :run,
                content_hash = CASE WHEN state = 'to delete' AND content_hash <> '' THEN :unsure ELSE content_hash END
            FROM returning_rows WHERE placements.id = returning_rows.id AND placements.activity_group IN :kept
        """).bindparams(bindparam("kept", expanding=True)),
        {"run": run_id, "unsure": _UNSURE, "kept": kept},
    )
    connection.execute(_GIVEN_UP)
    connection.execute(_POINT_AGAIN, {"org": org_id, "run": run_id})
    return len(rows)


def bury(connection: Connection, org_id: int, keys: Iterable[Sequence[str]]) -> None:
    """Keep facts out of Salesforce, with the reason."""
    stage(connection, "chosen_facts", {"key": "TEXT"}, keys)
    connection.execute(
        text("""
            UPDATE facts SET decision = 'filtered', reason = :reason FROM chosen_facts
            WHERE facts.org_id = :org AND facts.key = chosen_facts.key
                AND (decision IS NULL OR decision = 'placed')
        """),
        {"org": org_id, "reason": DELETED_BY_HAND},
    )


def unearth(connection: Connection, org_id: int, keys: Iterable[Sequence[str]]) -> None:
    """Let facts be decided anew that were kept out because of a deletion."""
    stage(connection, "chosen_facts", {"key": "TEXT"}, keys)
    connection.execute(
        text("""
            UPDATE facts SET decision = NULL FROM chosen_facts
            WHERE facts.org_id = :org AND facts.key = chosen_facts.key AND decision = 'filtered' AND reason = :reason
        """),
        {"org": org_id, "reason": DELETED_BY_HAND},
    )
