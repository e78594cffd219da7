"""Makes the org's app of the components that were deployed; the org itself makes its key and secret, once."""

from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.salesforce.catalog import Components
from sandbox.salesforce.deploy.app_registry import (
    SCOPES,
    SELF_AUTHORIZED,
    App,
    new_consumer_key,
    new_consumer_secret,
)
from sandbox.salesforce.deploy.nodes import Node

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org


def _names(node: Node, tag: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in node.value(tag).split(",") if name.strip())


def _part(components: Components, kind: str, app: str) -> Node:
    """The part of an app, empty when it is not deployed."""
    for (its_kind, _), node in components.items():
        if its_kind == kind and node.value("externalClientApplication") == app:
            return node
    return Node(kind)


def _secrets(before: App | None, shared: Node) -> dict[str, str]:
    key, secret = (before.consumer_key, before.consumer_secret) if before else ("", "")
    if not key or shared.flag("shouldRotateConsumerKey"):
        key = new_consumer_key()
    if not secret or shared.flag("shouldRotateConsumerSecret"):
        secret = new_consumer_secret()
    given_key, given_secret = shared.value("consumerKey"), shared.value("consumerSecret")
    return {"consumer_key": given_key or key, "consumer_secret": given_secret or secret}


def app_of_components(components: Components, name: str, before: App | None) -> App:
    """One app as it is deployed; ``before`` is the one the org has, whose key and secret it keeps."""
    head = components["ExternalClientApplication", name]
    canvas = _part(components, "ExtlClntAppCanvasSettings", name)
    oauth = _part(components, "ExtlClntAppOauthSettings", name)
    shared = _part(components, "ExtlClntAppGlobalOauthSettings", name)
    policies = _part(components, "ExtlClntAppOauthConfigurablePolicies", name)
    flow = shared.flag("isClientCredentialsFlowEnabled") and policies.flag("isClientCredentialsFlowEnabled")
    app = App(
        name,
        head.value("label"),
        canvas_url=canvas.value("canvasUrl"),
        canvas_method=canvas.value("accessMethod", "Post"),
        canvas_locations=tuple(node.text for node in canvas.all("canvasLocationOptions")),
        callback_urls=tuple(shared.value("callbackUrl").split()),
        scopes=tuple(SCOPES[scope] for scope in _names(oauth, "commaSeparatedOauthScopes") if scope in SCOPES),
        permitted_users=policies.value("permittedUsersPolicyType", SELF_AUTHORIZED),
        permission_sets=_names(policies, "commaSeparatedPermissionSet"),
        profiles=_names(policies, "commaSeparatedProfile"),
        certificate=shared.value("certificate") or None,
        client_credentials=flow,
        client_credentials_user=policies.value("clientCredentialsFlowUser") if flow else "",
        pkce_required=shared.value("isPkceRequired", "true") == "true",
        secret_required_for_refresh=shared.value("isSecretRequiredForRefreshToken", "true") == "true",
        rotates_refresh_tokens=shared.flag("isRefreshTokenRotationEnabled"),
    )
    return replace(app, **_secrets(before, shared))


def record_app(org: "Org", touched: set[str]) -> None:
    """Let the org know the app that a deployment made or changed; ``touched`` are the types that it brought."""
    if not any(kind.startswith(("ExternalClientApplication", "ExtlClntApp")) for kind in touched):
        return
    components, before = org.deployed.components, org.app()
    names = [name for kind, name in components if kind == "ExternalClientApplication"]
    kept = [name for name in names if before is not None and name == before.developer_name]
    for name in (kept or names)[:1]:
        org.install_app(app_of_components(components, name, before))
