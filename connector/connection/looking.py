"""Looks at an org through a connection that was just made: which org it is, as whom we are there, what he lacks."""

from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any, TypeVar

from connector.connection import doctor, needs
from connector.errors import CredentialsRefused, LimitReached, Refused
from connector.model.connection import SalesforceUser, Tried
from connector.model.people import id18
from connector.salesforce.administration import GivenToken
from connector.salesforce.gateway import Salesforce, userinfo
from connector.salesforce.tokens import Connection
from connector.settings import Settings

Seen = TypeVar("Seen")


def look(settings: Settings, salesforce_id: str, connection: Connection) -> Tried:
    """Whose a connection with a token is, and what that user lacks. Raises `Refused` when it leads to another org."""
    told = _told(settings, salesforce_id, connection)
    with closing(Salesforce(GivenToken(connection.instance_url, connection.access_token), settings)) as salesforce:
        user = _user(salesforce, told)
        name = _unless_hidden(lambda: _name(salesforce), "")
        findings = _unless_hidden(lambda: doctor.examine(salesforce, needs.for_org()), [])
    whole = doctor.worst_first([*doctor.examine_user(user), *findings])
    return Tried(salesforce_id, name, user, connection.instance_url, whole)


def recognize(settings: Settings, salesforce_id: str, connection: Connection) -> Tried:
    """Whose a connection with a token is, and no more: a user who may not use the API is told that much, too.

    Raises `Refused` when it leads to another org.
    """
    told = _told(settings, salesforce_id, connection)
    return Tried(salesforce_id, "", _as_told(told), connection.instance_url)


def _told(settings: Settings, salesforce_id: str, connection: Connection) -> Mapping[str, Any]:
    told = userinfo(settings, connection.instance_url, connection.access_token)
    found = id18(str(told.get("organization_id", "")))
    if found != salesforce_id:
        raise Refused(
            f"This login leads to another Salesforce organization: {found}, and here {salesforce_id} is connected.",
            advice="Check My Domain, and log in with a user of this organization. Nothing was changed.",
        )
    return told


def _user(salesforce: Salesforce, told: Mapping[str, Any]) -> SalesforceUser:
    """The user as Salesforce shows him; as his token tells where he may not see users."""
    himself = _as_told(told)
    shown = _unless_hidden(lambda: salesforce.users([himself.id]), [])
    return shown[0] if shown else himself


def _as_told(told: Mapping[str, Any]) -> SalesforceUser:
    user_id, username = id18(str(told.get("user_id", ""))), str(told.get("preferred_username", ""))
    name, active = str(told.get("name", "")), told.get("active") is True
    return SalesforceUser(user_id, username, name, active, profile="", sets_shown=False)


def _name(salesforce: Salesforce) -> str:
    return next((str(row[0] or "") for row in salesforce.query("SELECT Name FROM Organization")), "")


def _unless_hidden(ask: Callable[[], Seen], otherwise: Seen) -> Seen:
    """What Salesforce answers; a user who may not see it gets in all the same, and the findings say what he lacks."""
    try:
        return ask()
    except (CredentialsRefused, LimitReached):
        raise
    except Refused:
        return otherwise
