"""What an admin allows and forbids in the org as a whole: ways in, networks, second factors; it knows no request."""

import json

from sandbox.salesforce.org import Org

SOAP_LOGIN = "soap_login"
PASSWORD_FLOW = "password_flow"
MFA = "mfa_required"
IP_RESTRICTED = "ip_restricted"
APP_BLOCKED = "app_blocked"
SWITCHES = {
    SOAP_LOGIN: "SOAP API login() is enabled",
    PASSWORD_FLOW: "OAuth username-password flows are allowed",
    MFA: "Multi-factor authentication is required",
    IP_RESTRICTED: "Logins are restricted to a network that the caller is not in",
    APP_BLOCKED: "The app is blocked",
}
"""What can be switched, by name, as people read it."""
_OFF_IN_NEW_ORGS = frozenset({SOAP_LOGIN, PASSWORD_FLOW})
_LOCKED = "users_locked"
_SKEW = "assertion_clock_skew"


def is_on(org: Org, name: str) -> bool:
    """Whether a switch is on; the old ways in by password are off in an org that begins today."""
    usual = "1" if name in _OFF_IN_NEW_ORGS and not org.bare else "0"
    return org.setting(name, usual) == "1"


def switch(org: Org, name: str, *, on: bool) -> None:
    """Raises KeyError for a switch that nobody knows."""
    if name not in SWITCHES:
        raise KeyError(name)
    org.set_setting(name, "1" if on else "0")


def locked_users(org: Org) -> list[str]:
    """The usernames that may not log in for the moment."""
    found: list[str] = json.loads(org.setting(_LOCKED, "[]"))
    return found


def lock_user(org: Org, username: str, *, locked: bool) -> None:
    """Lock a user out of every login by password, or let the user log in again. Raises KeyError for an unknown one."""
    org.user_id(username)
    others = [name for name in locked_users(org) if name != username]
    org.set_setting(_LOCKED, json.dumps([*others, username] if locked else others))


def clock_skew(org: Org) -> float:
    """By how many seconds the org's watch is ahead of the true time when it reads an assertion."""
    return float(org.setting(_SKEW, "0"))


def set_clock_skew(org: Org, seconds: float) -> None:
    org.set_setting(_SKEW, str(seconds))
