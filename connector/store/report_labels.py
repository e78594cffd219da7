"""What the keys of the Activity Report are called: messages, links, owners and Campaigns by name, as far as known."""

import json
from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import Connection, bindparam, text

from connector.model.report_questions import NO_OWNER, NOT_IN_SALESFORCE, Dimension, Key

AT_ONCE = 500


def labels(connection: Connection, org_id: int, dimension: Dimension, keys: Iterable[Key]) -> dict[Key, str]:
    """Key → name, of the keys that have one in the store; the others say themselves what they are."""
    read = _READ.get(dimension)
    if read is None:
        return {}
    wanted, found = list(keys), dict[Key, str]()
    for start in range(0, len(wanted), AT_ONCE):
        found |= read(connection, org_id, wanted[start : start + AT_ONCE])
    return found


def owners(connection: Connection, org_id: int) -> dict[Key, str]:
    """Everybody whom people belong to, by name; those without one are not among them."""
    statement = text("SELECT id, name FROM owners WHERE org_id = :org AND name <> '' ORDER BY lower(name), id")
    return {str(key): str(name) for key, name in connection.execute(statement, {"org": org_id})}


def _messages(connection: Connection, org_id: int, keys: Sequence[Key]) -> dict[Key, str]:
    statement = text("SELECT id, name FROM messages WHERE org_id = :org AND id IN :keys")
    found = connection.execute(statement.bindparams(_KEYS), {"org": org_id, "keys": keys})
    return {key: f"Message {key}" for key in keys} | {int(key): str(name) for key, name in found if name} | {0: NONE[0]}


def _links(connection: Connection, org_id: int, keys: Sequence[Key]) -> dict[Key, str]:
    statement = text("""
        SELECT l.id, l.label, l.text, l.url, m.name FROM links l
        LEFT JOIN messages m ON m.org_id = l.org_id AND m.id = l.message_id
        WHERE l.org_id = :org AND l.id IN :keys
    """).bindparams(_KEYS)
    found: dict[Key, str] = {0: NONE[1]}
    for key, label, caption, url, message in connection.execute(statement, {"org": org_id, "keys": keys}):
        found[int(key)] = f"{label or caption or url}, in {message}" if message else str(label or caption or url)
    return found


def _owners(connection: Connection, org_id: int, keys: Sequence[Key]) -> dict[Key, str]:
    statement = text("SELECT id, name FROM owners WHERE org_id = :org AND id IN :keys").bindparams(_KEYS)
    found: dict[Key, str] = {key: f"Unknown owner {key}" for key in keys}
    found |= {NOT_IN_SALESFORCE: "Not in Salesforce", NO_OWNER: "Unknown owner"}
    rows = connection.execute(statement, {"org": org_id, "keys": keys})
    return found | {str(key): str(name) for key, name in rows if name}


def _campaigns(connection: Connection, org_id: int, keys: Sequence[Key]) -> dict[Key, str]:
    statement = text("""
        SELECT source_id, definition FROM upload_jobs
        WHERE org_id = :org AND source_id IN :keys AND definition <> '' AND state <> 'Draft' ORDER BY changed_at, id
    """).bindparams(_KEYS)
    found: dict[Key, str] = {"": "No Campaign"}
    for key, definition in connection.execute(statement, {"org": org_id, "keys": keys}):
        found[str(key)] = json.loads(definition)["source"]["name"] or str(key)
    return found


NONE = ("No message", "No link")
_KEYS = bindparam("keys", expanding=True)
_Read = Callable[[Connection, int, Sequence[Key]], dict[Key, str]]
_READ: dict[Dimension, _Read] = {
    Dimension.MESSAGE: _messages,
    Dimension.LINK: _links,
    Dimension.OWNER: _owners,
    Dimension.CAMPAIGN: _campaigns,
}
