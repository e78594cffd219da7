"""A session that is always logged in to one org: whoever calls, its address, token and errors are Salesforce's today.

It is what simple-salesforce and our own Bulk client both speak through; it knows no object and no job.
"""

import io
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import requests

from connector.salesforce import translate
from connector.salesforce.tokens import Connection, Login, TokenKeeper
from connector.salesforce.transport import PatientSession, origin, patiently, usage_of
from connector.settings import Settings


class OrgSession(PatientSession):
    """Sends any address's path to the org's present host with its present token.

    Whatever host the caller named is dropped: simple-salesforce forces https, and a refresh may move the org.
    An answer other than 2xx is raised as one of our errors.
    """

    def __init__(self, keeper: TokenKeeper, settings: Settings) -> None:
        self.calls: Counter[str] = Counter()
        self.usage: tuple[int, int] | None = None
        super().__init__(settings, self._count)
        self._data_root = f"/services/data/v{settings.salesforce_api_version}/"
        self._login = Login(keeper, settings, self)
        self.headers["Sforce-Call-Options"] = "client=RealMagnetForSalesforce"

    def _count(self, purpose: str) -> None:
        self.calls[purpose] += 1

    def request(self, method: str | bytes, url: str | bytes, *_: Any, **options: Any) -> requests.Response:
        """Call an address of the org; a bare path is taken below `/services/data/<version>/`.

        Raises our errors only. An idempotent call is made again on passing trouble; a file is rewound first.
        """
        verb = str(method).upper()
        return patiently(verb, lambda: self._authorized(verb, self._path(str(url)), options))

    def _path(self, address: str) -> str:
        parts = urlsplit(address)
        path = parts.path if parts.path.startswith("/") else "/" + parts.path
        if not parts.netloc and not path.startswith("/services/"):
            path = self._data_root + parts.path.lstrip("/")
        return f"{path}?{parts.query}" if parts.query else path

    def _authorized(self, method: str, path: str, options: dict[str, Any]) -> requests.Response:
        used = self._login.current()
        answer = self._sent(method, path, options, used)
        if _session_is_over(answer):
            answer = self._sent(method, path, options, self._login.renewed(used))
            if _session_is_over(answer):
                raise self._login.refuse("Salesforce refuses even a fresh access token.")
        if answer.status_code >= requests.codes.multiple_choices:
            raise translate.refusal(answer)
        return answer

    def _sent(self, method: str, path: str, options: dict[str, Any], login: Connection) -> requests.Response:
        body = options.get("data")
        if isinstance(body, io.IOBase):
            body.seek(0)
        headers = {**(options.get("headers") or {}), "Authorization": f"Bearer {login.access_token}"}
        headers.pop("X-PrettyPrint", None)  # simple-salesforce asks for blanks that somebody must send and read
        address = origin(login.instance_url, self._settings) + path
        answer = self.send_once(method, address, **{**options, "headers": headers})
        self.usage = usage_of(answer.headers) or self.usage
        return answer


def _session_is_over(answer: requests.Response) -> bool:
    if answer.status_code == requests.codes.unauthorized:
        return True
    if answer.status_code not in {requests.codes.bad_request, requests.codes.forbidden}:
        return False
    return translate.plain_code(translate.read_error(answer)[0]) == "INVALIDSESSIONID"
