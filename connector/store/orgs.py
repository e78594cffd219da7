"""Orgs, our tenants: their door, their two connections, and what they chose in Manage Data."""

from sqlalchemy import BigInteger, Boolean, Column, Connection, ForeignKey, Integer, String, Table, Text, text

from connector import clock
from connector.model.activity import COLLECTED, Mode
from connector.model.rights import ALL, Holder
from connector.store import rights
from connector.store.database import metadata, new_id

orgs = Table(
    "orgs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("salesforce_id", String(18), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("consumer_secret", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("consumer_key", String(255), nullable=False, server_default=""),
    Column("my_domain", String(255), nullable=False, server_default=""),
)
"""`salesforce_id` is the organization's 18-character id and the last part of its door's address. `consumer_secret`,
encrypted, is the key that signs its Canvas requests; `consumer_key` names the same app when a person is sent to log in
at `my_domain`, the org's own address."""

salesforce_connections = Table(
    "salesforce_connections",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),
    Column("login_url", String(255), nullable=False),
    Column("instance_url", String(255), nullable=False),
    Column("client_id", String(255), nullable=False, server_default=""),
    Column("username", String(255), nullable=False, server_default=""),
    Column("secrets", Text, nullable=False),
    Column("access_token", Text, nullable=False, server_default=""),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("locked_until", BigInteger, nullable=False, server_default="0"),
    Column("refused", Text, nullable=False, server_default=""),
    Column("checked_at", BigInteger),
    Column("user_id", String(18), nullable=False, server_default=""),
)
"""How the workers reach Salesforce. `secrets` is an encrypted JSON object (client secret, refresh token, key).
`version` counts access tokens: of two processes one refreshes, the other takes what it got.
`user_id` is the Salesforce user that the workers are there."""

realmagnet_connections = Table(
    "realmagnet_connections",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True, autoincrement=False),
    Column("username", String(255), nullable=False),
    Column("password", Text, nullable=False),
    Column("account", String(80), nullable=False, server_default=""),
    Column("refused", Text, nullable=False, server_default=""),
    Column("checked_at", BigInteger),
)

nights = Table(
    "nights",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True, autoincrement=False),
    Column("enabled", Boolean, nullable=False, server_default="1"),
    Column("local_time", String(5), nullable=False, server_default="02:00"),
    Column("zone", String(64), nullable=False, server_default="UTC"),
    Column("next_run_at", BigInteger),
    Column("same_address", String(20), nullable=False, server_default="contact over lead"),
    Column("figures_zone", String(64), nullable=False, server_default=""),
)
"""When an org's night is: local time HH:MM in an IANA zone; `next_run_at` is the instant computed from them.
`figures_zone` is the zone in which `daily_figures` were counted."""

kind_choices = Table(
    "kind_choices",
    metadata,
    Column("org_id", Integer, ForeignKey("orgs.id"), primary_key=True, autoincrement=False),
    Column("activity_group", String(40), primary_key=True),
    Column("selected", Boolean, nullable=False, server_default="1"),
    Column("mode", String(20), nullable=False, server_default=Mode.HISTORY),
    Column("fill_after", String(32)),
    Column("keep_days", Integer),
)
"""Which kinds of activity come back, and where each is kept. A group without a row is not selected. `fill_after` is set
while what the ledger knows of a kind is to be decided anew: the key of the last fact that was marked, '' for none.
`keep_days`: how long rows of History stay in Salesforce; NULL for ever."""


def choices(connection: Connection, org_id: int) -> dict[str, tuple[bool, str]]:
    """Activity group → (selected, mode) for every group that can be collected."""
    statement = text("SELECT activity_group, selected, mode FROM kind_choices WHERE org_id = :org")
    chosen = {str(g): (bool(s), str(m)) for g, s, m in connection.execute(statement, {"org": org_id})}
    return {group: chosen.get(group, (False, Mode.HISTORY)) for group in COLLECTED}


def by_salesforce_id(connection: Connection, salesforce_id: str) -> int | None:
    """The org with this 18-character id."""
    statement = text("SELECT id FROM orgs WHERE salesforce_id = :id")
    return connection.execute(statement, {"id": salesforce_id}).scalar()


def salesforce_id(connection: Connection, org_id: int) -> str:
    """The 18-character id of an org."""
    return str(connection.execute(text("SELECT salesforce_id FROM orgs WHERE id = :org"), {"org": org_id}).scalar_one())


def create(connection: Connection, salesforce_id: str, name: str, consumer_secret: str, zone: str = "UTC") -> int:
    """A new org with every kind selected and kept in History, where everybody may do everything until somebody says
    otherwise (`choices.choose` keeps kinds in other ways).

    Answers its id. `consumer_secret` comes encrypted, `zone` is an IANA name.
    """
    result = connection.execute(
        orgs.insert().values(
            salesforce_id=salesforce_id,
            name=name,
            consumer_secret=consumer_secret,
            created_at=clock.milliseconds(clock.now()),
        )
    )
    org_id = new_id(result)
    connection.execute(nights.insert().values(org_id=org_id, zone=zone))
    rights.set_defaults(connection, org_id, Holder.EVERYBODY, "", ALL)
    connection.execute(
        kind_choices.insert(),
        [{"org_id": org_id, "activity_group": g, "selected": True, "mode": Mode.HISTORY} for g in COLLECTED],
    )
    return org_id


def note_account(connection: Connection, org_id: int, account: str) -> None:
    """Real Magnet let us in: which account it is, and when."""
    connection.execute(
        text(
            "UPDATE realmagnet_connections SET account = :account, checked_at = :now, refused = '' WHERE org_id = :org"
        ),
        {"org": org_id, "account": account, "now": clock.milliseconds(clock.now())},
    )


def note_refusal(connection: Connection, org_id: int, reason: str) -> None:
    """Real Magnet did not let us in: a person must mend it."""
    connection.execute(
        text("UPDATE realmagnet_connections SET refused = :reason WHERE org_id = :org"),
        {"org": org_id, "reason": reason},
    )


def note_salesforce(connection: Connection, org_id: int) -> None:
    """Salesforce let us in and answered."""
    connection.execute(
        text("UPDATE salesforce_connections SET refused = '', checked_at = :now WHERE org_id = :org"),
        {"org": org_id, "now": clock.milliseconds(clock.now())},
    )
