"""Whether the org lets an app act for a user: installed, not blocked, the user permitted or asked; issues nothing."""

from flask import current_app

from sandbox.salesforce.deploy.app_registry import SELF_AUTHORIZED, App, admits
from sandbox.salesforce.gate import backstage
from sandbox.salesforce.oauth.approvals import Approvals
from sandbox.salesforce.oauth.faults import OAuthError
from sandbox.salesforce.oauth.security import APP_BLOCKED, IP_RESTRICTED, is_on

SELF_AUTHORIZE = "canvas_self_authorize"
"""Setting: ``1`` lets every user self-authorize whatever the app's own policy says."""
_ALWAYS = frozenset({"id"})  # who one is comes with every scope
NOT_INSTALLED = ("invalid_client", "app must be installed into org")
BLOCKED = ("OAUTH_APP_BLOCKED", "this app is blocked by admin")  # assumed at the token endpoint; at the redirect known
NOT_ADMITTED = ("invalid_app_access", "user is not admin approved to access this app")
NOT_APPROVED = ("invalid_grant", "user hasn't approved this consumer")


def approvals() -> Approvals:
    """The approvals of the running org."""
    found: Approvals | None = current_app.extensions.get("oauth_approvals")
    if found is None:
        found = current_app.extensions["oauth_approvals"] = Approvals(backstage().org)
    return found


def find_app() -> App | None:
    """The app that this org has, if any."""
    org = backstage().org
    return org.app() if org.setting("app_installed", "1") == "1" else None


def installed_app() -> App:
    """The app, if it may be used at all. Raises OAuthError."""
    app = find_app()
    if app is None:
        raise OAuthError(*NOT_INSTALLED)
    if is_on(backstage().org, APP_BLOCKED):
        raise OAuthError(*BLOCKED)
    return app


def self_authorized(app: App) -> bool:
    """Whether users decide by themselves; otherwise an admin has decided beforehand."""
    return app.permitted_users == SELF_AUTHORIZED or backstage().org.setting(SELF_AUTHORIZE, "0") == "1"


def is_admitted(app: App, user_id: str) -> bool:
    """Whether the policy leaves a user to the app, be it after an approval of the user's own."""
    return self_authorized(app) or admits(backstage().org, app, user_id)


def needs_approval(app: App, user_id: str, scope: str = "") -> bool:
    """Whether the user must be asked before the app may act; without a scope, whether nothing was approved so far."""
    given = approvals().scopes(user_id, app.consumer_key)
    return self_authorized(app) and not (given and set(scope.split()) <= given | _ALWAYS)


def admit(app: App, user_id: str) -> None:
    """Raises OAuthError unless the user is active, permitted by the policy, and calls from a network that is."""
    org = backstage().org
    if not org.is_active(user_id):
        raise OAuthError("inactive_user", "user is inactive")
    if not is_admitted(app, user_id):
        raise OAuthError(*NOT_ADMITTED)
    if is_on(org, IP_RESTRICTED):
        raise OAuthError("invalid_grant", "ip restricted")
