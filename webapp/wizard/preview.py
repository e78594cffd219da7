"""The fourth step: rules, and the audience as it was read with them; whoever goes on has seen it."""

import csv
from typing import Any

import structlog
from sqlalchemy import Connection

from connector.errors import Temporary
from connector.model.audience import Rule, waterfall
from connector.model.runs import RunState, Trigger, preview_of
from connector.store import audience_counts, audiences, claims, screens, upload_jobs
from connector.store.claims import Asked, Claim
from webapp.audience.words import RULES
from webapp.sessions import visitor
from webapp.wiring import wiring
from webapp.wizard import drafts, whole
from webapp.wizard.drafts import PREVIEWED, WAITING, Draft
from webapp.wizard.forms import rules as form
from webapp.wizard.screens import Checked
from webapp.wizard.steps import Step

log = structlog.get_logger("webapp.wizard")

READY = frozenset({RunState.COMPLETED, RunState.COMPLETED_WITH_ERRORS})
FIRST = "The audience is being read now. Look at what comes of it, then go on."
WAIT = "The audience is still being read. Wait until it is done, then go on."
AGAIN = "This audience could not be read. What is wrong stands below; try again, or go back and choose another source."


def check(draft: Draft) -> Checked:
    """Whether the preview of exactly this audience was read; starts it otherwise."""
    problems = dict(form.limits(draft.step(Step.PREVIEW)).problems)
    if problems:
        return Checked(problems)
    state = _state(draft)
    if state in READY:
        return Checked()
    if state is None:
        start(draft)
        return Checked({"preview": FIRST})
    return Checked({"preview": AGAIN if state.over else WAIT})


def start(draft: Draft, *, anew: bool = False) -> Draft:
    """See to it that the present audience is being read, or was; `anew` reads what was read before."""
    wanted = whole.audience_of(draft.definition)
    if not wanted or (draft.preview_run_id is not None and not anew):
        return draft
    who, house = visitor(), wiring()
    with house.services.database.write() as connection:
        claim = claims.claim(connection, who.org_id, Asked(Trigger.RUN_NOW, who.user_id), preview_of(draft.id))
        _note(connection, drafts.open_in(connection, draft.id), claim)
    if claim.fresh:
        try:
            house.enqueue_run(claim)
        except Temporary:
            log.warning("queue away", run=claim.run_id)  # the row is committed: the tick finds it
    return drafts.open_draft(draft.id)


def _note(connection: Connection, draft: Draft, claim: Claim) -> None:
    """A fresh run reads what is entered now; one under way may read what was entered before, and is waited for."""
    if not claim.fresh and claim.run_id == draft.preview_run_id:
        return
    wanted = whole.audience_of(draft.definition) if claim.fresh else WAITING
    drafts.store(connection, draft, {**draft.entries, PREVIEWED: wanted})
    upload_jobs.note_preview(connection, draft.id, claim.run_id if claim.fresh else None)


def cancel(draft: Draft) -> None:
    """Ask the preview to stop."""
    if draft.preview_run_id is not None:
        with wiring().services.database.write() as connection:
            claims.request_cancel(connection, draft.preview_run_id)


def values(draft: Draft) -> dict[str, Any]:
    """What the whole step shows."""
    entries = draft.step(Step.PREVIEW)
    chosen = form.limits({"rules": entries.get("rules", list(Rule))}).value
    return {
        "rules": RULES,
        "chosen": chosen.rules if chosen else frozenset[Rule](),
        "most_change": entries.get("most_change", form.MOST_CHANGE),
        **status(draft),
    }


def status(draft: Draft) -> dict[str, Any]:
    """How far the preview is, and what came of it."""
    run_id = draft.preview_run_id
    with wiring().services.database.read() as connection:
        run = screens.run(connection, visitor().org_id, run_id) if run_id else None
        if run is None:
            return {"run": None, "stopping": draft.entries.get(PREVIEWED) == WAITING}
        found = _result(connection, draft, int(run["id"])) if run["state"] in READY else {}
    return {"run": run, "stopping": False, "note": run["note"], **found}


def _state(draft: Draft) -> RunState | None:
    with wiring().services.database.read() as connection:
        run = screens.run(connection, visitor().org_id, draft.preview_run_id) if draft.preview_run_id else None
    return RunState(run["state"]) if run else None


def _result(connection: Connection, draft: Draft, run_id: int) -> dict[str, Any]:
    counts = audience_counts.audience(connection, run_id)
    definition = draft.definition
    labels = draft.step(Step.FIELDS).get("labels", {})
    return {
        "counts": counts,
        "steps": waterfall(counts.rows, counts.lost),
        "change": audience_counts.change(connection, run_id),
        "columns": [labels.get(name, name) for name in definition.columns] if definition else [],
        "samples": list(csv.reader(audiences.samples(connection, run_id))),
    }
