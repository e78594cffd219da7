"""One report at the Analytics API: described, run at once or queued, or as its Excel file; it knows no person."""

import re
from collections.abc import Callable, Mapping
from typing import IO, Any
from urllib.parse import quote

import requests
import urllib3

from connector.errors import LimitReached, NotFound, Refused, UnexpectedAnswer
from connector.salesforce import translate
from connector.salesforce.session import OrgSession
from connector.salesforce.transport import patiently

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BUFFER = 1 << 18
LARGEST = 512 << 20
"""Bytes of an Excel file beyond which it is not taken: 100,000 rows of 100 columns need less."""

_HOURLY = re.compile(r"synchronous|60 minutes|per hour|every hour", re.IGNORECASE)


class ReportRuns:
    """The runs of one report. `wait` sleeps, or raises to stop; it is asked before every run."""

    def __init__(self, session: OrgSession, report_id: str, poll_seconds: float, wait: Callable[[float], None]) -> None:
        self.count = 0
        self._session = session
        self._path = f"analytics/reports/{quote(report_id, safe='')}"
        self._poll_seconds = poll_seconds
        self._wait = wait
        self._queued = False

    def describe(self) -> dict[str, Any]:
        """What the report is made of. Raises `NotFound` when it is deleted or hidden from this user."""
        try:
            return self._json("GET", f"{self._path}/describe")
        except Refused as error:
            if translate.plain_code(error.code) in {"FORBIDDEN", "NOTFOUND", "INVALIDID"}:
                raise NotFound(
                    "This report is deleted in Salesforce, or hidden.", code=error.code, advice=translate.RIGHTS
                ) from None
            raise

    def run(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Run the report with changes of its metadata for this time only; at most 2,000 rows come back.

        When the hour's immediate runs are used up, this and all later runs are queued: that allowance is another one.
        """
        self._wait(0)
        self.count += 1
        if not self._queued:
            try:
                return self._at_once(changes)
            except Refused as error:
                if not isinstance(error, LimitReached) and not _HOURLY.search(str(error)):
                    raise
                self._queued = True
        return self._from_queue(changes)

    def save_workbook(self, file: IO[bytes]) -> None:
        """Write the report's formatted Excel file. Salesforce asks for one large export at a time at most."""
        self._wait(0)
        answer = self._session.request("GET", self._path, stream=True, headers={"Accept": EXCEL})
        try:
            if EXCEL not in answer.headers.get("Content-Type", ""):
                raise Refused("Salesforce gave no Excel file of this report.")
            size = 0
            for piece in answer.iter_content(BUFFER):
                size += len(piece)
                if size > LARGEST:
                    raise Refused("The Excel file of this report is too large.")
                file.write(piece)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise translate.unreachable(error) from None
        finally:
            answer.close()

    def _at_once(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        path = f"{self._path}?includeDetails=true"
        if not changes:
            return self._json("GET", path)
        # to run a report changes nothing, so this POST may be sent again like a GET
        return patiently("GET", lambda: self._json("POST", path, changes))

    def _from_queue(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        wanted = {**changes, "hasDetailRows": True}
        path = f"{self._path}/instances"
        queued = patiently("GET", lambda: self._json("POST", f"{path}?includeDetails=true", wanted))
        pause = self._poll_seconds / 10
        while True:
            answer = self._json("GET", f"{path}/{quote(str(queued.get('id')), safe='')}?includeDetails=true")
            status = str((answer.get("attributes") or {}).get("status") or "")
            if status == "Success":
                return answer
            if status not in {"New", "Running"}:
                raise Refused(f"Salesforce could not run this report: {status or 'it did not say why'}.")
            self._wait(pause)
            pause = min(pause * 2, self._poll_seconds)

    def _json(self, method: str, path: str, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
        body = None if changes is None else {"reportMetadata": changes}
        answer = self._session.request(method, path, json=body, headers={"Accept": "application/json"})
        found = translate.parsed(answer.content)
        if not isinstance(found, dict):
            raise UnexpectedAnswer("Salesforce's answer about a report could not be read.")
        return found
