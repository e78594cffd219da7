"""The steps to the first night, each with how it stands; from what is stored, so Home asks no vendor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from connector.model.activity import COLLECTED
from connector.model.runs import WOULD_BE_WRITTEN, RunKind, RunState
from connector.store import deployments, examinations, orgs, runs, schedule, screens
from connector.store.schedule import Night

DONE, TO_DO, WRONG, UNDER_WAY = "done", "to do", "wrong", "under way"


@dataclass(frozen=True)
class Step:
    """One step: what it is called, how it stands, and that in words."""

    name: str
    title: str
    state: str
    words: str


@dataclass(frozen=True)
class Checklist:
    """The steps in order, with what some of them wait for; `expected` is what the look found, by activity group."""

    steps: Sequence[Step]
    look: RowMapping | None
    expected: Mapping[str, int]
    deployment: RowMapping | None
    begins_nights: bool
    """Whether there is a run every night from the first one on, and none before."""

    @property
    def next(self) -> Step | None:
        """The first step that is not done."""
        return next((step for step in self.steps if step.state != DONE), None)

    @property
    def waits(self) -> bool:
        """Whether something is under way, so that the part asks for itself again."""
        return any(step.state == UNDER_WAY for step in self.steps)


def of(connection: Connection, org_id: int) -> Checklist | None:
    """The checklist of an org; None once a night of it has been completed."""
    if screens.fresh_until(connection, org_id) is not None:
        return None
    look, deployment = _newest(connection, org_id, RunKind.LOOK), deployments.under_way(connection, org_id)
    night, begins = _newest(connection, org_id, RunKind.ACTIVITY), _waits(connection, org_id)
    steps = (
        Step("install", "Install Real Magnet in Salesforce", DONE, "You see this page inside Salesforce: it is."),
        _connections(connection, org_id),
        _permissions(connection, org_id, deployment),
        _kinds(connection, org_id),
        _look(look),
        _night(night, every=begins),
    )
    return Checklist(steps, look, _expected(connection, look), deployment, begins)


def _connections(connection: Connection, org_id: int) -> Step:
    title = "Connect Salesforce and Real Magnet"
    both: dict[str, Any] = {
        "Salesforce": screens.salesforce_connection(connection, org_id),
        "Real Magnet": screens.realmagnet_connection(connection, org_id),
    }
    refused = [name for name, row in both.items() if row and row["refused"]]
    missing = [name for name, row in both.items() if not row]
    if refused:
        return Step("connect", title, WRONG, f"{' and '.join(refused)} no longer let us in: connect again.")
    if missing:
        return Step("connect", title, TO_DO, f"{' and '.join(missing)} still has to be connected.")
    return Step("connect", title, DONE, "Both are connected.")


def _permissions(connection: Connection, org_id: int, deployment: RowMapping | None) -> Step:
    title = "Check the permissions"
    if deployment is not None:
        return Step("permissions", title, UNDER_WAY, "Salesforce is being prepared.")
    found = examinations.latest(connection, org_id)
    if found is None:
        words = "What is missing in Salesforce is installed, and the connected user gets its permission set."
        return Step("permissions", title, TO_DO, words)
    if found["blocking"]:
        return Step("permissions", title, WRONG, f"{_things(found['blocking'])} in the way of every run.")
    if found["warning"]:
        return Step("permissions", title, DONE, f"Runs can begin; {_things(found['warning'])} worth a look.")
    return Step("permissions", title, DONE, "Nothing stands in the way.")


def _things(count: int) -> str:
    return "One thing is" if count == 1 else f"{count} things are"


def _kinds(connection: Connection, org_id: int) -> Step:
    chosen = [group for group, (selected, _) in orgs.choices(connection, org_id).items() if selected]
    title = "Choose what comes back"
    if not chosen:
        return Step("kinds", title, TO_DO, "No kind of activity is chosen yet.")
    return Step("kinds", title, DONE, f"{', '.join(chosen)}.")


def _look(run: RowMapping | None) -> Step:
    title = "Look at the first night"
    if run is None or run["state"] == RunState.CANCELLED:
        return Step("look", title, TO_DO, "Counts what would be written, and writes nothing.")
    state = RunState(run["state"])
    if not state.over:
        return Step("look", title, UNDER_WAY, "Counting.")
    if state is RunState.FAILED:
        return Step("look", title, WRONG, f"{run['reason']} {run['advice']}".strip())
    return Step("look", title, DONE if state is RunState.COMPLETED else WRONG, run["note"])


def _night(run: RowMapping | None, *, every: bool) -> Step:
    title = "Run the first night"
    if run is None:
        words = "Brings the activity of the look-back to Salesforce"
        return Step("night", title, TO_DO, f"{words}; from then on every night does." if every else f"{words}.")
    state = RunState(run["state"])
    if not state.over:
        return Step("night", title, UNDER_WAY, "Under way; what it does stands below.")
    if state is RunState.CANCELLED:
        return Step("night", title, TO_DO, "It was stopped. It goes on where it was.")
    return Step("night", title, WRONG, f"{run['reason']} {run['advice']}".strip())


def _expected(connection: Connection, look: RowMapping | None) -> dict[str, int]:
    counts = runs.counts(connection, int(look["id"])) if look else {}
    return {group: counts[group][WOULD_BE_WRITTEN] for group in COLLECTED if group in counts}


def _waits(connection: Connection, org_id: int) -> bool:
    night = schedule.night(connection, org_id)
    return night is not None and waits_for_the_first(connection, night)


def waits_for_the_first(connection: Connection, night: Night) -> bool:
    """Whether nights are off only because the first one has not been asked for: nobody chose it in Manage Data."""
    if night.enabled:
        return False
    statement = text("SELECT 1 FROM audit WHERE org_id = :org AND action = 'Changed Manage Data' LIMIT 1")
    return connection.execute(statement, {"org": night.org_id}).first() is None


def _newest(connection: Connection, org_id: int, kind: RunKind) -> RowMapping | None:
    statement = text("SELECT * FROM runs WHERE org_id = :org AND kind = :kind ORDER BY id DESC LIMIT 1")
    return connection.execute(statement, {"org": org_id, "kind": kind}).mappings().first()
