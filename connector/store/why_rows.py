"""The rows in Salesforce of one person's message, found by their keys, and the deletions that keep others out."""

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, bindparam, text

from connector.model.activity import ActivityGroup
from connector.model.lists import HISTORY_OBJECT, LIST_OF, OBJECTS, SummaryList
from connector.model.why import Deletion, Fact, Ignored, Recipient, Row
from connector.store.deletion_scopes import DELETED_BY_HAND

_ROWS = text("""
    SELECT p.id, p.object, p.activity_group, p.external_key, coalesce(p.fact_key, '') AS fact_key, p.person_id, p.state,
           p.code, p.reason, coalesce(p.salesforce_id, '') AS salesforce_id, p.run_id, r.started_at,
           d.id AS deletion, d.made_at, u.name AS maker, d.tombstone, d.restored_at,
           i.ignored_at, i.reason AS why_ignored, w.name AS ignored_by
    FROM placements p
    LEFT JOIN runs r ON r.id = p.run_id
    LEFT JOIN deletions d ON d.id = p.deletion_id
    LEFT JOIN users u ON u.id = d.made_by
    LEFT JOIN ignored_rows i ON i.placement_id = p.id
    LEFT JOIN users w ON w.id = i.ignored_by
    WHERE p.org_id = :org AND p.object = :object AND p.external_key IN :keys ORDER BY p.id
""").bindparams(bindparam("keys", expanding=True))
_RULES = text("""
    SELECT d.id AS deletion, d.made_at, u.name AS maker, d.tombstone, d.restored_at, s.message_id, s.person_id,
           s.activity_group, s.from_at, s.before_at, p.survivor_id
    FROM deletions d JOIN scopes s ON s.id = d.scope_id LEFT JOIN users u ON u.id = d.made_by
    LEFT JOIN people p ON p.org_id = d.org_id AND p.id = s.person_id
    WHERE d.org_id = :org AND d.tombstone AND d.restored_at IS NULL AND s.object = '' AND s.run_id IS NULL
        AND (s.message_id IS NULL OR s.message_id = :message) ORDER BY d.id
""")
_LISTS_OF_PEOPLE = frozenset(LIST_OF.values())


def rows(connection: Connection, org_id: int, facts: Sequence[Fact], recipients: Sequence[Recipient]) -> list[Row]:
    """Every row that stands or stood for these activities."""
    found: list[Row] = []
    for object_name, keys in _keys(facts, recipients).items():
        values = {"org": org_id, "object": object_name, "keys": sorted(keys)}
        found += [_row(row) for row in connection.execute(_ROWS, values).mappings()]
    return found


def _keys(facts: Sequence[Fact], recipients: Sequence[Recipient]) -> dict[str, set[str]]:
    """Object → the keys that rows of these activities have, for each person that was or is meant."""
    slots = {one.id: _slots(one) for one in recipients}
    keys: dict[str, set[str]] = {}
    for fact in facts:
        for slot in slots.get(fact.recipient_id, [""]):
            keys.setdefault(HISTORY_OBJECT, set()).add(fact.key + slot)
            label = LIST_OF.get(ActivityGroup(fact.group)) if fact.group in set(ActivityGroup) else None
            if label is None:
                continue
            base = f"{fact.key[:8]}-{fact.message_id}-{fact.recipient_id}"
            link = f"-{fact.url_hash}" if label is SummaryList.LINK_TRACKING else ""
            keys.setdefault(OBJECTS[label], set()).add(base + link + slot)
    return keys


def _slots(recipient: Recipient) -> list[str]:
    """The ends of keys: none for the first person, their own id for the others."""
    people = {match.person.id for match in recipient.matches} | {one.id for one in recipient.by_address}
    return ["", *(f"-{one}" for one in sorted(people))]


def buried(
    connection: Connection, org_id: int, facts: Sequence[Fact], recipients: Sequence[Recipient]
) -> dict[str, Deletion]:
    """Fact → the standing deletion whose rule keeps it out, for those that were kept out for one."""
    kept_out = [fact for fact in facts if fact.decision == "filtered" and fact.reason == DELETED_BY_HAND]
    if not kept_out:
        return {}
    values = {"org": org_id, "message": kept_out[0].message_id}
    rules = connection.execute(_RULES, values).mappings().all()
    people = {one.id: {match.person.id for match in one.matches} for one in recipients}
    found: dict[str, Deletion] = {}
    for fact in kept_out:
        rule = next((one for one in rules if _covers(one, fact, people.get(fact.recipient_id, set()))), None)
        if rule is not None:
            found[fact.key] = _deletion(rule)
    return found


def _covers(rule: RowMapping, fact: Fact, people: set[str]) -> bool:
    """Whether a deletion's rule is about this activity, as `deletions.BURIED` has it."""
    if rule["activity_group"] not in {"", fact.group}:
        return False
    if rule["person_id"] and rule["survivor_id"] not in people:
        return False
    first, end = rule["from_at"], rule["before_at"]
    return (first is None or fact.occurred_at >= first) and (end is None or fact.occurred_at < end)


def _row(row: RowMapping) -> Row:
    ignored = None
    if row["ignored_at"] is not None and row["state"] == "ignored":
        ignored = Ignored(int(row["ignored_at"]), str(row["ignored_by"] or ""), str(row["why_ignored"]))
    label = str(row["activity_group"]) if row["activity_group"] in _LISTS_OF_PEOPLE else "Real Magnet Activity History"
    return Row(
        *(int(row["id"]), str(row["object"]), label, str(row["external_key"]), str(row["fact_key"])),
        person_id=str(row["person_id"]),
        state=str(row["state"]),
        code=str(row["code"]),
        reason=str(row["reason"]),
        salesforce_id=str(row["salesforce_id"]),
        run=int(row["run_id"]),
        run_at=row["started_at"],
        deletion=_deletion(row) if row["deletion"] is not None else None,
        ignored=ignored,
    )


def _deletion(row: RowMapping) -> Deletion:
    return Deletion(
        int(row["deletion"]), int(row["made_at"]), str(row["maker"] or ""), bool(row["tombstone"]), row["restored_at"]
    )
