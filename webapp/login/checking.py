"""Has Real Magnet check a user name and a password, and links the visitor to that user; no password is kept."""

import dataclasses
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field

import structlog

from connector.errors import CredentialsRefused
from connector.store import audit, orgs, screens, users
from webapp import sessions
from webapp.sessions import visitor
from webapp.wiring import wiring

log = structlog.get_logger("webapp.login")

LONGEST = 255
WRONG = (
    "Real Magnet does not know this user name and password. Check both and try again; "
    "a Real Magnet administrator of your account can set a new password."
)
OTHER_ACCOUNT = (
    "This user belongs to another Real Magnet account than the one connected here. Log in with a user of the "
    "connected account, or ask your administrator."
)


@dataclass(frozen=True)
class Login:
    """What was entered."""

    username: str = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True)
class Checked:
    """What Real Magnet says of a login: its account, or what is wrong by the name of the entry, "" for the whole."""

    account: str = ""
    problems: Mapping[str, str] = field(default_factory=dict[str, str])


def entered(form: Mapping[str, str]) -> Login:
    """The login of a form."""
    return Login(form.get("username", "").strip(), form.get("password", ""))


def check(login: Login) -> Checked:
    """Ask Real Magnet, unless something is missing. Raises `ConnectorError` when it cannot be asked."""
    problems = {
        name: words
        for name, value, words in (
            ("username", login.username, "Enter your Real Magnet user name."),
            ("password", login.password, "Enter your Real Magnet password."),
        )
        if not value or len(value) > LONGEST
    }
    if problems:
        return Checked(problems=problems)
    try:
        account = wiring().realmagnet_account(login.username, login.password)
    except CredentialsRefused:
        log.info("login refused", user=visitor().user_id)
        return Checked(problems={"": WRONG})
    if not _is_connected_account(account):
        log.warning("login of another account", user=visitor().user_id)
        return Checked(problems={"": OTHER_ACCOUNT})
    return Checked(account)


def link(username: str) -> None:
    """From now on the visitor is this Real Magnet user."""
    who, database = visitor(), wiring().services.database
    with database.write() as connection:
        users.link(connection, who.user_id, username)
        audit.record(
            connection,
            audit.Actor(who.org_id, who.user_id),
            "Linked to Real Magnet",
            {"Real Magnet user": who.realmagnet_login},
            {"Real Magnet user": username},
        )
    log.info("linked", user=who.user_id)
    sessions.replace(dataclasses.replace(who, realmagnet_login=username))


def _is_connected_account(account: str) -> bool:
    """An org without a connection yet takes any account."""
    with wiring().services.database.read() as connection:
        row = screens.realmagnet_connection(connection, visitor().org_id)
    return row is None or account == (row["account"] or _asked_account())


def _asked_account() -> str:
    """The account behind the org's own connection, which no night has named yet."""
    services, org_id = wiring().services, visitor().org_id
    with closing(services.realmagnet(org_id)) as realmagnet:
        account = realmagnet.account
    with services.database.write() as connection:
        orgs.note_account(connection, org_id, account)
    return account
