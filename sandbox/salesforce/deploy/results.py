"""Words the outcome of a deployment as the Metadata API's DeployResult; it deploys nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sandbox.salesforce.deploy.archive import MANIFEST, Component, Problem

Message = dict[str, Any]


@dataclass
class Outcome:
    """What became of a deployment: its messages, and the last word on it."""

    status: str
    total: int
    deployed: int = 0
    successes: list[Message] = field(default_factory=list[Message])
    failures: list[Message] = field(default_factory=list[Message])
    error: str = ""

    @property
    def success(self) -> bool:
        return self.status in ("Succeeded", "SucceededPartial")


def _message(component: tuple[str, str, str], now: str, **more: object) -> Message:
    kind, name, file = component
    plain: Message = {
        "changed": False,
        "columnNumber": 0,
        "componentType": kind,
        "created": False,
        "createdDate": now,
        "deleted": False,
        "fileName": file,
        "forPackageManifestFile": file == MANIFEST,
        "fullName": name,
        "id": None,
        "knownPackagingProblem": False,
        "lineNumber": 0,
        "problem": None,
        "problemType": None,
        "requiresProductionTestRun": False,
        "success": True,
        "warning": False,
    }
    return plain | more


def success(item: Component, now: str, *, created: bool) -> Message:
    return _message((item.type, item.name, item.file), now, changed=True, created=created)


def manifest_success(now: str) -> Message:
    return _message(("", MANIFEST, MANIFEST), now, changed=True)


def failure(problem: Problem, now: str) -> Message:
    return _message(
        (problem.type, problem.name, problem.file),
        now,
        problem=problem.text,
        problemType="Warning" if problem.warning else "Error",
        lineNumber=problem.line,
        columnNumber=problem.column,
        success=problem.warning,
        warning=problem.warning,
    )


def count_bad(problems: Iterable[Problem], *, warnings_too: bool) -> int:
    """How many things have something against them."""
    return len({(item.type, item.name) for item in problems if warnings_too or not item.warning})


def details(outcome: Outcome) -> Message:
    tests = {"numFailures": 0, "numTestsRun": 0, "totalTime": 0.0, "failures": [], "successes": [], "codeCoverage": []}
    return {
        "allComponentMessages": [*outcome.successes, *outcome.failures],
        "componentFailures": outcome.failures,
        "componentSuccesses": outcome.successes,
        "retrieveResult": None,
        "runTestResult": tests,
    }
