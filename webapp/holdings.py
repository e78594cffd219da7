"""What a user holds in Salesforce, profile and permission sets, so far as rights come with them."""

from contextlib import closing

import structlog

from connector.errors import ConnectorError, LimitReached, Refused, Temporary
from connector.model.connection import SalesforceUser
from connector.model.rights import Holder
from connector.store import provisioned, rights, users
from webapp.wiring import Wiring

log = structlog.get_logger("webapp.holdings")

LASTS_SECONDS = 600
"""So long what was told holds: each page of a record launches us, and each question costs the org two calls."""

TRUSTED_SECONDS = 24 * 3600
"""So long it holds while Salesforce cannot be asked; then nothing comes with it any more."""


def learn(house: Wiring, user_id: int, login: tuple[str, str], salesforce_id: str) -> None:
    """Ask by the user's own (address, token), unless it was asked a moment ago.

    Whom Salesforce refuses the answer holds nothing; while it cannot be asked, what it told last holds for a day.
    """
    database = house.services.database
    with database.read() as connection:
        if users.learned(connection, user_id, LASTS_SECONDS):
            return
    try:
        found = _asked(house, user_id, login, salesforce_id)
    except ConnectorError as error:
        log.info("holdings unknown", user=user_id, reason=type(error).__name__)
        with database.write() as connection:
            if not _may_pass(error):
                users.learn(connection, user_id, "", ())
            elif not users.learned(connection, user_id, TRUSTED_SECONDS):
                provisioned.forget(connection, user_id)
        return
    with database.write() as connection:
        users.learn(connection, user_id, found.profile, found.permission_sets)


def _asked(house: Wiring, user_id: int, login: tuple[str, str], salesforce_id: str) -> SalesforceUser:
    """What the user's own token may see; who may not look into Setup is seen by the org's connected user, if it may."""
    with house.services.database.read() as connection:
        org_id = users.org_of(connection, user_id)
        matters = any(one.holder is not Holder.EVERYBODY for one in rights.defaults(connection, org_id))
    try:
        found = house.salesforce_user(*login, salesforce_id)
        if found.sets_shown or not matters:
            return found
    except LimitReached:
        raise
    except Refused:
        if not matters:
            raise
    try:
        with closing(house.services.salesforce(org_id)) as connected:
            return connected.user(salesforce_id)
    except Refused as error:  # of the connection, not of this user: who must mend it may have his right from there
        raise Temporary("The connected user could not be asked.") from error


def _may_pass(error: ConnectorError) -> bool:
    """Whether it says nothing of this user: the org's calls of a day being used up, for one."""
    return isinstance(error, LimitReached) or not isinstance(error, Refused)
