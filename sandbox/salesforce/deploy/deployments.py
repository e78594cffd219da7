"""The deployments of an org: asked for, going on by its clock, done, cancelled; it knows neither XML nor HTTP."""

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sandbox.salesforce.deploy.applying import carry_out
from sandbox.salesforce.deploy.archive import read_archive
from sandbox.salesforce.deploy.results import Outcome, details
from sandbox.salesforce.ids import make_ids, normalise

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org

SECONDS, USUAL_SECONDS = "deploy_seconds", "2"
"""Setting: how long a deployment takes by the org's clock; 0 is at once."""
_TABLE = """
CREATE TABLE IF NOT EXISTS sandbox_deployment (
    id TEXT PRIMARY KEY, user TEXT NOT NULL, created TEXT NOT NULL, begun REAL NOT NULL, seconds REAL NOT NULL,
    total INTEGER NOT NULL, options TEXT NOT NULL, content BLOB, completed TEXT, outcome TEXT
) WITHOUT ROWID
"""
_ALIVE = "outcome IS NULL"
_BOOLEANS = {
    "allowMissingFiles": False,
    "autoUpdatePackage": False,
    "checkOnly": False,
    "ignoreWarnings": False,
    "performRetrieve": False,
    "purgeOnDelete": False,
    "rollbackOnError": True,
    "singlePackage": False,
}


def full_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a deployment with what was not said."""
    options: dict[str, Any] = {name: bool(given.get(name, usual)) for name, usual in _BOOLEANS.items()}
    return options | {"runTests": given.get("runTests"), "testLevel": given.get("testLevel") or "NoTestRun"}


class Deployments:
    """All deployments of one org. Nothing runs by itself: whoever asks the org anything settles what is due."""

    def __init__(self, org: "Org") -> None:
        self._org = org
        self._lock = threading.RLock()
        with org.database.writing() as connection:
            connection.execute(_TABLE)
            rows = connection.execute(f"SELECT id, begun + seconds FROM sandbox_deployment WHERE {_ALIVE}")
            self._due: dict[str, float] = dict(rows.fetchall())

    def _now(self) -> float:
        return self._org.clock.now().timestamp()

    def start(self, user_id: str, content: bytes, options: Mapping[str, Any]) -> str:
        """Take a zip; its id."""
        seconds = float(self._org.setting(SECONDS, USUAL_SECONDS))
        total = len(read_archive(content).components) + 1
        now, created = self._now(), self._org.clock.system_stamp()
        (new_id,) = make_ids("0Af", self._org.database.reserve("0Af"), 1)
        row = (new_id, user_id, created, now, seconds, total, json.dumps(full_options(options)), content)
        with self._lock:
            with self._org.database.writing() as connection:
                marks = ",".join("?" * len(row))
                connection.execute(f"INSERT INTO sandbox_deployment VALUES ({marks}, NULL, NULL)", row)
            self._due[new_id] = now + seconds
        return new_id

    def settle(self) -> None:
        """Carry out what is due, each once, in the order of asking."""
        if not self._due:
            return
        with self._lock:
            now = self._now()
            for deployment_id in [item for item, due in self._due.items() if due <= now]:
                self._carry_out(deployment_id)

    def _carry_out(self, deployment_id: str) -> None:
        with self._org.database.reading() as connection:
            sql = "SELECT user, content, options FROM sandbox_deployment WHERE id = ?"
            user, content, options = connection.execute(sql, (deployment_id,)).fetchone()
        self._close(deployment_id, carry_out(self._org, user, content, json.loads(options)))

    def _close(self, deployment_id: str, outcome: Outcome) -> None:
        sql = "UPDATE sandbox_deployment SET outcome = ?, completed = ?, content = NULL WHERE id = ?"
        with self._org.database.writing() as connection:
            text = json.dumps(asdict(outcome), ensure_ascii=False)
            connection.execute(sql, (text, self._org.clock.system_stamp(), deployment_id))
        self._due.pop(deployment_id, None)

    def cancel(self, deployment_id: str) -> bool:
        """End a deployment before its time; False when it is over already. Raises KeyError."""
        whole = normalise(deployment_id) or ""
        with self._lock:
            self._row(whole)
            if whole not in self._due:
                return False
            self._close(whole, Outcome("Canceled", 0))
            return True

    # -- telling -------------------------------------------------------------------------------------------------

    def _row(self, deployment_id: str) -> tuple[Any, ...]:
        sql = (
            "SELECT user, created, begun, seconds, total, options, completed, outcome FROM sandbox_deployment"
            " WHERE id = ?"
        )
        with self._org.database.reading() as connection:
            found = connection.execute(sql, (deployment_id,)).fetchone()
        if found is None:
            raise KeyError(deployment_id)
        return tuple(found)

    def options(self, deployment_id: str) -> dict[str, Any]:
        """Raises KeyError."""
        found: dict[str, Any] = json.loads(self._row(normalise(deployment_id) or "")[5])
        return found

    def result(self, deployment_id: str, *, with_details: bool) -> dict[str, Any]:
        """The DeployResult as it stands. Raises KeyError."""
        whole = normalise(deployment_id) or ""
        self.settle()
        user, created, begun, seconds, total, options, completed, text = self._row(whole)
        outcome = Outcome(**json.loads(text)) if text else self._going_on(begun, seconds, total)
        chosen: dict[str, Any] = json.loads(options)
        told: dict[str, Any] = {
            "checkOnly": chosen["checkOnly"],
            "completedDate": completed,
            "createdBy": user,
            "createdByName": self._name_of(user),
            "createdDate": created,
            "done": completed is not None,
            "errorMessage": outcome.error or None,
            "errorStatusCode": "UNKNOWN_EXCEPTION" if outcome.error else None,
            "id": whole,
            "ignoreWarnings": chosen["ignoreWarnings"],
            "lastModifiedDate": completed or created,
            "numberComponentErrors": len(_bad(outcome)),
            "numberComponentsDeployed": outcome.deployed,
            "numberComponentsTotal": outcome.total,
            "numberTestErrors": 0,
            "numberTestsCompleted": 0,
            "numberTestsTotal": 0,
            "rollbackOnError": chosen["rollbackOnError"],
            "runTestsEnabled": False,
            "startDate": created,
            "stateDetail": None,
            "status": outcome.status,
            "success": outcome.success,
        }
        return told | ({"details": details(outcome)} if with_details else {})

    def _going_on(self, begun: float, seconds: float, total: int) -> Outcome:
        part = min(0.999, (self._now() - begun) / seconds) if seconds else 0.0
        if part < 0.1:
            return Outcome("Pending", 0)
        return Outcome("InProgress", total, deployed=int(total * part))

    def _name_of(self, user_id: str) -> str:
        sql = "SELECT trim(coalesce(FirstName || ' ', '') || LastName) FROM User WHERE Id = ?"
        with self._org.database.reading() as connection:
            return str(connection.execute(sql, (user_id,)).fetchone()[0])


def _bad(outcome: Outcome) -> set[tuple[str, str]]:
    return {(item["componentType"], item["fullName"]) for item in outcome.failures if not item["warning"]}
