"""Decide: one decision and its reason for every fact, and the placements that follow from it. Nothing is dropped."""

from sqlalchemy import Connection, text

from connector.activity.history import LAYOUTS
from connector.activity.night import Night
from connector.model.runs import Phase
from connector.store import placements
from connector.store.database import CHUNK

NOT_SELECTED = "kind not selected"
NOBODY = "nobody with this id or address"
DELETED = "the person was deleted"

_RANGE = text("""
    SELECT count(*), min(key), max(key) FROM (
        SELECT key FROM facts WHERE org_id = :org AND decision IS NULL ORDER BY key LIMIT :size) AS next
""")

_DECIDE = """
    UPDATE facts SET
        decision = CASE
            WHEN {covered} THEN 'placed'
            WHEN NOT EXISTS (SELECT 1 FROM kind_choices k WHERE k.org_id = facts.org_id
                             AND k.activity_group = facts.activity_group AND k.selected) THEN 'filtered'
            WHEN NOT EXISTS (SELECT 1 FROM matches m WHERE m.org_id = facts.org_id
                             AND m.recipient_id = facts.recipient_id) THEN 'unmatched'
            ELSE 'live' END,
        reason = '', changed_run = :run
    WHERE org_id = :org AND key BETWEEN :low AND :high AND decision IS NULL
"""

_REASON = text("""
    UPDATE facts SET reason = CASE
        WHEN decision = 'filtered' THEN :not_selected
        WHEN EXISTS (SELECT 1 FROM recipients r JOIN people p ON p.org_id = r.org_id AND p.id = r.custom_id
                     WHERE r.org_id = facts.org_id AND r.id = facts.recipient_id AND p.survivor_id IS NULL)
            THEN :deleted
        ELSE :nobody END
    WHERE org_id = :org AND key BETWEEN :low AND :high AND reason = '' AND decision IN ('filtered', 'unmatched')
""")


def decide(night: Night) -> None:
    """Decide every fact that waits, ten thousand at a time; what was rejected before gets another chance."""
    with night.write() as connection:
        placements.try_rejected_again(connection, night.org_id, night.run_id)
    with night.database.read() as connection:
        statement = text("SELECT count(*) FROM facts WHERE org_id = :org AND decision IS NULL")
        total = int(connection.execute(statement, {"org": night.org_id}).scalar_one())
    done = 0
    while done < total or total == 0:
        night.report(Phase.DECIDE, done, total)
        with night.write() as connection:
            decided = _decide_some(connection, night)
        if not decided:
            break
        done += decided
    night.reached("decided")


def _decide_some(connection: Connection, night: Night) -> int:
    values: dict[str, object] = {"org": night.org_id, "run": night.run_id, "size": CHUNK}
    count, low, high = connection.execute(_RANGE, values).one()
    if not count:
        return 0
    values |= {"low": low, "high": high}
    for layout in LAYOUTS:
        connection.execute(text(layout.place), values | {"object": layout.object_name})
    covered = " OR ".join(layout.covers for layout in LAYOUTS)
    connection.execute(text(_DECIDE.format(covered=covered)), values)
    connection.execute(_REASON, values | {"not_selected": NOT_SELECTED, "deleted": DELETED, "nobody": NOBODY})
    return int(count)
