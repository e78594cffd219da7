"""Carries a deployment out: read, check, and put what is good into the org, all of it or none; it knows no time."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sandbox.salesforce.deploy.app_parts import record_app
from sandbox.salesforce.deploy.archive import Problem, read_archive
from sandbox.salesforce.deploy.checking import check_archive
from sandbox.salesforce.deploy.results import Outcome, count_bad, failure, manifest_success, success
from sandbox.salesforce.deploy.target import Target
from sandbox.salesforce.metadata import MetadataError

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org


def carry_out(org: "Org", user_id: str, content: bytes, options: Mapping[str, bool]) -> Outcome:
    """What became of a zip. ``options`` are ``checkOnly``, ``rollbackOnError`` and ``ignoreWarnings``."""
    now = org.clock.system_stamp()
    archive = read_archive(content)
    target = Target(org, user_id, archive.version, dict(archive.components))
    problems = check_archive(target, archive)
    bad = count_bad(problems, warnings_too=not options.get("ignoreWarnings", False))
    there = set(org.deployed.components)
    partial = bad and not options.get("rollbackOnError", True)
    if not options.get("checkOnly", False) and (not bad or partial):
        refusal = _put(org, target)
        if refusal is not None:
            problems.append(refusal)
            bad, partial = bad + 1, False
    outcome = Outcome("Succeeded", len(archive.components) + 1)
    outcome.failures = [failure(item, now) for item in problems]
    outcome.successes = [success(item, now, created=item.key not in there) for item in target.incoming.values()]
    if not any(item.file == "package.xml" for item in problems):
        outcome.successes.insert(0, manifest_success(now))
    outcome.deployed = len(outcome.successes)
    if bad:
        outcome.status = "SucceededPartial" if partial and target.incoming else "Failed"
    return outcome


def _put(org: "Org", target: Target) -> Problem | None:
    """Change the org; what does not go together after all is told as one problem of the whole."""
    changes = {
        key: item.node
        for key, item in target.incoming.items()
        if key[0] != "CustomField" or key[1].endswith("__c")  # a standard field's settings change nothing here
    }
    try:
        org.change_metadata(changes)
    except MetadataError as error:
        return Problem("", "package.xml", "package.xml", str(error))
    record_app(org, {kind for kind, _ in changes})
    return None
