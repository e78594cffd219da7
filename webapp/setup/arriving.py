"""Salesforce let somebody in with the set-up's app: the organization uses it, and has its first administrator."""

from contextlib import closing

import structlog
from flask import Response, make_response, redirect
from sqlalchemy import Connection, RowMapping, text

from connector.connection import needs
from connector.errors import ConnectorError, Refused
from connector.model.connection import Tried
from connector.model.rights import ALL, Area, Level
from connector.store import audit, rights, setups, users
from connector.store.users import Identity
from webapp.wiring import wiring

log = structlog.get_logger("webapp.setup")

FIRST = (
    "Real Magnet works in {name} as {user}. You are its first administrator: you may do everything, and give others "
    "their rights."
)
AGAIN = (
    "Real Magnet works in {name} as {user}. It was set up before: its administrators, rights, runs and settings are as "
    "they were."
)
CHANGED = Refused("The organization was changed on the set-up page meanwhile. Connect it again.")


def arrive(handover: RowMapping, tried: Tried) -> Response:
    """Make the set-up's app the organization's own, and go back to the page. The connection itself is kept already."""
    with wiring().services.database.write() as connection:
        setup = _setup(connection, handover["setup_id"])
        org_id = int(handover["org_id"])
        if setup["org_id"] != org_id:
            raise CHANGED
        if setup["finished_at"] is None:
            _finish(connection, setup, tried)
    _let_see(org_id, tried)
    return make_response(redirect("/set-up", 303))


def _let_see(org_id: int, tried: Tried) -> None:
    """Salesforce hides the Real Magnet tab from who lacks the readers' permission set; an administrator may take it."""
    if needs.READER in tried.user.permission_sets:
        return
    try:
        with closing(wiring().services.salesforce(org_id)) as salesforce:
            found = salesforce.permission_set_ids([needs.READER])
            if needs.READER in found:
                salesforce.assign(tried.user.id, found[needs.READER])
    except ConnectorError as error:  # the set-up is good without it: the tab's own page says who must give it
        log.info("readers' set not given", org=org_id, reason=type(error).__name__)


def _finish(connection: Connection, setup: RowMapping, tried: Tried) -> None:
    org_id = int(setup["org_id"])
    before = _told(connection, org_id)
    user_id = _welcome(connection, org_id, tried)
    first = not _has_administrator(connection, org_id)
    if first:
        rights.give(connection, user_id, ALL)
    _take_over(connection, setup, tried)
    name = tried.organization_name or "your organization"
    setups.finish(connection, setup["id"], (FIRST if first else AGAIN).format(name=name, user=tried.user.name))
    after = _told(connection, org_id) | ({"administrator": tried.user.name} if first else {})
    audit.record(connection, audit.Actor(org_id, user_id), "Set up with a code", before, after)


def _setup(connection: Connection, setup_id: int) -> RowMapping:
    return connection.execute(text("SELECT * FROM setups WHERE id = :id"), {"id": setup_id}).mappings().one()


def _told(connection: Connection, org_id: int) -> dict[str, object]:
    """What the audit log may show of an organization's app: never the secret."""
    statement = text("SELECT name, my_domain, consumer_key FROM orgs WHERE id = :org")
    row = connection.execute(statement, {"org": org_id}).one()
    return {"name": row.name, "My Domain": row.my_domain, "consumer key": row.consumer_key}


def _take_over(connection: Connection, setup: RowMapping, tried: Tried) -> None:
    connection.execute(
        text(
            "UPDATE orgs SET name = :name, my_domain = :domain, consumer_key = :key, consumer_secret = :secret "
            "WHERE id = :id"
        ),
        {
            "name": (tried.organization_name or setup["salesforce_id"])[:200],
            "domain": setup["my_domain"],
            "key": setup["consumer_key"],
            "secret": setup["consumer_secret"],
            "id": setup["org_id"],
        },
    )


def _welcome(connection: Connection, org_id: int, tried: Tried) -> int:
    """The user's row; where he uses the app already, his locale and zone stay as a launch told them."""
    known = connection.execute(
        text("SELECT locale, zone FROM users WHERE org_id = :org AND salesforce_id = :user"),
        {"org": org_id, "user": tried.user.id},
    ).first()
    locale, zone = (known.locale, known.zone) if known else ("en_US", "UTC")
    return users.welcome(connection, org_id, Identity(tried.user.id, tried.user.name, locale, zone))


def _has_administrator(connection: Connection, org_id: int) -> bool:
    """Whether somebody who may come in has Full rights to Settings of his own."""
    statement = text(
        "SELECT 1 FROM user_rights r JOIN users u ON u.id = r.user_id WHERE u.org_id = :org AND u.barred_at IS NULL "
        "AND r.area = :area AND r.level = :level"
    )
    values = {"org": org_id, "area": Area.SETTINGS, "level": Level.FULL}
    return connection.execute(statement, values).first() is not None
