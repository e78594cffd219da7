"""The demo's account with a small audience, made before its house opens: every message, far fewer activities."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import orjson

from sandbox.realmagnet.account import HOUR, Account
from sandbox.realmagnet.kinds import Kind
from sandbox.realmagnet.seed import FIRST_LINK, FIRST_MESSAGE, Plan, add_message, seed_demo

LETTER, LETTER_NAME = FIRST_MESSAGE + 500, "Personal invitation"
MAIL, FAX = FIRST_MESSAGE, FIRST_MESSAGE + 14
"""The first e-mail and the first fax of the demo."""


@dataclass(frozen=True)
class Member:
    """A recipient who is a Contact or a Lead, and can be reached by e-mail and by fax."""

    recipient: int
    person: str
    first_name: str
    email: str
    fax: str


def make(folder: Path, audience: int = 60) -> Path:
    """The account, with one more message that has merge fields in it; nobody got that one yet."""
    account = Account(folder)
    plan = Plan(audience=audience)
    seed_demo(account, plan)
    add_message(account, (LETTER, LETTER_NAME, plan.start - HOUR), [])
    with account.transaction() as connection:
        connection.execute(
            "UPDATE message SET html = ?, text = ? WHERE id = ?",
            ("<p>Dear [[First_Name]], we saved you a seat.</p>", "Dear [[First_Name]], we saved you a seat.", LETTER),
        )
    account.close()
    return folder


def members(realmagnet: Path, people: Sequence[str]) -> list[Member]:
    """Those of the people, who may be written to, that the account knows by their id."""
    found: list[Member] = []
    with closing(sqlite3.connect(realmagnet / "realmagnet.sqlite3")) as account:
        for person in people:
            statement = (
                "SELECT id, document FROM recipient WHERE custom_id = ? AND has_fax AND unsubscribed_at IS NULL "
                "AND suppressed_at IS NULL"
            )
            rows = account.execute(statement, (person,)).fetchall()
            if len(rows) == 1:
                number, fields = rows[0][0], orjson.loads(rows[0][1])
                found.append(Member(number, person, fields["FirstName"], fields["Email"], fields["Fax"]))
    return found


def did_everything(realmagnet: Path, member: Member) -> None:
    """Let something of every kind have happened to one recipient, an hour ago by the account's clock."""
    with closing(sqlite3.connect(realmagnet / "realmagnet.sqlite3", timeout=30)) as account, account:
        at = int(account.execute("SELECT value FROM state WHERE name = 'now'").fetchone()[0]) - HOUR
        number, link = member.recipient, FIRST_LINK
        rows = [
            (MAIL, Kind.EMAIL_SENT, at, number, 1, at, None),
            (MAIL, Kind.EMAIL_DELIVERED, at, number, 1, None, None),
            (MAIL, Kind.EMAIL_OPENED, at + 60_000, number, 1, None, None),
            (MAIL, Kind.LINK_CLICKED, at + 70_000, number, 1, None, link),
            (MAIL, Kind.UNSUBSCRIBED, at + 80_000, number, 1, None, None),
            (FAX, Kind.FAX_SENT, at, number, 1, at, None),
            (FAX, Kind.FAX_DELIVERED, at, number, 1, None, None),
        ]
        account.executemany(
            "INSERT INTO event (message_id, kind, at, seq, recipient_id, status, result_at, link_id) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (message, int(kind), when, 10**9 + number * 10 + place, who, status, ended, clicked)
                for place, (message, kind, when, who, status, ended, clicked) in enumerate(rows)
            ],
        )
