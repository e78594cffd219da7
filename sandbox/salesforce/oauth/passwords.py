"""Who may come in by a password, at the login page and at the API, and what stands in the way; it knows no form."""

import hmac

from sandbox.salesforce.access import MINIMUM
from sandbox.salesforce.gate import Backstage
from sandbox.salesforce.oauth.security import MFA, is_on, locked_users


def _known(stage: Backstage, username: str) -> bool:
    try:
        user_id = stage.org.user_id(username)
    except KeyError:
        return False
    return stage.org.is_active(user_id) and username not in locked_users(stage.org)


def page_password_fits(stage: Backstage, username: str, password: str) -> bool:
    """Whether the login page lets a user on; why not is never told."""
    return _known(stage, username) and hmac.compare_digest(password.encode(), stage.options.password.encode())


def api_password_fits(stage: Backstage, username: str, password: str) -> bool:
    """Whether password and security token, joined, are a user's, and no second factor is asked of the user."""
    wanted = stage.options.password + stage.options.security_token
    fits = hmac.compare_digest(password.encode(), wanted.encode())
    return fits and _known(stage, username) and not second_factor_asked(stage, username)


def second_factor_asked(stage: Backstage, username: str) -> bool:
    """Whether a user must prove who it is twice; users that only the API knows need not (assumed)."""
    try:
        profile = stage.org.access(stage.org.user_id(username)).profile
    except KeyError:
        return False
    return is_on(stage.org, MFA) and profile != MINIMUM
