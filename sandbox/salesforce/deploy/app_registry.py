"""The external client app that the org has, if any; it knows no flow that asks for it and no file it came from."""

import json
import secrets
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from sandbox.salesforce.options import AppOptions

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org

PRE_AUTHORIZED, SELF_AUTHORIZED = "AdminApprovedPreAuthorized", "AllSelfAuthorized"
SCOPES = {
    "Basic": "id", "Api": "api", "Web": "web", "Full": "full", "Chatter": "chatter_api", "OpenID": "openid",
    "RefreshToken": "refresh_token", "OfflineAccess": "offline_access", "Profile": "profile", "Email": "email",
    "Address": "address", "Phone": "phone", "CustomPermissions": "custom_permissions", "Wave": "wave_api",
    "CustomApplications": "visualforce",
}  # fmt: skip
"""The scopes of the metadata and what they are called on the wire."""
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._"
_LISTS = ("callback_urls", "canvas_locations", "scopes", "permission_sets", "profiles")


@dataclass(frozen=True)
class App:
    """One app. ``scopes`` are wire names; ``permitted_users`` is PRE_AUTHORIZED or SELF_AUTHORIZED.

    ``canvas_url`` is empty while no Canvas settings are deployed. ``redirects_below`` allows every callback under an
    address, which only the demo's own app has.
    """

    developer_name: str
    label: str
    canvas_url: str = ""
    canvas_method: str = "Post"
    canvas_locations: tuple[str, ...] = ()
    callback_urls: tuple[str, ...] = ()
    redirects_below: str = ""
    scopes: tuple[str, ...] = ()
    permitted_users: str = SELF_AUTHORIZED
    permission_sets: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    consumer_key: str = ""
    consumer_secret: str = field(default="", repr=False)
    certificate: str | None = field(default=None, repr=False)  # PEM; allows JWT bearer
    client_credentials: bool = field(default=False, repr=False)  # whether the flow is on
    client_credentials_user: str = ""  # the username it runs as
    pkce_required: bool = True
    secret_required_for_refresh: bool = True
    rotates_refresh_tokens: bool = False

    @property
    def callback_url(self) -> str:
        """The first callback, which Setup shows; empty when none is deployed."""
        return self.callback_urls[0] if self.callback_urls else ""

    def may_redirect(self, address: str) -> bool:
        if self.redirects_below and address.startswith(self.redirects_below):
            return True
        return address in self.callback_urls


def new_consumer_key() -> str:
    return "3MVG9" + "".join(secrets.choice(_ALPHABET) for _ in range(80))


def new_consumer_secret() -> str:
    return secrets.token_hex(32).upper()


def app_of_options(options: AppOptions, org_id: str) -> App:
    """The app that an org which is not bare has had since ever: all flows, for every user."""
    return App(
        "Real_Magnet",
        "Real Magnet",
        canvas_url=f"{options.app_url.rstrip('/')}/canvas/{org_id}",
        canvas_locations=("Aura", "PageLayout", "Visualforce"),
        callback_urls=options.redirect_uris,
        redirects_below="" if options.redirect_uris else options.app_url.rstrip("/") + "/",
        scopes=("api", "id", "openid", "refresh_token"),
        permitted_users=PRE_AUTHORIZED,
        profiles=("*",),
        consumer_key=options.consumer_key,
        consumer_secret=options.consumer_secret,
        certificate=options.certificate,
        client_credentials=True,
        client_credentials_user="integration@salesforce.example",
        rotates_refresh_tokens=options.rotate_refresh_tokens,
    )


def admits(org: "Org", app: App, user_id: str) -> bool:
    """Whether an admin has approved the user: by profile (``*`` is every one) or permission set. Raises KeyError."""
    if app.permitted_users != PRE_AUTHORIZED or "*" in app.profiles:
        return True
    rights = org.access(user_id)
    held = {item.name.lower() for item in rights.permission_sets}
    named = {name.lower() for name in app.permission_sets}
    return rights.profile.lower() in {name.lower() for name in app.profiles} or bool(held & named)


def written(app: App) -> str:
    return json.dumps(asdict(app))


def read(text: str) -> App:
    given: dict[str, Any] = json.loads(text)
    known = {item.name for item in fields(App)}
    values: dict[str, Any] = {name: value for name, value in given.items() if name in known}
    for name in _LISTS:
        values[name] = tuple(values[name])
    return App(**values)
