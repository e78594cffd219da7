"""Logging in, and whose session a request carries; knows no operation."""

import uuid
from typing import Any

from sandbox.realmagnet.account import Account, wall_now
from sandbox.realmagnet.contract import Body

IDLE_LIMIT = 30 * 60 * 1_000  # assumed: the vendor says nothing about how long a session lives


def authenticate(account: Account, body: Body) -> dict[str, Any]:
    """A bad login is answered like a good one, with zero and nulls."""
    login = account.one(
        "SELECT * FROM login WHERE username = ? AND password = ?", body.text("UserName", ""), body.text("Password", "")
    )
    if login is None:
        return {"LoginID": 0, "SessionID": None, "UserID": None}
    session_id = str(uuid.uuid4()).upper()
    with account.transaction() as connection:
        connection.execute("INSERT INTO session VALUES (?, ?, ?)", (session_id, login["id"], wall_now()))
    return {"LoginID": login["id"], "SessionID": session_id, "UserID": login["user_id"]}


def login_of(account: Account, session_id: str, user_id: str) -> int | None:
    """The login behind a living session of this account code."""
    row = account.one(
        "SELECT s.login_id, s.last_used_wall FROM session s JOIN login l ON l.id = s.login_id "
        "WHERE s.id = ? AND l.user_id = ?",
        *(session_id, user_id),
    )
    wall = wall_now()
    if row is None or row["last_used_wall"] < wall - IDLE_LIMIT:
        return None
    if row["last_used_wall"] < wall - IDLE_LIMIT // 30:
        with account.transaction() as connection:
            connection.execute("UPDATE session SET last_used_wall = ? WHERE id = ?", (wall, session_id))
    return row["login_id"]


def expire_all(account: Account) -> None:
    with account.transaction() as connection:
        connection.execute("DELETE FROM session")
