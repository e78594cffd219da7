"""One-use things of the web-server flow: approval tickets between its pages, and authorization codes."""

import secrets
import threading
from dataclasses import dataclass

from sandbox.salesforce.org import Org

_MINUTES = 15 * 60


@dataclass(frozen=True)
class Request:
    """What an app asked for at /authorize, and how far it has come: for whom, proved, approved."""

    client_id: str
    redirect_uri: str
    scope: str
    state: str
    challenge: str
    nonce: str = ""
    user_id: str = ""
    consent: bool = False  # asked for even where it was given before
    proved: bool = False  # the user is known, by two factors where two are asked
    approved: bool = False  # by the user or beforehand; only such a request is an authorization code


class OneUse:
    """Random names for requests; each is taken once, within minutes on the org's clock."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, Request]] = {}

    def keep(self, request: Request) -> str:
        name = "aPrx" + secrets.token_urlsafe(45).replace("-", ".")
        with self._lock:
            self._kept[name] = self._org.clock.now().timestamp() + _MINUTES, request
        return name

    def take(self, name: str) -> Request | None:
        with self._lock:
            expires, request = self._kept.pop(name, (0.0, None))
        return request if expires > self._org.clock.now().timestamp() else None
