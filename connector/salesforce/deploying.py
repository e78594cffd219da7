"""Deploys a package and says how far Salesforce is with it; it knows nothing of what is inside."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from connector.errors import UnexpectedAnswer
from connector.model.connection import ComponentError, Deployment
from connector.salesforce import translate
from connector.salesforce.session import OrgSession

_OPTIONS = {
    "allowMissingFiles": False,
    "autoUpdatePackage": False,
    "checkOnly": False,
    "ignoreWarnings": False,
    "performRetrieve": False,
    "purgeOnDelete": False,
    "rollbackOnError": True,
    "runTests": [],
    "singlePackage": True,
    "testLevel": "NoTestRun",
}
"""All of it or nothing, and package.xml at the zip's root."""


class Deploying:
    """Deployments into one org."""

    def __init__(self, session: OrgSession) -> None:
        self._session = session

    def begin(self, package: bytes) -> str:
        """Let Salesforce deploy a zip; the deployment's id. Raises `Refused` when this user may not deploy."""
        parts = {
            "json": (None, orjson.dumps({"deployOptions": _OPTIONS}), "application/json"),
            "file": ("package.zip", package, "application/zip"),
        }
        body = translate.parsed(self._session.request("POST", "metadata/deployRequest", files=parts).content)
        found = body.get("id") if isinstance(body, dict) else None
        if not found:
            raise UnexpectedAnswer("Salesforce did not say which deployment it began.")
        return str(found)

    def state(self, deployment_id: str) -> Deployment:
        """A deployment as it stands. Raises `NotFound` when Salesforce does not know it any more."""
        answer = self._session.request("GET", f"metadata/deployRequest/{deployment_id}?includeDetails=true")
        body = translate.parsed(answer.content)
        found = body.get("deployResult") if isinstance(body, dict) else None
        if not isinstance(found, dict):
            raise UnexpectedAnswer("Salesforce did not say how far the deployment is.")
        state = str(found.get("status") or "Pending")
        return Deployment(
            id=deployment_id,
            state=state,
            done=bool(found.get("done")) or state in {"Succeeded", "SucceededPartial", "Failed", "Canceled"},
            success=state == "Succeeded",
            deployed=int(found.get("numberComponentsDeployed") or 0),
            total=int(found.get("numberComponentsTotal") or 0),
            errors=_errors(found),
        )


def _errors(found: Mapping[str, Any]) -> Sequence[ComponentError]:
    details = found.get("details") or {}
    failures: Any = details.get("componentFailures") or []
    errors = [_error(one) for one in ([failures] if isinstance(failures, dict) else failures)]
    if not errors and found.get("errorMessage"):
        errors = [ComponentError("", "", str(found["errorMessage"])[:500])]
    return errors


def _error(one: Mapping[str, Any]) -> ComponentError:
    name = one.get("fullName") or one.get("fileName") or ""
    return ComponentError(str(one.get("componentType") or ""), str(name), str(one.get("problem") or "")[:500])
