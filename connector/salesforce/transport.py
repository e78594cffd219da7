"""How requests reach Salesforce: time limits, retries, allowed addresses, counting. It knows no object and no token."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
import stamina
from requests.adapters import HTTPAdapter

from connector.errors import Misconfigured, Temporary
from connector.salesforce import translate
from connector.settings import Settings

T = TypeVar("T")

CONNECT_SECONDS = 10.0
ATTEMPTS = 4
PATIENCE_SECONDS = 60.0
IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "PATCH", "DELETE"})
"""What may be sent again after an unknown end. Our PATCHes upsert by external key or set a state; POSTs create jobs."""

_USAGE = re.compile(r"(?:^|[^-\w])api-usage=(\d{1,18})/(\d{1,18})(?!\d)", re.ASCII)

_PLAIN = re.compile(r"(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*|\[::1\])(?::\d{1,5})?")
"""A host and perhaps a port, nothing else: a backslash before the suffix would be read as another host's path."""

_PURPOSES = {
    "jobs": "bulk",
    "composite": "collections",
    "query": "query",
    "queryAll": "query",
    "sobjects": "describe",
    "analytics": "reports",
    "limits": "limits",
    "token": "token",
    "Soap": "token",
    "userinfo": "userinfo",
}


def origin(address: str, settings: Settings) -> str:
    """The scheme and host of an address that may be called; raises `Misconfigured` for any other.

    https to the configured Salesforce hosts; this machine, by plain http too, only where its name is one of them or
    we are served from this machine ourselves: elsewhere it would let people reach what only our server may.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        raise Misconfigured("What should be an address of Salesforce is none.") from None
    host = (parts.hostname or "").lower()
    known = any(_fits(host, entry.lower()) for entry in settings.salesforce_hosts)
    if is_loopback(host):
        trusted = parts.scheme in {"http", "https"} and (known or _is_at_home(settings))
    else:
        trusted = parts.scheme == "https" and known
    if not trusted or not _PLAIN.fullmatch(parts.netloc):
        raise Misconfigured(
            f"{parts.scheme or 'no scheme'}://{host} is not a Salesforce address that may be called.",
            advice="Enter the organization's own My Domain, which ends in .my.salesforce.com; Salesforce shows it in "
            "Setup → My Domain. If yours ends otherwise, the operator of this connector adds it to SALESFORCE_HOSTS.",
        )
    return f"{parts.scheme}://{parts.netloc}"


def _fits(host: str, entry: str) -> bool:
    return host.endswith(entry) if entry.startswith(".") else host == entry


def _is_at_home(settings: Settings) -> bool:
    """Whether we are served to this machine only, as a demo and the tests are."""
    try:
        return is_loopback((urlsplit(settings.public_url).hostname or "").lower())
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def usage_of(headers: Mapping[str, str]) -> tuple[int, int] | None:
    """Used and allowed calls of the org's day, as `Sforce-Limit-Info: api-usage=18/15000` tells; None without it."""
    found = _USAGE.search(headers.get("Sforce-Limit-Info", ""))
    return (int(found[1]), int(found[2])) if found else None


def purpose(address: str) -> str:
    """What a call is for, by its path: `/services/data/v66.0/<what>` or `/services/<what>`."""
    parts = urlsplit(address).path.split("/")
    return next((_PURPOSES[part] for part in parts if part in _PURPOSES), "other")


class PatientSession(requests.Session):
    """A session with time limits on every call, whoever makes it, and no look at the environment per call.

    Proxies and the CA bundle of the environment are read once an origin.
    """

    def __init__(self, settings: Settings, counted: Callable[[str], None] | None = None) -> None:
        super().__init__()
        self._settings = settings
        self._counted = counted
        self._environment: dict[str, Mapping[str, Any]] = {}
        self.mount("https://", HTTPAdapter(max_retries=0))
        self.mount("http://", HTTPAdapter(max_retries=0))

    def send_once(self, method: str, address: str, **options: Any) -> requests.Response:
        """One call, any answer. Raises `Temporary` when there is none, `Misconfigured` for a strange address."""
        root = origin(address, self._settings)
        if root not in self._environment:
            self.trust_env = True
            self._environment[root] = self.merge_environment_settings(root, {}, None, None, None)
            self.trust_env = False
        surroundings = self._environment[root]
        options.setdefault("proxies", surroundings["proxies"])
        options.setdefault("verify", surroundings["verify"])
        options.setdefault("timeout", (CONNECT_SECONDS, self._settings.http_timeout))
        options["allow_redirects"] = False
        if self._counted is not None:
            self._counted(purpose(address))
        try:
            return super().request(method, address, **options)
        except (requests.RequestException, OSError) as error:
            raise translate.unreachable(error) from None


def patiently(method: str, call: Callable[[], T]) -> T:
    """Make a call again while its error is `Temporary` and its method allows; Retry-After is honoured."""
    wanted = _again if method in IDEMPOTENT else _never
    for attempt in stamina.retry_context(on=wanted, attempts=ATTEMPTS, timeout=PATIENCE_SECONDS, wait_initial=0.2):
        with attempt:
            return call()
    raise AssertionError  # stamina's loop returns or raises


def _again(error: Exception) -> bool | float:
    if not isinstance(error, Temporary):
        return False
    if error.after is None:
        return True
    return error.after if error.after <= PATIENCE_SECONDS else False


def _never(_error: Exception) -> bool:
    return False
