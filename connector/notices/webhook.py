"""Posts one signed document to a webhook's address and tells in words what it answered. It knows no notice.

The address is a stranger's: it may lead to nothing but a public host, by https, and the connection goes to the very
address that was checked. On a machine that serves only itself (a demo, a test) it may be that machine.
"""

import hashlib
import hmac
import http.client
import ipaddress
import json
import socket
import ssl
import time
from contextlib import closing
from dataclasses import dataclass, field
from threading import Timer
from urllib.parse import SplitResult, urlsplit

from connector.errors import Misconfigured, Refused
from connector.salesforce.transport import is_loopback
from connector.settings import Settings

SECONDS = 10.0
"""Longest that all of it may take once connected, and longest wait for the connection."""

KEPT = 200
"""So many characters of an answer are kept."""

SIGNATURE = "X-Real-Magnet-Signature"
_TRANSLATED = tuple(ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16"))
"""Addresses that carry an IPv4 address inside, which may be a private one."""

_FIRST_GOOD, _FIRST_REDIRECT, _FIRST_BAD = 200, 300, 400


@dataclass(frozen=True)
class Post:
    """One document for one address, signed with the address's own secret."""

    address: str = field(repr=False)
    secret: str = field(repr=False)
    body: str = field(repr=False)


def trouble(settings: Settings, address: str) -> str:
    """Why notices cannot go to an address, by its form alone; '' when they can."""
    try:
        _parts(settings, address)
    except Misconfigured as error:
        return str(error)
    return ""


def sign(secret: str, body: bytes, moment: int) -> str:
    """The value of the signature's header: its time, and the HMAC-SHA256 of time, a full stop and the body."""
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def send(settings: Settings, post: Post) -> str:
    """Deliver it; answers what the other side said. Raises `Misconfigured` or `Refused` with the reason in words."""
    parts = _parts(settings, post.address)
    checked = _checked(settings, parts)
    body = post.body.encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Real-Magnet-for-Salesforce",
        SIGNATURE: sign(post.secret, body, int(time.time())),
    }
    try:
        status, words = _asked(parts, checked, body, headers)
    except (OSError, http.client.HTTPException, AttributeError) as error:  # the last: closed by the timer meanwhile
        raise Refused(f"The webhook did not answer ({type(error).__name__}).") from None
    said = f"{status} {words}".strip()
    if _FIRST_REDIRECT <= status < _FIRST_BAD:
        raise Refused(f"The webhook answered {said}: redirects are not followed. Enter the address it leads to.")
    if not _FIRST_GOOD <= status < _FIRST_REDIRECT:
        raise Refused(f"The webhook answered {said}")
    return f"The webhook answered {said}"


def _parts(settings: Settings, address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        host, _port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise Misconfigured("This is no address of a webhook.") from None
    if not address.isascii() or not address.isprintable() or " " in address:
        raise Misconfigured("The address of a webhook has only plain letters, digits and signs.")
    if parts.username is not None or not host:
        raise Misconfigured("The address of a webhook has a host, and no user or password before it.")
    at_home = is_loopback(host) and _is_at_home(settings)
    if parts.scheme != "https" and not (at_home and parts.scheme == "http"):
        raise Misconfigured("The address of a webhook begins with https://.")
    return parts


def _is_at_home(settings: Settings) -> bool:
    return is_loopback((urlsplit(settings.public_url).hostname or "").lower())


def _checked(settings: Settings, parts: SplitResult) -> str:
    """The one address to connect to. Raises `Misconfigured` when the host has any that is not public."""
    host = str(parts.hostname)
    try:
        found = socket.getaddrinfo(host, _port(parts), type=socket.SOCK_STREAM)
    except OSError:
        raise Refused("The webhook's host is not known.") from None
    addresses = [str(sockaddr[0]) for *_, sockaddr in found]
    if is_loopback(host) and _is_at_home(settings):
        local = [one for one in addresses if ipaddress.ip_address(one).is_loopback]
        return next((one for one in local if ":" not in one), local[0]) if local else host
    if not addresses or not all(_is_public(one) for one in addresses):
        raise Misconfigured("The webhook's host is not on the public internet: nothing is sent there.")
    return next((one for one in addresses if ":" not in one), addresses[0])


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return _is_public(str(found.ipv4_mapped))
        if any(found in net for net in _TRANSLATED):
            return False
    return found.is_global and not found.is_multicast


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _asked(parts: SplitResult, checked: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    host, port = str(parts.hostname), _port(parts)
    with closing(http.client.HTTPConnection(host, port)) as connection:  # it names the host; the socket is ours
        plain = socket.create_connection((checked, port), timeout=SECONDS)
        limit = Timer(SECONDS, _cut, [plain])
        limit.daemon = True
        limit.start()
        try:
            secured = parts.scheme == "https"
            connection.sock = _wrapped(plain, host) if secured else plain
            headers["Host"] = host if parts.port is None else f"{host}:{port}"
            connection.request("POST", parts._replace(scheme="", netloc="", fragment="").geturl() or "/", body, headers)
            answer = connection.getresponse()
            words = answer.read(4 * KEPT).decode("utf-8", "replace")
        finally:
            limit.cancel()
            plain.close()
    return answer.status, " ".join(words.split())[:KEPT]


def _wrapped(plain: socket.socket, host: str) -> ssl.SSLSocket:
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host)


def _cut(plain: socket.socket) -> None:
    """End a conversation that takes too long: a byte now and then would keep any single wait short."""
    try:
        plain.shutdown(socket.SHUT_RDWR)
    except OSError:
        plain.close()


def numbered(document: str, delivery: str) -> str:
    """A document with the number of its delivery, by which a receiver knows one that comes twice."""
    return json.dumps({**json.loads(document), "delivery": delivery})
