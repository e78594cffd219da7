"""The users of an org as whoever gives rights sees them: linked or not, seen when, shut out or not."""

import json
from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, text

from connector import clock
from connector.store.searching import containing

_COLUMNS = (
    "id, org_id, salesforce_id, name, profile, permission_sets, realmagnet_login, linked_at, seen_at, learned_at, "
    "barred_at"
)


MOST_COMBINATIONS = 500
"""Of profile and permission sets, to offer names from; nobody scrolls further."""


def users(connection: Connection, org_id: int, search: str, after: int, limit: int) -> Sequence[RowMapping]:
    """Users with this text in their name or their Real Magnet login, behind user `after`; one more than `limit`."""
    statement = text(f"""
        SELECT {_COLUMNS} FROM users WHERE org_id = :org AND id > :after
        AND (lower(name) LIKE lower(:search) ESCAPE '!' OR lower(realmagnet_login) LIKE lower(:search) ESCAPE '!')
        ORDER BY id LIMIT :limit
    """)  # noqa: S608  # our own words
    values = {"org": org_id, "after": after, "search": containing(search), "limit": limit + 1}
    return connection.execute(statement, values).mappings().all()


def user(connection: Connection, org_id: int, user_id: int) -> RowMapping | None:
    """One user, only if he is this org's."""
    statement = text(f"SELECT {_COLUMNS} FROM users WHERE id = :id AND org_id = :org")  # noqa: S608  # our own words
    return connection.execute(statement, {"id": user_id, "org": org_id}).mappings().first()


def holders(connection: Connection, org_id: int) -> tuple[list[str], list[str]]:
    """The profiles and the permission sets that users of an org were seen with, by name."""
    statement = text("SELECT DISTINCT profile, permission_sets FROM users WHERE org_id = :org LIMIT :most")
    rows = connection.execute(statement, {"org": org_id, "most": MOST_COMBINATIONS}).all()
    sets = {name for row in rows for name in json.loads(row.permission_sets)}
    return sorted({row.profile for row in rows} - {""}), sorted(sets)


def forget(connection: Connection, user_id: int) -> None:
    """What Salesforce told of a user once holds no longer: profile and permission sets are unknown until it tells."""
    statement = text("UPDATE users SET profile = '', permission_sets = '[]', learned_at = NULL WHERE id = :id")
    connection.execute(statement, {"id": user_id})


def unlink(connection: Connection, user_id: int) -> None:
    """This Salesforce user is no Real Magnet user any more: the next request shows the login page."""
    connection.execute(text("UPDATE users SET realmagnet_login = '', linked_at = NULL WHERE id = :id"), {"id": user_id})


def sign_out(connection: Connection, user_id: int) -> int:
    """End every session of a user; answers how many there were."""
    now = clock.milliseconds(clock.now())
    statement = text(
        "UPDATE sessions SET revoked_at = :now WHERE user_id = :id AND revoked_at IS NULL AND expires_at > :now"
    )
    return int(connection.execute(statement, {"now": now, "id": user_id}).rowcount)


def bar(connection: Connection, user_id: int) -> None:
    """Shut a user out, from the next request on."""
    sign_out(connection, user_id)
    statement = text("UPDATE users SET barred_at = :now WHERE id = :id AND barred_at IS NULL")
    connection.execute(statement, {"now": clock.milliseconds(clock.now()), "id": user_id})


def let_in(connection: Connection, user_id: int) -> None:
    """The user may come in again, by his next launch."""
    connection.execute(text("UPDATE users SET barred_at = NULL WHERE id = :id"), {"id": user_id})
