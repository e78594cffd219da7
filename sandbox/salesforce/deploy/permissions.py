"""Who may deploy what: two switches guard an app's secrets, as in Setup; it knows no archive."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org

OAUTH_SECRETS = "oauth_secrets_in_metadata"
"""Org setting *Allow Access to OAuth Consumer Secrets via Metadata API*: ``1`` when ticked."""
_VIEW_SECRETS = "view_app_secrets_in_metadata:"
"""User permission *View External Client Apps Consumer Secrets in Metadata*: this, then the user's id."""


def view_secrets_setting(user_id: str) -> str:
    """The name of the setting that holds the user permission."""
    return _VIEW_SECRETS + user_id


def secrets_allowed(org: "Org") -> bool:
    return org.setting(OAUTH_SECRETS, "0") == "1"


def allow_secrets(org: "Org", *, allowed: bool) -> None:
    org.set_setting(OAUTH_SECRETS, str(int(allowed)))


def may_view_secrets(org: "Org", user_id: str) -> bool:
    return org.setting(view_secrets_setting(user_id), "0") == "1"


def let_view_secrets(org: "Org", user_id: str, *, allowed: bool) -> None:
    org.set_setting(view_secrets_setting(user_id), str(int(allowed)))


def may_deploy(org: "Org", user_id: str) -> bool:
    """*Modify Metadata Through Metadata API Functions* and *API Enabled*. Raises KeyError for an unknown user."""
    rights = org.access(user_id)
    return rights.has("ModifyMetadata") and rights.has("ApiEnabled")
