"""Runs in the background: kept for a day, New, then Running, then Success or Error as the seconds go by.

assumed: the result is of the moment of the order; how long each state lasts is a setting.
"""

import json
import time
from dataclasses import dataclass
from datetime import timedelta

from sandbox.salesforce.analytics.definition import Definition
from sandbox.salesforce.analytics.refusals import no_report
from sandbox.salesforce.analytics.results import Caller, report_url, result
from sandbox.salesforce.clock import stamp
from sandbox.salesforce.ids import make_ids, normalise
from sandbox.salesforce.org import Org
from sandbox.salesforce.switches import Switches
from sandbox.salesforce.values import read_datetime

SECONDS = "report_seconds"
USUAL_SECONDS = "2"
LISTED = 2_000
_KEPT = timedelta(hours=24)


@dataclass(frozen=True)
class Run:
    """One asynchronous run; times as they are stored."""

    id: str
    report: str
    user: str
    requested: str
    begun: float
    details: int
    failed: int

    def status(self, seconds: float) -> str:
        waited = time.time() - self.begun
        if waited < seconds / 4:
            return "New"
        if waited < seconds:
            return "Running"
        return "Error" if self.failed else "Success"


_COLUMNS = "id, report, user, requested, begun, details, failed"


class Instances:
    """The asynchronous runs of one org."""

    def __init__(self, org: Org, switches: Switches) -> None:
        self._org = org
        self._switches = switches

    @property
    def _seconds(self) -> float:
        return float(self._org.setting(SECONDS, USUAL_SECONDS))

    def order(self, caller: Caller, report: Definition, *, details: bool) -> Run:
        """Raises ApiError for a report that cannot be run."""
        body = json.dumps(result(self._org, caller, report, details=details))
        failed = self._switches.take("report_fails")
        run_id = next(make_ids("0LG", self._org.database.reserve("0LG"), 1))
        now = self._org.clock.system_stamp()
        made = Run(run_id, report.id, caller.access.user_id, now, time.time(), details, failed)
        with self._org.database.writing() as connection:
            connection.execute(
                f"INSERT INTO sandbox_report_run ({_COLUMNS}, body) VALUES (?,?,?,?,?,?,?,?)",
                (*vars(made).values(), body),
            )
        return made

    def of(self, report: Definition, caller: Caller) -> list[Run]:
        """A report's runs by this user, the youngest first."""
        sql = (
            f"SELECT {_COLUMNS} FROM sandbox_report_run WHERE report = ? AND user = ? AND requested > ?"
            " ORDER BY begun DESC LIMIT ?"
        )
        with self._org.database.reading() as connection:
            found = connection.execute(sql, (report.id, caller.access.user_id, self._oldest(), LISTED))
            return [Run(*row) for row in found]

    def find(self, report: Definition, caller: Caller, run_id: str) -> tuple[Run, str]:
        """A run and its body. Raises ApiError for an unknown one, and for one older than a day."""
        sql = f"SELECT {_COLUMNS}, body FROM sandbox_report_run WHERE id = ? AND report = ? AND user = ?"
        with self._org.database.reading() as connection:
            row = connection.execute(sql, (normalise(run_id), report.id, caller.access.user_id)).fetchone()
        if row is None or row[3] <= self._oldest():
            raise no_report()
        return Run(*row[:-1]), row[-1]

    def _oldest(self) -> str:
        return stamp(self._org.clock.now() - _KEPT)

    def summary(self, run: Run, version: str) -> dict[str, object]:
        """As the list and the order's answer show it."""
        status = run.status(self._seconds)
        return {
            "completionDate": self._completed(run) if status in ("Success", "Error") else None,
            "hasDetailRows": bool(run.details),
            "id": run.id,
            "ownerId": run.user,
            "requestDate": _seconds(run.requested),
            "status": status,
            "url": f"{report_url(version, run.report)}/instances/{run.id}",
        }

    def body(self, run: Run, text: str, version: str) -> dict[str, object]:
        """A run's result with how it stands; no facts before it is over."""
        shown = self.summary(run, version)
        found: dict[str, object] = json.loads(text)
        attributes = {
            "completionDate": shown["completionDate"],
            "id": run.id,
            "ownerId": run.user,
            "queryable": "queryable",
            "reportId": run.report,
            "requestDate": shown["requestDate"],
            "status": shown["status"],
            "type": "ReportInstance",
        }
        if shown["status"] != "Success":
            empty = dict.fromkeys(("factMap", "groupingsAcross", "groupingsDown"))
            return found | empty | {"attributes": attributes, "allData": False}  # assumed: what is told before the end
        return found | {"attributes": attributes}

    def _completed(self, run: Run) -> str:
        done = read_datetime(run.requested) + timedelta(seconds=self._seconds)
        return _seconds(stamp(done))


def _seconds(stamped: str) -> str:
    return f"{stamped[:19]}Z"
