"""Goes through the wizard: keeps what was entered before anything is judged, then shows the step that comes next."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, abort, redirect, request

from connector import clock
from connector.model.audience import SourceKind
from connector.model.rights import Area, Level
from connector.model.uploads import JobState
from connector.store import upload_jobs
from webapp.guard import needs
from webapp.pages import page
from webapp.sessions import visitor
from webapp.wiring import wiring
from webapp.wizard import drafts, fields, finish, group, preview, source, when, whole
from webapp.wizard.drafts import Draft
from webapp.wizard.forms import source as source_form
from webapp.wizard.forms import when as when_form
from webapp.wizard.forms.reading import Problems, line
from webapp.wizard.panels import DRAFT, panels
from webapp.wizard.screens import Screen
from webapp.wizard.steps import STEPS, Step, after, before, step_of

wizard = Blueprint("wizard", __name__)
wizard.register_blueprint(panels)

UNPROCESSABLE, SEE_OTHER = 422, 303
UPLOAD_JOBS = "/upload-jobs"
LARGEST = 2**31 - 1

SCREENS = {
    Step.SOURCE: Screen("wizard/source.html", source.check, source.values),
    Step.GROUP: Screen("wizard/group.html", group.check, group.values),
    Step.FIELDS: Screen("wizard/fields.html", fields.check, fields.values),
    Step.PREVIEW: Screen("wizard/preview.html", preview.check, preview.values),
    Step.WHEN: Screen("wizard/when.html", when.check, when.values),
}


@wizard.post("/upload-jobs/drafts")
@needs(Area.UPLOADS, Level.FULL)
def create() -> Response:
    """A new draft: empty, of a source, like another job, or the one that changes a saved job."""
    who, given = visitor(), request.form
    if given.get("source_kind") == SourceKind.LIST_VIEW and given.get("object_name") not in source_form.OF_LIST_VIEWS:
        abort(404)
    copied = _number(given.get("copy_of", "")) or _number(given.get("edit_of", ""))
    with wiring().services.database.write() as connection:
        job = upload_jobs.get(connection, who.org_id, copied) if copied else None
        if copied and (job is None or job.state is JobState.DRAFT):
            abort(404)
        if job is not None and given.get("edit_of"):
            draft_id = upload_jobs.create_edit(connection, job, who.user_id)
        else:
            draft_id = upload_jobs.create_draft(connection, who.org_id, who.user_id, job)
    return _show(
        drafts.change(draft_id, lambda draft: _begun(draft, copy=job is not None and "copy_of" in given)), Step.SOURCE
    )


def _number(given: str) -> int:
    """A job's number, 0 for none given; not found for what no job can have."""
    if not given:
        return 0
    number = int(given) if given.isascii() and given.isdecimal() and len(given) <= len(str(LARGEST)) else 0
    return number if 0 < number <= LARGEST else abort(404)


def _begun(draft: Draft, *, copy: bool) -> dict[str, Any]:
    """What a draft begins with, beside what it was copied from."""
    given = request.form
    if copy:
        return {Step.WHEN: {**draft.step(Step.WHEN), "name": f"Copy of {draft.job.name}"[: when_form.LONGEST_NAME]}}
    kind, source_id = given.get("source_kind", ""), given.get("source_id", "")
    if kind not in set(SourceKind) or not source_id.isalnum():
        return {}
    name, object_name = line(given.get("name", ""), 255), given.get("object_name", "")
    return {Step.SOURCE: source_form.choice_of(SourceKind(kind), source_id, name, object_name)}


@needs(Area.UPLOADS, Level.FULL)
def show(draft_id: int, step: str) -> Response:
    """A step as it was left; an earlier one while something before it is missing."""
    draft = drafts.open_draft(draft_id)
    wanted = Step(step)
    return _show(draft, min((wanted, draft.reached, _first_open(draft)), key=lambda one: one.place))


@needs(Area.UPLOADS, Level.FULL)
def save(draft_id: int, step: str) -> Response:
    """Keep what was entered, right or wrong, and go where the person wants to go."""
    here, go = Step(step), request.form.get("go", "next")
    draft = drafts.keep(draft_id, here)
    if go == "leave":
        return _to(UPLOAD_JOBS)
    if here.place > draft.reached.place:
        return _show(draft, draft.reached)
    wanted = before(here) if go == "back" else step_of(go) or after(here)
    if go == "stay" or wanted.place < here.place:
        return _show(draft, here if go == "stay" else wanted)
    checked = SCREENS[here].check(draft)
    draft = drafts.learn(drafts.open_draft(draft_id), here, checked.learned)
    if checked.problems:
        return _show(draft, here, checked.problems)
    return _finish(draft, run_now=go == "run") if here is Step.WHEN else _onward(draft, here, wanted)


for _step in STEPS:
    wizard.add_url_rule(f"{DRAFT}/{_step}", f"show_{_step}", show, defaults={"step": str(_step)}, methods=["GET"])
    wizard.add_url_rule(f"{DRAFT}/{_step}", f"save_{_step}", save, defaults={"step": str(_step)}, methods=["POST"])


def _onward(draft: Draft, here: Step, wanted: Step) -> Response:
    """Forward, at most to where the person has been before, or to the next step; no further than all is well."""
    wanted = min(wanted, max(draft.reached, after(here), key=_place), key=_place)
    for between in STEPS[here.place : wanted.place - 1]:
        problems = SCREENS[between].check(draft).problems
        if problems:
            return _show(drafts.open_draft(draft.id), between, problems)
    draft = drafts.reach(draft, wanted)
    if wanted is Step.PREVIEW:
        draft = preview.start(draft)
    return _show(draft, wanted)


def _finish(draft: Draft, *, run_now: bool) -> Response:
    for step in STEPS[:-1]:
        problems = whole.problems(draft.entries, step, clock.now()) or (
            preview.check(draft).problems if step is Step.PREVIEW else {}
        )
        if problems:
            return _show(drafts.open_draft(draft.id), step, problems)
    done = finish.finish(draft, run_now=run_now)
    if done.problems:
        return _show(drafts.open_draft(draft.id), done.step, done.problems)
    return _to(f"{UPLOAD_JOBS}/{done.job_id}")


def _first_open(draft: Draft) -> Step:
    """The first step that needs another look; the last if none does."""
    now = clock.now()
    return next((step for step in STEPS if whole.problems(draft.entries, step, now)), STEPS[-1])


def _place(step: Step) -> int:
    return step.place


def _show(draft: Draft, step: Step, problems: Problems | None = None) -> Response:
    answer = page(
        SCREENS[step].template,
        "Create Upload Job" if draft.job.edits_id is None else "Edit Upload Job",
        draft=draft.id,
        path=_path(draft, step),
        step=step,
        problems=problems or {},
        **SCREENS[step].values(draft),
    )
    if problems:
        answer.status_code = UNPROCESSABLE
    return answer


def _path(draft: Draft, here: Step) -> Sequence[tuple[Step, bool]]:
    """Every step, and whether the path leads there from here."""
    return [(step, step is not here and step.place <= draft.reached.place) for step in STEPS]


def _to(address: str) -> Any:
    return redirect(address, SEE_OTHER)
