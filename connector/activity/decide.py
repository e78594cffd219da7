"""Decide: one decision and its reason for every fact, and the placements that follow from it. Nothing is dropped."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from connector.activity.layouts import HISTORY, LAYOUTS, Layout, asked_for
from connector.activity.night import Night
from connector.model.activity import NOT_SELECTED
from connector.model.lists import SummaryList
from connector.model.runs import Phase
from connector.store import codes_off, deletions, orgs, placements
from connector.store.database import CHUNK
from connector.store.deletion_scopes import DELETED_BY_HAND

NOBODY = "nobody with this id or address"
DELETED = "the person was deleted"

_RANGE = text("""
    SELECT count(*), min(key), max(key) FROM (
        SELECT key FROM facts WHERE org_id = :org AND decision IS NULL ORDER BY key LIMIT :size) AS next
""")

_DECIDE = """
    UPDATE facts SET
        decision = CASE
            {buried}
            WHEN {covered} THEN 'placed'
            {taken_out}
            {off}
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
        WHEN decision = 'filtered' AND NOT EXISTS (
            SELECT 1 FROM kind_choices k WHERE k.org_id = facts.org_id AND k.activity_group = facts.activity_group
                AND k.selected) THEN :not_selected
        WHEN decision = 'filtered' AND EXISTS (
            SELECT 1 FROM codes_off o WHERE o.org_id = facts.org_id AND o.activity_group = facts.activity_group
                AND o.activity = facts.activity) THEN :not_selected
        WHEN decision = 'filtered' THEN :by_hand
        WHEN EXISTS (SELECT 1 FROM recipients r JOIN people p ON p.org_id = r.org_id AND p.id = r.custom_id
                     WHERE r.org_id = facts.org_id AND r.id = facts.recipient_id AND p.survivor_id IS NULL)
            THEN :deleted
        ELSE :nobody END
    WHERE org_id = :org AND key BETWEEN :low AND :high AND reason = '' AND decision IN ('filtered', 'unmatched')
""")


_STANDS = "p.deletion_id IS NULL AND p.state <> 'deleted'"
_TAKEN_OUT = "p.deletion_id IS NOT NULL"
_OFF = """
    EXISTS (SELECT 1 FROM codes_off o WHERE o.org_id = {fact}.org_id AND o.activity_group = {fact}.activity_group
            AND o.activity = {fact}.activity)
"""
"""A single activity that is not wanted; a row that stands already goes on telling what becomes of its fact."""
_STANDS_ALREADY = """
    EXISTS (SELECT 1 FROM placements p WHERE p.org_id = f.org_id AND p.object = :object AND p.external_key = f.key)
"""
_ANY_TOMBSTONE = text("SELECT 1 FROM deletions WHERE org_id = :org AND tombstone AND restored_at IS NULL LIMIT 1")
_TELL = text(f"""
    UPDATE placements SET state = 'to write', attempts = 0, run_id = :run, outcome = NULL
    WHERE org_id = :org AND state = 'written' AND deletion_id IS NULL
        AND activity_group IN ('{SummaryList.MESSAGES}', '{SummaryList.LINKS}')
        AND message_id IN (SELECT DISTINCT f.message_id FROM facts f
                           WHERE f.org_id = :org AND f.key BETWEEN :low AND :high AND f.decision IS NULL)
""")  # noqa: S608  # our own words
"""A message and its links count everybody: also those of whom somebody deleted what is learned later."""


@dataclass(frozen=True)
class Rules:
    """The org's choices as statements: what is placed where, and how a fact is decided. `told`: facts that are kept out
    still change the figures of messages and links that stand."""

    places: tuple[tuple[str, str], ...]
    decide: str
    told: bool


def decide(night: Night) -> None:
    """Decide every fact that waits, ten thousand at a time; what was rejected before gets another chance."""
    with night.write() as connection:
        placements.try_rejected_again(connection, night.org_id, night.run_id)
    with night.database.read() as connection:
        rules = _rules(connection, night.org_id)
        statement = text("SELECT count(*) FROM facts WHERE org_id = :org AND decision IS NULL")
        total = int(connection.execute(statement, {"org": night.org_id}).scalar_one())
    done = 0
    while done < total or total == 0:
        night.report(Phase.DECIDE, done, total)
        with night.write() as connection:
            decided = _decide_some(connection, night, rules)
        if not decided:
            break
        done += decided
    night.reached("decided")


def _rules(connection: Connection, org_id: int) -> Rules:
    """Only what this org needs is asked of each of a million facts: its own lists, and tombstones where it has any."""
    wanted = asked_for(orgs.choices(connection, org_id))
    guarded = connection.execute(_ANY_TOMBSTONE, {"org": org_id}).first() is not None
    picky = bool(codes_off.of_org(connection, org_id))
    allowed = f"NOT {deletions.buried('f')}" if guarded else "1 = 1"
    if picky:
        allowed += f" AND (NOT {_OFF.format(fact='f')} OR {_STANDS_ALREADY})"
    places = tuple((layout.object_name, layout.place.format(allowed=allowed)) for layout in wanted)
    covering = [layout for layout in LAYOUTS if layout.covers and (layout in wanted or layout is HISTORY)]
    buried = f"WHEN {deletions.buried('facts')} THEN 'filtered'" if guarded else ""
    taken_out = f"WHEN {_any(covering, _TAKEN_OUT)} THEN 'filtered'" if guarded else ""
    covered = _any(covering, _STANDS)
    off = f"WHEN {_OFF.format(fact='facts')} THEN 'filtered'" if picky else ""
    told = guarded and any(layout.aggregate for layout in wanted)
    return Rules(places, _DECIDE.format(covered=covered, buried=buried, taken_out=taken_out, off=off), told)


def _any(covering: list[Layout], standing: str) -> str:
    return " OR ".join(layout.covers.format(standing=standing) for layout in covering)


def _decide_some(connection: Connection, night: Night, rules: Rules) -> int:
    values: dict[str, object] = {"org": night.org_id, "run": night.run_id, "size": CHUNK}
    count, low, high = connection.execute(_RANGE, values).one()
    if not count:
        return 0
    values |= {"low": low, "high": high}
    for object_name, place in rules.places:
        connection.execute(text(place), values | {"object": object_name})
    if rules.told:
        connection.execute(_TELL, values)
    connection.execute(text(rules.decide), values)
    reasons = {"not_selected": NOT_SELECTED, "deleted": DELETED, "nobody": NOBODY, "by_hand": DELETED_BY_HAND}
    connection.execute(_REASON, values | reasons)
    return int(count)
