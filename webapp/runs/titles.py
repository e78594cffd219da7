"""What each run is called where runs are listed, and where the page of what it is about stands."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping

from connector.model.runs import RunKind
from connector.store import updates, upload_runs
from webapp.backfill import words
from webapp.sessions import visitor

_SCOPED = frozenset({RunKind.UPDATE, RunKind.BACKFILL, RunKind.GAP, RunKind.AGAIN})
_BY_SCOPE = {RunKind.BACKFILL: "Back-fill", RunKind.AGAIN: "Run again:"}
_PLAIN = {
    RunKind.ACTIVITY: "Activity",
    RunKind.SEND: "Send",
    RunKind.WRITE: "Writing what waits",
    RunKind.DELETION: "Delete from Salesforce",
    RunKind.SINGLE_SEND: "Message to one person",
}
_ABOUT = {
    RunKind.DELETION: ("/deletions/{}", "Show this deletion"),
    RunKind.SINGLE_SEND: ("/single-sends/{}", "Show this message"),
    RunKind.GAP: ("/reconciliation", "Show the reconciliation"),
}


def of(connection: Connection, found: Sequence[RowMapping]) -> dict[int, str]:
    """Run → its name."""
    org_id = visitor().org_id
    jobs = [int(run["subject_id"]) for run in found if run["kind"] == RunKind.UPLOAD]
    scoped = [int(run["subject_id"]) for run in found if run["kind"] in _SCOPED]
    names = upload_runs.job_names(connection, org_id, jobs)
    scopes = updates.subjects(connection, org_id, scoped) if scoped else {}
    return {int(run["id"]): _name(run, names, scopes) for run in found}


def about(run: RowMapping) -> tuple[str, str] | None:
    """Where the page of what a run is about stands, and the words that lead there; None where the run is all."""
    place = _ABOUT.get(run["kind"])
    return None if place is None else (place[0].format(run["subject_id"]), place[1])


def scoped(scope: RowMapping | Mapping[str, Any]) -> str:
    """What a scope is about, by name."""
    if scope["only_failed"]:
        return "only what failed"
    if scope["run_id"] is not None:
        return f"Run {scope['run_id']}"
    if scope["from_at"] is not None:
        return words.days(scope["from_at"], scope["before_at"], visitor().locale)
    if scope["message_id"] is not None:
        return str(scope["message"] or f"message {scope['message_id']}")
    return str(scope["person"] or scope["person_id"])


def _name(run: RowMapping, names: Mapping[int, str], scopes: Mapping[int, RowMapping]) -> str:
    if run["kind"] == RunKind.UPLOAD:
        return f"Upload: {names.get(run['subject_id']) or 'deleted job'}"
    scope = scopes.get(run["subject_id"]) if run["kind"] in _SCOPED else None
    if scope is None:
        return _PLAIN.get(run["kind"], str(run["kind"]).capitalize())
    if run["kind"] in _BY_SCOPE:
        return f"{_BY_SCOPE[run['kind']]} {scoped(scope)}"
    asked = "Fill the gap" if run["kind"] == RunKind.GAP else "Update now"
    if scope["message_id"] is not None:
        return f"{asked}: {scope['message'] or 'message ' + str(scope['message_id'])}"
    if run["kind"] == RunKind.GAP:
        return f"{asked}: every message that differs"
    return f"Update now: {scope['person'] or scope['person_id']}"
