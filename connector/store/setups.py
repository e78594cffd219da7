"""Setting an org up before any frame exists: one-use codes, and how far each got. Codes are kept as their hash."""

import secrets
from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Index, Integer, RowMapping, String, Table, Text, text

from connector import clock
from connector.store.database import metadata
from connector.store.users import hashed

CODE_SECONDS = 24 * 3600
"""How long a set-up code waits to be used."""

SETUP_SECONDS = 4 * 3600
"""How long a set-up that was begun may take."""

setups = Table(
    "setups",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code_hash", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("session_hash", String(64), nullable=False, server_default=""),
    Column("opened_at", BigInteger),
    Column("salesforce_id", String(18), nullable=False, server_default=""),
    Column("my_domain", String(255), nullable=False, server_default=""),
    Column("consumer_key", String(255), nullable=False, server_default=""),
    Column("consumer_secret", Text, nullable=False, server_default=""),
    Column("org_id", Integer, ForeignKey("orgs.id")),
    Column("finished_at", BigInteger),
    Column("told", Text, nullable=False, server_default=""),
    Column("only_for", String(18), nullable=False, server_default=""),
    Index("uq_setups_code_hash", "code_hash", unique=True),
    Index("ix_setups_session_hash", "session_hash"),
)
"""A code opens its set-up once: `session_hash` then names the browser that goes on with it. `org_id` is set when the
organization was made or found, `finished_at` when Salesforce let us in. `consumer_secret`, encrypted, waits here until
then: an organization that works already goes on as it is while somebody only tries. `told` says how it ended.
`only_for` is the organization that the operator made the code out to: one that is here already takes no other."""


@dataclass(frozen=True)
class Begun:
    """A set-up whose code was just used up; `session` is the browser's, and kept nowhere."""

    id: int
    session: str


def issue(connection: Connection, only_for: str = "") -> str:
    """A new set-up code, twelve letters and digits in groups of four that nobody mistakes for one another.

    `only_for` is the 18-character id of the one organization that it is good for, even if that is here already.
    """
    letters = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
    code = "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(3))
    now = clock.milliseconds(clock.now())
    connection.execute(
        setups.insert().values(
            code_hash=hashed(code), created_at=now, expires_at=now + CODE_SECONDS * 1000, only_for=only_for
        )
    )
    return code


def standing(connection: Connection, code: str) -> str:
    """What is the matter with a code: "" when it may be used, else unknown, used or late."""
    statement = text("SELECT opened_at, expires_at FROM setups WHERE code_hash = :code")
    row = connection.execute(statement, {"code": hashed(code)}).first()
    if row is None:
        return "unknown"
    if row.opened_at is not None:
        return "used"
    return "" if row.expires_at > clock.milliseconds(clock.now()) else "late"


def made_out_to(connection: Connection, code: str) -> str:
    """The only organization that a code is good for; empty for any that is new here."""
    statement = text("SELECT only_for FROM setups WHERE code_hash = :code")
    return str(connection.execute(statement, {"code": hashed(code)}).scalar() or "")


def open_with(connection: Connection, code: str) -> Begun | None:
    """Use a code up; None when it is none, was used before or came too late. Two at once: one gets it."""
    session = secrets.token_urlsafe(32)
    now = clock.milliseconds(clock.now())
    statement = text(
        "UPDATE setups SET session_hash = :session, opened_at = :now, expires_at = :until "
        "WHERE code_hash = :code AND opened_at IS NULL AND expires_at > :now RETURNING id"
    )
    values = {"session": hashed(session), "now": now, "until": now + SETUP_SECONDS * 1000, "code": hashed(code)}
    found = connection.execute(statement, values).scalar()
    return None if found is None else Begun(int(found), session)


def of_session(connection: Connection, session: str) -> RowMapping | None:
    """The set-up that a browser goes on with, while it lasts; a finished one too, to say so."""
    statement = text("SELECT * FROM setups WHERE session_hash = :session AND expires_at > :now")
    values = {"session": hashed(session), "now": clock.milliseconds(clock.now())}
    return connection.execute(statement, values).mappings().first()


def took_too_long(connection: Connection, session: str) -> bool:
    """Whether a browser's set-up ended because its time was over."""
    statement = text("SELECT 1 FROM setups WHERE session_hash = :session AND expires_at <= :now")
    values = {"session": hashed(session), "now": clock.milliseconds(clock.now())}
    return connection.execute(statement, values).first() is not None


def name_org(connection: Connection, setup_id: int, salesforce_id: str, my_domain: str) -> None:
    """Note which organization is being set up, and where it is."""
    connection.execute(
        text(
            "UPDATE setups SET salesforce_id = :salesforce, my_domain = :domain, org_id = NULL "
            "WHERE id = :id AND finished_at IS NULL"
        ),
        {"salesforce": salesforce_id, "domain": my_domain, "id": setup_id},
    )


def enter(connection: Connection, setup_id: int, consumer_key: str, consumer_secret: str) -> None:
    """Keep what the installed app is called and signs with until Salesforce lets us in; the secret comes encrypted."""
    connection.execute(
        text("UPDATE setups SET consumer_key = :key, consumer_secret = :secret WHERE id = :id AND finished_at IS NULL"),
        {"key": consumer_key, "secret": consumer_secret, "id": setup_id},
    )


def attach(connection: Connection, setup_id: int, org_id: int) -> None:
    """The organization was made or found: from here on the set-up is about this row."""
    connection.execute(text("UPDATE setups SET org_id = :org WHERE id = :id"), {"org": org_id, "id": setup_id})


def finish(connection: Connection, setup_id: int, told: str) -> bool:
    """Salesforce let us in, and in these words it is told; False when it was finished before."""
    statement = text(
        "UPDATE setups SET finished_at = :now, told = :told, consumer_secret = '' "
        "WHERE id = :id AND finished_at IS NULL"
    )
    values = {"now": clock.milliseconds(clock.now()), "told": told, "id": setup_id}
    return bool(connection.execute(statement, values).rowcount)
