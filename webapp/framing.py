"""Which sites may frame us, worked out from Salesforce addresses. Knows no request."""

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

MY_DOMAIN = ".my.salesforce.com"
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
PLAIN_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*|::1")
"""What a host may be made of. Others read `https://elsewhere\\.my.salesforce.com` as a call to `elsewhere`, and a blank
or a semicolon would end our policy."""


def trusted_origin(address: str, hosts: Iterable[str]) -> str | None:
    """The origin of an address if its host is on the list: https, or plain http for a listed loopback host."""
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return None
    if (
        not PLAIN_HOST.fullmatch(host)
        or parts.username is not None
        or not any(_fits(host, entry.lower()) for entry in hosts)
    ):
        return None
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        return None
    return f"{parts.scheme}://{host}:{port}" if port else f"{parts.scheme}://{host}"


def ancestors(origin: str) -> str:
    """The `frame-ancestors` of one org: its My Domain and the Lightning, Visualforce and Setup sites that belong to it.

    Every frame between the tab and us must match, and a Visualforce page stands inside a Lightning one.
    """
    host = urlsplit(origin).hostname or ""
    if not host.endswith(MY_DOMAIN):
        return origin
    stem = host.removesuffix(MY_DOMAIN)
    name, dot, rest = stem.partition(".")
    related = (
        f"https://{stem}.lightning.force.com",
        f"https://{name}--c{dot}{rest}.vf.force.com",
        f"https://{stem}.my.salesforce-setup.com",
    )
    return " ".join((origin, *related))


def any_ancestor(hosts: Iterable[str]) -> str:
    """The `frame-ancestors` of a page that belongs to no org yet, such as a refusal: every site on the list."""
    return " ".join(_source(entry) for entry in hosts) or "'none'"


def _source(entry: str) -> str:
    if entry in LOOPBACK_NAMES:
        return f"http://{entry}:*"
    return f"https://*{entry}" if entry.startswith(".") else f"https://{entry}"


def _fits(host: str, entry: str) -> bool:
    return host.endswith(entry) if entry.startswith(".") else host == entry


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
