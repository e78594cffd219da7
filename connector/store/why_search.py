"""Finds whom somebody means: a person or recipient by name, address or id, and the messages of a recipient."""

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, text

from connector.store.searching import containing

MOST_DIGITS = 18

_PEOPLE = "SELECT id, kind, name, email, survivor_id FROM people WHERE org_id = :org AND {condition} LIMIT :limit"
_BY_NAME = text(_PEOPLE.format(condition="lower(name) LIKE lower(:words) ESCAPE '!'"))  # our own words
_BY_ADDRESS = text(_PEOPLE.format(condition="email = :email"))
_RECIPIENTS = text("""
    SELECT r.id, r.email, r.custom_id FROM recipients r
    WHERE r.org_id = :org AND (r.id = :number OR (r.email = :email AND r.email <> '')) ORDER BY r.id LIMIT :limit
""")
_MESSAGES = text("""
    SELECT s.message_id, s.latest, s.count, m.name FROM (
        SELECT f.message_id, max(f.occurred_at) AS latest, count(*) AS count FROM facts f
        WHERE f.org_id = :org AND f.recipient_id = :id GROUP BY f.message_id
        ORDER BY latest DESC, f.message_id DESC LIMIT :limit) AS s
    LEFT JOIN messages m ON m.org_id = :org AND m.id = s.message_id ORDER BY s.latest DESC, s.message_id DESC
""")


def people(connection: Connection, org_id: int, words: str, limit: int) -> Sequence[RowMapping]:
    """People with this address, or with these words in their name; one more than `limit`."""
    values = {"org": org_id, "limit": limit + 1}
    if "@" in words:
        return connection.execute(_BY_ADDRESS, values | {"email": words.strip().lower()}).mappings().all()
    return connection.execute(_BY_NAME, values | {"words": containing(words)}).mappings().all()


def recipients(connection: Connection, org_id: int, words: str, limit: int) -> Sequence[RowMapping]:
    """Recipients with this address or number."""
    number = int(words) if words.isascii() and words.isdigit() and len(words) <= MOST_DIGITS else -1
    values = {"org": org_id, "number": number, "email": words.strip().lower(), "limit": limit}
    return connection.execute(_RECIPIENTS, values).mappings().all()


def messages(connection: Connection, org_id: int, recipient_id: int, limit: int) -> Sequence[RowMapping]:
    """The messages of a recipient, the one with the latest activity first; one more than `limit`."""
    values = {"org": org_id, "id": recipient_id, "limit": limit + 1}
    return connection.execute(_MESSAGES, values).mappings().all()
