"""The recipients of a message, a page at a time by key, with what each did and whom it is matched to."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, RowMapping, bindparam, text

from connector.model.activity import BOUNCES
from connector.store.searching import containing


class Did(StrEnum):
    """The recipients that a page can be of."""

    ALL = "all"
    OPENED = "opened"
    CLICKED = "clicked"
    BOUNCED = "bounced"
    UNSUBSCRIBED = "unsubscribed"
    NOT_OPENED = "not-opened"


_BOUNCES = ", ".join(f"'{one}'" for one in BOUNCES)
_OF_MESSAGE = "SELECT x.recipient_id FROM facts x WHERE x.org_id = :org AND x.message_id = :message"
_OPENED = f"{_OF_MESSAGE} AND x.activity_group = 'Opened'"

_SETS: dict[Did, str] = {
    Did.ALL: _OF_MESSAGE,
    Did.OPENED: _OPENED,
    Did.CLICKED: f"{_OF_MESSAGE} AND x.activity_group = 'Clicked'",
    Did.BOUNCED: f"{_OF_MESSAGE} AND x.activity_group = 'Sent' AND x.activity IN ({_BOUNCES})",
    Did.UNSUBSCRIBED: f"{_OF_MESSAGE} AND x.activity_group = 'Unsubscribed'",
    Did.NOT_OPENED: f"{_OF_MESSAGE} AND x.activity_group = 'Sent' AND x.activity = 'Delivered' EXCEPT {_OPENED}",
}


@dataclass(frozen=True)
class Wanted:
    """Which recipients of which message, behind which recipient."""

    org_id: int
    message_id: int
    did: Did = Did.ALL
    search: str = ""
    after: int = -1


def page(connection: Connection, wanted: Wanted, limit: int) -> Sequence[RowMapping]:
    """Recipients (id, email) in the order of their ids; one more than `limit`."""
    searched = "AND lower(r.email) LIKE lower(:search) ESCAPE '!'" if wanted.search else ""
    statement = text(f"""
        SELECT one.recipient_id AS id, coalesce(r.email, '') AS email
        FROM (SELECT DISTINCT recipient_id FROM ({_SETS[wanted.did]}) AS them WHERE recipient_id > :after) AS one
        LEFT JOIN recipients r ON r.org_id = :org AND r.id = one.recipient_id
        WHERE true {searched} ORDER BY one.recipient_id LIMIT :limit
    """)  # noqa: S608  # our own words
    values = {
        "org": wanted.org_id,
        "message": wanted.message_id,
        "after": wanted.after,
        "search": containing(wanted.search),
        "limit": limit + 1,
    }
    return connection.execute(statement, values).mappings().all()


def did(connection: Connection, org_id: int, message_id: int, recipients: Sequence[int]) -> dict[int, list[RowMapping]]:
    """Recipient → what it did with this message, kind by kind: how often, when last, and the latest detail."""
    statement = text("""
        SELECT recipient_id, activity_group, activity, count(*) AS count, max(occurred_at) AS last,
               min(occurred_at) AS first, max(detail) AS detail
        FROM facts WHERE org_id = :org AND recipient_id IN :recipients AND message_id = :message
        GROUP BY recipient_id, activity_group, activity ORDER BY recipient_id, first, activity_group
    """).bindparams(bindparam("recipients", expanding=True))
    values = {"org": org_id, "message": message_id, "recipients": list(recipients)}
    found: dict[int, list[RowMapping]] = {}
    for row in connection.execute(statement, values).mappings():
        found.setdefault(int(row["recipient_id"]), []).append(row)
    return found


def who(connection: Connection, org_id: int, recipients: Sequence[int]) -> dict[int, list[RowMapping]]:
    """Recipient → the people that it is, if any."""
    statement = text("""
        SELECT x.recipient_id, x.person_id AS id, coalesce(p.name, '') AS name, coalesce(p.kind, '') AS kind
        FROM matches x LEFT JOIN people p ON p.org_id = x.org_id AND p.id = x.person_id
        WHERE x.org_id = :org AND x.recipient_id IN :recipients ORDER BY x.recipient_id, x.slot
    """).bindparams(bindparam("recipients", expanding=True))
    found: dict[int, list[RowMapping]] = {}
    for row in connection.execute(statement, {"org": org_id, "recipients": list(recipients)}).mappings():
        found.setdefault(int(row["recipient_id"]), []).append(row)
    return found
