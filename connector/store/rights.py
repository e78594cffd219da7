"""What users may do: their own levels, and the defaults by Salesforce profile and permission set."""

import json
from collections.abc import Mapping

from sqlalchemy import Column, Connection, ForeignKey, Integer, String, Table, text

from connector.model.rights import Area, Default, Holder, Level, Rights, effective
from connector.store.database import metadata

user_rights = Table(
    "user_rights",
    metadata,
    Column("user_id", Integer, ForeignKey("users.id"), primary_key=True, autoincrement=False),
    Column("area", String(20), primary_key=True),
    Column("level", String(10), nullable=False),
)
"""Levels that were given to one user; they go before every default."""

right_defaults = Table(
    "right_defaults",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True, autoincrement=False),
    Column("holder", String(20), primary_key=True),
    Column("name", String(120), primary_key=True),
    Column("area", String(20), primary_key=True),
    Column("level", String(10), nullable=False),
)
"""Levels that come with a profile or a permission set, by its API name, or with being here (`name` is empty)."""


def of_user(connection: Connection, user_id: int) -> dict[Area, Level]:
    """The rights that hold for a user now."""
    statement = text("SELECT org_id, profile, permission_sets FROM users WHERE id = :id")
    row = connection.execute(statement, {"id": user_id}).one()
    sets = set(json.loads(row.permission_sets))
    fitting = [
        default
        for default in defaults(connection, int(row.org_id))
        if default.holder is Holder.EVERYBODY
        or (default.holder is Holder.PROFILE and default.name == row.profile)
        or (default.holder is Holder.PERMISSION_SET and default.name in sets)
    ]
    return effective(own(connection, user_id), fitting)


def own(connection: Connection, user_id: int) -> Rights:
    """The levels that were given to this user himself."""
    statement = text("SELECT area, level FROM user_rights WHERE user_id = :id")
    return {Area(area): Level(level) for area, level in connection.execute(statement, {"id": user_id})}


def take_turn(connection: Connection, org_id: int) -> None:
    """Have changes of an org's rights wait for each other until this transaction ends; call it before any look.

    SQLite lets one writer in at a time anyway. PostgreSQL shows each transaction the other's rows only once it is over:
    two administrators could take from each other what both still saw.
    """
    if connection.dialect.name == "postgresql":  # KEY: rows that only refer to the org need not wait
        connection.execute(text("SELECT id FROM orgs WHERE id = :org FOR NO KEY UPDATE"), {"org": org_id})


def give(connection: Connection, user_id: int, levels: Mapping[Area, Level | None]) -> None:
    """Give a user levels of his own; None takes one back, so that the defaults hold again."""
    give_one = text("""
        INSERT INTO user_rights (user_id, area, level) VALUES (:user, :area, :level)
        ON CONFLICT (user_id, area) DO UPDATE SET level = excluded.level
    """)
    take_back = text("DELETE FROM user_rights WHERE user_id = :user AND area = :area")
    for area, level in levels.items():
        values = {"user": user_id, "area": str(area)}
        if level is None:
            connection.execute(take_back, values)
        else:
            connection.execute(give_one, {**values, "level": str(level)})


def givers(connection: Connection, org_id: int, limit: int) -> list[str]:
    """The names of users who may give rights to others because somebody gave them Settings: Full."""
    statement = text("""
        SELECT u.name FROM users u JOIN user_rights r ON r.user_id = u.id
        WHERE u.org_id = :org AND u.barred_at IS NULL AND r.area = :area AND r.level = :level ORDER BY u.id LIMIT :limit
    """)
    values = {"org": org_id, "area": str(Area.SETTINGS), "level": str(Level.FULL), "limit": limit}
    return [str(name) for name in connection.execute(statement, values).scalars()]


def defaults(connection: Connection, org_id: int) -> list[Default]:
    """Every default of an org, in order of its holder."""
    statement = text(
        "SELECT holder, name, area, level FROM right_defaults WHERE org_id = :org ORDER BY holder, name, area"
    )
    return [
        Default(Holder(holder), name, Area(area), Level(level))
        for holder, name, area, level in connection.execute(statement, {"org": org_id})
    ]


def set_defaults(connection: Connection, org_id: int, holder: Holder, name: str, rights: Rights | None) -> None:
    """Say what comes with a holder; None forgets the holder."""
    values = {"org": org_id, "holder": str(holder), "name": name}
    connection.execute(
        text("DELETE FROM right_defaults WHERE org_id = :org AND holder = :holder AND name = :name"), values
    )
    for area, level in (rights or {}).items():
        connection.execute(
            text(
                "INSERT INTO right_defaults (org_id, holder, name, area, level) "
                "VALUES (:org, :holder, :name, :area, :level) "
                "ON CONFLICT (org_id, holder, name, area) DO UPDATE SET level = excluded.level"
            ),
            {**values, "area": str(area), "level": str(level)},
        )
