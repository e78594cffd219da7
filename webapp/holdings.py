"""What a user holds in Salesforce, profile and permission sets, so far as rights come with them."""

import structlog

from connector.errors import ConnectorError
from connector.store import users
from webapp.wiring import Wiring

log = structlog.get_logger("webapp.holdings")

LASTS_SECONDS = 600
"""So long what was told holds: each page of a record launches us, and each question costs the org two calls."""


def learn(house: Wiring, user_id: int, login: tuple[str, str], salesforce_id: str) -> None:
    """Ask by the user's own (address, token), unless it was asked a moment ago. What cannot be asked stays as known."""
    database = house.services.database
    with database.read() as connection:
        if users.learned(connection, user_id, LASTS_SECONDS):
            return
    try:
        found = house.salesforce_user(*login, salesforce_id)
    except ConnectorError as error:
        log.info("holdings unknown", user=user_id, reason=type(error).__name__)
        return
    with database.write() as connection:
        users.learn(connection, user_id, found.profile, found.permission_sets)
