"""What the org asks of an external client app that is deployed; it makes no key and signs nothing."""

import re
from collections.abc import Iterator

from sandbox.salesforce.deploy.app_registry import SCOPES
from sandbox.salesforce.deploy.archive import Component, Problem
from sandbox.salesforce.deploy.permissions import may_view_secrets, secrets_allowed
from sandbox.salesforce.deploy.target import Target

# assumed: plain http is taken for the machine's own addresses only
_SAFE_URL = re.compile(r"https://[^\s/]+(/\S*)?|http://(localhost|127\.0\.0\.1)(:\d+)?(/\S*)?")
_NO_SECRETS = (
    "You don't have access to OAuth consumer secrets: enable Allow Access to OAuth Consumer Secrets via Metadata API in"
    " Setup, and get the View External Client Apps Consumer Secrets in Metadata permission"
)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def check_app(_target: Target, item: Component) -> Iterator[Problem]:
    if not item.node.value("label"):
        yield item.problem("Required field is missing: label")  # assumed
    if not re.fullmatch(r"[A-Za-z](?:_?[A-Za-z0-9])*", item.name):
        yield item.problem(f"The name {item.name} is not a valid API name")  # assumed: the words


def check_connected_app(target: Target, item: Component) -> Iterator[Problem]:
    """New ones can no longer be made, since Spring '26."""
    if item.key not in target.there:
        # assumed: the words
        yield item.problem("You can't create a connected app. To enable connected app creation, contact Salesforce")


def check_part(target: Target, item: Component) -> Iterator[Problem]:
    """What every part of an app must have: the name of its app, to the letter."""
    name = item.node.value("externalClientApplication")
    if not target.has("ExternalClientApplication", name):
        text = f"INVALID_CROSS_REFERENCE_KEY: no ExternalClientApplication named {name} found"
        yield item.problem(text, item.node.find("externalClientApplication"))


def check_oauth(target: Target, item: Component) -> Iterator[Problem]:
    yield from check_part(target, item)
    for name in _names(item.node.value("commaSeparatedOauthScopes")):
        if name not in SCOPES:
            yield item.problem(f"Invalid OAuth scope: {name}", item.node.find("commaSeparatedOauthScopes"))  # assumed


def check_global_oauth(target: Target, item: Component) -> Iterator[Problem]:
    """Callback and secrets: two switches must be on before any of it is taken."""
    yield from check_part(target, item)
    if not secrets_allowed(target.org) or not may_view_secrets(target.org, target.user_id):
        yield item.problem(_NO_SECRETS)  # assumed: the words
    callbacks = item.node.value("callbackUrl").split()
    if not callbacks:
        yield item.problem("Required field is missing: callbackUrl")
    for address in callbacks:
        if not _SAFE_URL.fullmatch(address):
            text = f"The callback URL must be a secure URL: {address}"  # assumed: the words
            yield item.problem(text, item.node.find("callbackUrl"))


def check_policies(target: Target, item: Component) -> Iterator[Problem]:
    yield from check_part(target, item)
    at = item.node.find("commaSeparatedPermissionSet")
    for name in _names(item.node.value("commaSeparatedPermissionSet")):
        if not target.has("PermissionSet", name):
            yield item.problem(f"In field: commaSeparatedPermissionSet - no PermissionSet named {name} found", at)
    if item.node.flag("isClientCredentialsFlowEnabled"):
        yield from _check_execution_user(target, item)


def _check_execution_user(target: Target, item: Component) -> Iterator[Problem]:
    username = item.node.value("clientCredentialsFlowUser")
    try:
        target.org.user_id(username)
    except KeyError:
        text = f"In field: clientCredentialsFlowUser - no User named {username} found"
        yield item.problem(text, item.node.find("clientCredentialsFlowUser"))


def check_canvas(target: Target, item: Component) -> Iterator[Problem]:
    yield from check_part(target, item)
    address = item.node.value("canvasUrl")
    if not _SAFE_URL.fullmatch(address):
        text = f"The canvas URL must be a secure URL: {address}"  # assumed: the words
        yield item.problem(text, item.node.find("canvasUrl"))
    for other, node in target.nodes("ExtlClntAppCanvasSettings"):
        parent = item.node.value("externalClientApplication")
        if other != item.name and node.value("externalClientApplication") == parent:
            yield item.problem(f"{parent} already has Canvas settings: {other}")  # assumed: the words
