"""Salesforce let somebody in with the set-up's app: the organization uses it, and has its first administrator."""

from contextlib import closing
from dataclasses import dataclass

import structlog
from flask import Response, make_response, redirect
from sqlalchemy import Connection, RowMapping, text

from connector import clock
from connector.connection import needs, ways
from connector.errors import ConnectorError, Refused
from connector.model.connection import Tried
from connector.model.rights import ALL
from connector.salesforce import tokens
from connector.store import audit, rights, setups, users
from connector.store.users import Identity
from connector.store.vault import Vault
from webapp.connection.popup import BARRED
from webapp.setup import starting
from webapp.wiring import wiring

log = structlog.get_logger("webapp.setup")

FIRST = (
    "Real Magnet works in {name} as {user}. You are its first administrator: you may do everything, and give others "
    "their rights."
)
AGAIN = (
    "Real Magnet works in {name} as {user}. It was set up before: its runs and settings, and the rights of all others, "
    "are as they were. You are an administrator there: you may do everything."
)
FINISHED = Refused("This set-up was finished meanwhile. Nothing was changed.")
LATE = Refused("This set-up took longer than four hours and has ended. Nothing was changed: ask for a new code.")
CHANGED = Refused("The organization was changed on the set-up page meanwhile. Connect it again.")


@dataclass(frozen=True)
class Came:
    """Who came back, and the connection that he brought: with just the app by which Salesforce let him in."""

    found: tokens.Connection
    tried: Tried


def keep(handover: RowMapping, found: tokens.Connection, tried: Tried) -> None:
    """Finish the set-up: connection, app and administrator all at once, or nothing. Raises `Refused`."""
    services, org_id = wiring().services, int(handover["org_id"])
    with ways.replacing_salesforce(services, org_id, found) as connection:
        # of two that arrive at once the second waits here until it sees what the first one did
        connection.execute(text("UPDATE orgs SET name = name WHERE id = :org"), {"org": org_id})
        _finish(connection, services.vault, _going_on(connection, handover), Came(found, tried))


def arrive(handover: RowMapping, tried: Tried) -> Response:
    """Go back to the page, which tells what came of it."""
    _let_see(int(handover["org_id"]), tried)
    return make_response(redirect("/set-up", 303))


def _going_on(connection: Connection, handover: RowMapping) -> RowMapping:
    """The set-up that somebody comes back to. Raises `Refused` unless it still is what he left for."""
    statement = text("SELECT * FROM setups WHERE id = :id")
    setup = connection.execute(statement, {"id": handover["setup_id"]}).mappings().one()
    if setup["finished_at"] is not None:
        raise FINISHED
    if setup["expires_at"] <= clock.milliseconds(clock.now()):
        raise LATE
    if setup["org_id"] != handover["org_id"]:
        raise CHANGED
    if words := starting.unfit(connection, setup["only_for"], setup["salesforce_id"]):
        raise Refused(words)
    return setup


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


def _finish(connection: Connection, vault: Vault, setup: RowMapping, came: Came) -> None:
    org_id, tried = int(setup["org_id"]), came.tried
    actor = audit.Actor(org_id, _welcome(connection, org_id, tried))
    before, words = _told(connection, org_id), AGAIN if starting.settled(connection, setup["salesforce_id"]) else FIRST
    after = _make_administrator(connection, actor, tried.user.name)
    _take_over(connection, vault, setup, came)
    ways.put_salesforce(connection, vault, came.found, tried, actor)
    name = tried.organization_name or "your organization"
    setups.finish(connection, setup["id"], words.format(name=name, user=tried.user.name))
    audit.record(connection, actor, "Set up with a code", before, _told(connection, org_id) | after)


def _make_administrator(connection: Connection, actor: audit.Actor, name: str) -> dict[str, object]:
    """The code gives every right, but not back what a bar took away. Answers what the audit log tells of it."""
    user_id = int(actor.user_id or 0)
    if users.is_barred(connection, user_id):
        raise BARRED
    if rights.own(connection, user_id) == ALL:
        return {}
    rights.give(connection, user_id, ALL)
    return {"administrator": name}


def _told(connection: Connection, org_id: int) -> dict[str, object]:
    """What the audit log may show of an organization's app: never the secret."""
    statement = text("SELECT name, my_domain, consumer_key FROM orgs WHERE id = :org")
    row = connection.execute(statement, {"org": org_id}).one()
    return {"name": row.name, "My Domain": row.my_domain, "consumer key": row.consumer_key}


def _take_over(connection: Connection, vault: Vault, setup: RowMapping, came: Came) -> None:
    """The app by which Salesforce let somebody in is the organization's own, whatever was typed meanwhile."""
    connection.execute(
        text(
            "UPDATE orgs SET name = :name, my_domain = :domain, consumer_key = :key, consumer_secret = :secret "
            "WHERE id = :id"
        ),
        {
            "name": (came.tried.organization_name or setup["salesforce_id"])[:200],
            "domain": came.found.login_url,
            "key": came.found.client_id,
            "secret": vault.seal(setup["salesforce_id"], "consumer_secret", came.found.client_secret),
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
