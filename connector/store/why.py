"""What is known of one message of one person: activities, who the recipient is, rules, and rows in Salesforce.

Everything is read by index, from the recipients of the pair on; it changes nothing.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, bindparam, text

from connector.model.why import Case, Fact, Match, Message, Person, Recipient, Rules
from connector.store import orgs, screens, why_rows

MOST_FACTS = 300
"""So many activities of one pair are looked at, the newest first; a program that clicks all day has more."""
MOST_PEOPLE = 6
"""So many people of one address are named."""
MOST_RECIPIENTS = 10


@dataclass(frozen=True)
class Pair:
    """One message, and a person or a recipient; the person wins."""

    org_id: int
    message_id: int
    person_id: str = ""
    recipient_id: int = 0


_PERSON = text("SELECT id, kind, name, email, survivor_id FROM people WHERE org_id = :org AND id = :id")
_BY_ADDRESS = text("""
    SELECT id, kind, name, email, survivor_id FROM people
    WHERE org_id = :org AND email = :email AND survivor_id = id ORDER BY kind, created_at, id LIMIT :limit
""")
_RECIPIENTS = text("""
    SELECT recipient_id AS id FROM matches WHERE org_id = :org AND person_id IN (:person, :survivor)
    UNION SELECT id FROM recipients WHERE org_id = :org AND custom_id = :person
    UNION SELECT id FROM recipients WHERE org_id = :org AND email = :email AND email <> ''
    ORDER BY id LIMIT :limit
""")
_RECIPIENT = text("SELECT id, email, custom_id FROM recipients WHERE org_id = :org AND id = :id")
_MATCHES = text("""
    SELECT x.slot, x.how, x.person_id AS id, coalesce(p.kind, '') AS kind, coalesce(p.name, '') AS name,
           coalesce(p.email, '') AS email, p.survivor_id
    FROM matches x LEFT JOIN people p ON p.org_id = x.org_id AND p.id = x.person_id
    WHERE x.org_id = :org AND x.recipient_id = :id ORDER BY x.slot
""")
_FACTS = text("""
    SELECT f.key, f.message_id, f.recipient_id, f.activity_group, f.activity, f.occurred_at, f.decision, f.reason,
           f.changed_run, coalesce(l.url_hash, '') AS url_hash
    FROM facts f LEFT JOIN links l ON l.id = f.link_id
    WHERE f.org_id = :org AND f.recipient_id IN :recipients AND f.message_id = :message
    ORDER BY f.occurred_at DESC, f.key LIMIT :limit
""").bindparams(bindparam("recipients", expanding=True))
_MESSAGE = text("""
    SELECT m.name, m.last_sent, m.read_run, m.seen_run, (
        SELECT max(asked_on) FROM readings d WHERE d.org_id = m.org_id AND d.message_id = m.id) AS asked_on
    FROM messages m WHERE m.org_id = :org AND m.id = :id
""")
_GROUPS = text("SELECT group_id FROM message_groups WHERE org_id = :org AND message_id = :id ORDER BY group_id")
_NIGHT = text("SELECT same_address, CASE WHEN enabled THEN next_run_at END AS next FROM nights WHERE org_id = :org")


def case(connection: Connection, pair: Pair, look_back_days: int) -> Case:
    """Read everything about a pair; a person or recipient that nobody knows leaves it empty."""
    asked = person(connection, pair.org_id, pair.person_id) if pair.person_id else None
    numbers = [pair.recipient_id] if not pair.person_id else _recipients_of(connection, pair.org_id, asked)
    known = [_recipient(connection, pair.org_id, number) for number in numbers]
    recipients = [one for one in known if one is not None]
    values = {"org": pair.org_id, "recipients": numbers, "message": pair.message_id, "limit": MOST_FACTS + 1}
    facts = [_fact(row) for row in connection.execute(_FACTS, values).mappings()]
    message = _message(connection, pair.org_id, pair.message_id)
    night = connection.execute(_NIGHT, {"org": pair.org_id}).mappings().first()
    underway = screens.unfinished_run(connection, pair.org_id)
    rules = Rules(orgs.choices(connection, pair.org_id), str(night["same_address"]) if night else "", look_back_days)
    return Case(
        message=message or Message(pair.message_id, "", None, None, None, None),
        person=asked,
        recipients=recipients,
        facts=facts[:MOST_FACTS],
        rows=why_rows.rows(connection, pair.org_id, facts[:MOST_FACTS], recipients),
        rules=rules,
        buried=why_rows.buried(connection, pair.org_id, facts[:MOST_FACTS], recipients),
        last_night=screens.fresh_until(connection, pair.org_id),
        underway=int(underway["id"]) if underway else None,
        next_night=night["next"] if night else None,
        message_known=message is not None,
        more=len(facts) > MOST_FACTS,
    )


def person(connection: Connection, org_id: int, record_id: str) -> Person | None:
    """A Contact or Lead as the index has it, also a deleted or merged one."""
    row = connection.execute(_PERSON, {"org": org_id, "id": record_id}).mappings().first()
    return None if row is None else _person(row)


def _person(row: RowMapping) -> Person:
    return Person(str(row["id"]), str(row["kind"]), str(row["name"]), str(row["email"]), row["survivor_id"])


def _recipients_of(connection: Connection, org_id: int, who: Person | None) -> list[int]:
    """Whoever is this person, has its id, or has its address and may be somebody else."""
    if who is None:
        return []
    survivor = who.survivor_id or who.id
    living = person(connection, org_id, survivor)
    values = {
        "org": org_id,
        "person": who.id,
        "survivor": survivor,
        "email": living.email if living else who.email,
        "limit": MOST_RECIPIENTS,
    }
    return [int(number) for number in connection.execute(_RECIPIENTS, values).scalars()]


def _recipient(connection: Connection, org_id: int, number: int) -> Recipient | None:
    row = connection.execute(_RECIPIENT, {"org": org_id, "id": number}).mappings().first()
    if row is None:
        return None
    email, custom_id = str(row["email"]), str(row["custom_id"])
    values = {"org": org_id, "email": email, "limit": MOST_PEOPLE}
    by_address = [_person(one) for one in connection.execute(_BY_ADDRESS, values).mappings()] if email else []
    found = connection.execute(_MATCHES, {"org": org_id, "id": number}).mappings()
    return Recipient(
        number,
        email,
        custom_id,
        person(connection, org_id, custom_id) if custom_id else None,
        by_address,
        [Match(number, str(one["slot"]), str(one["how"]), _person(one)) for one in found],
    )


def _message(connection: Connection, org_id: int, number: int) -> Message | None:
    row = connection.execute(_MESSAGE, {"org": org_id, "id": number}).mappings().first()
    if row is None:
        return None
    groups = [int(one) for one in connection.execute(_GROUPS, {"org": org_id, "id": number}).scalars()]
    return Message(
        number, str(row["name"]), row["last_sent"], row["read_run"], row["seen_run"], row["asked_on"], groups
    )


def _fact(row: RowMapping) -> Fact:
    return Fact(
        *(str(row["key"]), int(row["message_id"]), int(row["recipient_id"])),
        *(str(row["activity_group"]), str(row["activity"])),
        occurred_at=int(row["occurred_at"]),
        decision=row["decision"],
        reason=str(row["reason"]),
        run=int(row["changed_run"]),
        url_hash=str(row["url_hash"]),
    )
