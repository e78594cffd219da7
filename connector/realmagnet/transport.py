"""How requests reach Real Magnet: one JSON POST with time limits and counting; it knows no session and no operation."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests
import urllib3
from requests.adapters import HTTPAdapter

from connector.errors import Misconfigured, Refused, Temporary, UnexpectedAnswer
from connector.settings import Settings

CONNECT_SECONDS = 10.0
WAIT = "Nothing to do: the connector tries again by itself."
MOST_BYTES = 256 * 1024 * 1024
"""No answer is longer than this, unpacked: a page of a report has about two megabytes."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}
"""Accept must be there: the service answers XML without it."""


class NotTaken(Temporary):
    """The service surely did nothing: it was never reached, or turned the request away at its door."""


class TurnedAway(Refused):
    """A 4xx page: the service did nothing. The body was wrong, or the session has ended."""


class Transport:
    """Posts to `<root><operation>/`. For one thread."""

    def __init__(self, settings: Settings, http: requests.Session | None = None) -> None:
        self._root = _checked(settings.realmagnet_url)
        self._timeout = (CONNECT_SECONDS, settings.http_timeout)
        self._http = http or _session(self._root)
        self.calls: Counter[str] = Counter()

    def post(self, operation: str, body: Mapping[str, Any]) -> Any:
        """The JSON that an operation answers.

        Raises `Temporary` when there is no answer or the service is in trouble, `NotTaken` if it surely did nothing,
        `UnexpectedAnswer` for what is not JSON and for status 500, `TurnedAway` for a 4xx (WCF's page for a body it
        does not take).
        """
        self.calls[operation] += 1
        try:
            answer = self._http.post(
                f"{self._root}{operation}/",
                data=orjson.dumps(body),
                headers=HEADERS,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            )
            # read at once: requests would join two megabytes from pieces of ten kilobytes
            content: bytes = answer.raw.read(MOST_BYTES + 1, decode_content=True)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            # the request holds the session, so nothing of it is repeated
            raise (NotTaken if _never_sent(error) else Temporary)(
                f"Real Magnet could not be reached or broke off ({type(error).__name__}).", advice=WAIT
            ) from None
        return _read(operation, answer, content)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()


def _checked(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return address if address.endswith("/") else address + "/"
    raise Misconfigured("REALMAGNET_URL must be an https address; plain http is for this machine only.")


def _session(root: str) -> requests.Session:
    """A session that has looked at the environment (proxies, CA bundle) once, not at every call."""
    http = requests.Session()
    surroundings = http.merge_environment_settings(root, {}, None, None, None)
    http.trust_env = False
    http.proxies.update(surroundings["proxies"])
    http.verify = surroundings["verify"]
    http.mount("https://", HTTPAdapter(max_retries=0))
    http.mount("http://", HTTPAdapter(max_retries=0))
    return http


def _never_sent(error: Exception) -> bool:
    """Whether there was no connection to send anything over."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, (requests.ConnectTimeout, requests.exceptions.ProxyError)) or isinstance(
        reason, urllib3.exceptions.NewConnectionError
    )


def _read(operation: str, answer: requests.Response, content: bytes) -> Any:
    status = answer.status_code
    if status == requests.codes.internal_server_error:
        # what WCF answers to its own mistakes, and perhaps to a session that has ended
        raise UnexpectedAnswer(f"Real Magnet failed at {operation} with status {status}.", advice=WAIT)
    if status > requests.codes.internal_server_error or status == requests.codes.too_many_requests:
        wait = answer.headers.get("Retry-After", "")
        turned_away = status in {requests.codes.service_unavailable, requests.codes.too_many_requests}
        raise (NotTaken if turned_away else Temporary)(
            f"Real Magnet is in trouble: {operation} was answered with status {status}.",
            after=float(wait) if wait.isdigit() else None,
            advice=WAIT,
        )
    if status != requests.codes.ok:
        raise TurnedAway(f"Real Magnet refused {operation} with status {status}.", code=str(status))
    unreadable = UnexpectedAnswer(f"Real Magnet's answer to {operation} could not be read.")
    if len(content) > MOST_BYTES:
        raise unreadable
    if b"\\u0000" in content:
        content = content.replace(b"\\u0000", b"\\ufffd")  # PostgreSQL keeps no such character
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        try:
            return orjson.loads(_mended(content))
        except (ValueError, RecursionError):
            raise unreadable from None


def _mended(content: bytes) -> bytes:
    """The same JSON without half characters: a text that was cut in the middle of an emoji must not cost its page."""
    found = json.loads(content.decode("utf-8", "replace"))
    return json.dumps(found, ensure_ascii=False).encode("utf-8", "replace")
