"""Opens a draft of the visitor's org and keeps what is entered in it; a changed audience forgets its preview."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort, request
from sqlalchemy import Connection

from connector import clock
from connector.model.uploads import Definition, JobState
from connector.store import claims, upload_jobs
from connector.store.upload_jobs import UploadJob
from webapp.sessions import visitor
from webapp.wiring import wiring
from webapp.wizard import whole
from webapp.wizard.forms import fields, group, rules, source, when
from webapp.wizard.forms.reading import Entries, Form, parts
from webapp.wizard.steps import STEPS, Step, step_of

REACHED, PREVIEWED, NEWEST = "reached", "previewed", "newest"
"""Beside the steps' own entries: the furthest step seen, for which audience a preview was read, and whose entries came
last: the page as it is open in one frame, and the number of its request."""

_ENTERED = re.compile("([0-9a-f]{1,8}) ([0-9]{1,9})")

WAITING = "waiting"
"""Instead of an audience: a preview of an earlier one has to stop first."""

_TYPED: Mapping[Step, Callable[[Form, Entries], dict[str, Any]]] = {
    Step.SOURCE: source.typed,
    Step.GROUP: group.typed,
    Step.FIELDS: fields.typed,
    Step.PREVIEW: rules.typed,
    Step.WHEN: when.typed,
}


@dataclass(frozen=True)
class Draft:
    """A draft with everything that was entered in it."""

    job: UploadJob
    entries: Mapping[str, Any]

    @property
    def id(self) -> int:
        """Its number."""
        return self.job.id

    def step(self, step: Step) -> Entries:
        """What was entered in a step."""
        return parts(self.entries, step)

    @property
    def definition(self) -> Definition | None:
        """What the entries come to, once they are whole."""
        return whole.definition(self.entries, clock.now())

    @property
    def reached(self) -> Step:
        """The furthest step that was seen."""
        return step_of(str(self.entries.get(REACHED, ""))) or STEPS[0]

    @property
    def preview_run_id(self) -> int | None:
        """The run that previews the audience as it is entered now."""
        current = whole.audience_of(self.definition)
        return self.job.preview_run_id if current and self.entries.get(PREVIEWED) == current else None


def open_draft(draft_id: int) -> Draft:
    """A draft of the visitor's org; not found for another's, a finished or a deleted one."""
    with wiring().services.database.read() as connection:
        return open_in(connection, draft_id)


def keep(draft_id: int, step: Step) -> Draft:
    """Keep what this request entered in a step, as typed, before anybody judges it; unless a later one was quicker."""
    form, sent = Form(request.form.to_dict(flat=False)), _ENTERED.fullmatch(request.headers.get("Entered", ""))
    asked = [sent[1], int(sent[2])] if sent else []

    def typed(draft: Draft) -> dict[str, Any]:
        newest = draft.entries.get(NEWEST) or asked
        if newest[:1] == asked[:1] and newest > asked:
            return {}
        return {NEWEST: asked, step: _TYPED[step](form, draft.step(step))}

    return change(draft_id, typed)


def change(draft_id: int, changed: Callable[[Draft], Mapping[str, Any]]) -> Draft:
    """Keep new entries: what `changed` answers stands beside what is kept already, step by step."""
    with wiring().services.database.write() as connection:
        draft = open_in(connection, draft_id)
        return store(connection, draft, {**draft.entries, **changed(draft)})


def store(connection: Connection, draft: Draft, entries: Mapping[str, Any]) -> Draft:
    """Write the draft's entries, the definition they make, and drop a preview of another audience."""
    found = whole.definition(entries, clock.now())
    if entries.get(PREVIEWED) not in {None, "", WAITING, whole.audience_of(found)}:
        entries = {**entries, PREVIEWED: ""}
        if draft.job.preview_run_id is not None:
            claims.request_cancel(connection, draft.job.preview_run_id)  # it may not have read what it goes by yet
            upload_jobs.note_preview(connection, draft.id, None)
    upload_jobs.enter(connection, draft.id, whole.name(entries), entries, found)
    return open_in(connection, draft.id)


def learn(draft: Draft, step: Step, learned: Mapping[str, Any]) -> Draft:
    """Keep what a vendor told about what was entered in a step."""
    if not learned:
        return draft
    return change(draft.id, lambda found: {step: {**found.step(step), **learned}})


def reach(draft: Draft, step: Step) -> Draft:
    """Remember that a step was seen."""
    if step.place <= draft.reached.place:
        return draft
    return change(draft.id, lambda _found: {REACHED: str(step)})


def open_in(connection: Connection, draft_id: int) -> Draft:
    """The same, as this transaction sees it."""
    job = upload_jobs.get(connection, visitor().org_id, draft_id)
    if job is None or job.state is not JobState.DRAFT:
        abort(404)
    entries: dict[str, Any] = dict(job.entries)
    if job.definition is not None and not parts(entries, Step.SOURCE):
        entries = {**whole.of_definition(job.name, job.definition), **entries}
    return Draft(job, entries)
