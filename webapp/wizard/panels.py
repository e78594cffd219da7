"""The parts of a step that replace themselves while something is entered; each keeps what was entered first."""

from flask import Blueprint, Response, abort, request

from connector.model.audience import SourceKind
from connector.model.rights import Area, Level
from webapp.guard import needs
from webapp.pages import part
from webapp.wizard import drafts, fields, group, preview, source, when
from webapp.wizard.drafts import Draft
from webapp.wizard.forms import fields as fields_form
from webapp.wizard.screens import Checked
from webapp.wizard.steps import Step

panels = Blueprint("panels", __name__)

DRAFT = "/upload-jobs/<int(max=2147483647):draft_id>"


@panels.post(f"{DRAFT}/source/panel")
@needs(Area.UPLOADS, Level.FULL)
def source_panel(draft_id: int) -> Response:
    """The choices of another kind of source."""
    return part(
        "wizard/source_panel.html", draft=draft_id, problems={}, **source.values(drafts.keep(draft_id, Step.SOURCE))
    )


@panels.post(f"{DRAFT}/source/search")
@needs(Area.UPLOADS, Level.FULL)
def source_search(draft_id: int) -> Response:
    """The sources found for what is typed."""
    found = source.results(drafts.keep(draft_id, Step.SOURCE))
    heard = f"Found: {len(found['offers'])}"
    return part("wizard/source_results.html", draft=draft_id, heard=heard, **found)


@panels.post(f"{DRAFT}/source/statuses")
@needs(Area.UPLOADS, Level.FULL)
def source_statuses(draft_id: int) -> Response:
    """The member statuses of the Campaign that was just chosen."""
    found = source.statuses(drafts.keep(draft_id, Step.SOURCE))
    return part("wizard/source_statuses.html", draft=draft_id, problems={}, **found)


@panels.post(f"{DRAFT}/source/query")
@needs(Area.UPLOADS, Level.FULL)
def source_query(draft_id: int) -> Response:
    """What Salesforce says of the query as it is typed now."""
    draft = drafts.keep(draft_id, Step.SOURCE)
    checked = source.check(draft) if draft.step(Step.SOURCE).get("kind") == SourceKind.QUERY else Checked()
    return part("wizard/source_query.html", problems=checked.problems, count=checked.learned.get("count"))


@panels.post(f"{DRAFT}/group/panel")
@needs(Area.UPLOADS, Level.FULL)
def group_panel(draft_id: int) -> Response:
    """The choices for a group that exists, or for a new one."""
    return part(
        "wizard/group_panel.html", draft=draft_id, problems={}, **group.values(drafts.keep(draft_id, Step.GROUP))
    )


@panels.post(f"{DRAFT}/group/search")
@needs(Area.UPLOADS, Level.FULL)
def group_search(draft_id: int) -> Response:
    """The groups found for what is typed."""
    found = group.values(drafts.keep(draft_id, Step.GROUP))
    heard = f"Found: {len(found['groups']) + found['more']}"
    return part("wizard/group_results.html", draft=draft_id, heard=heard, **found)


@panels.post(f"{DRAFT}/group/how")
@needs(Area.UPLOADS, Level.FULL)
def group_how(draft_id: int) -> Response:
    """What adding and replacing do to the group that was just chosen."""
    return part("wizard/group_how.html", draft=draft_id, **group.how(drafts.keep(draft_id, Step.GROUP)))


@panels.post(f"{DRAFT}/fields/lines")
@needs(Area.UPLOADS, Level.FULL)
def field_lines(draft_id: int) -> Response:
    """One table with a line more or less."""
    name = request.form.get("table", "")
    if name not in fields_form.TABLES:
        abort(404)
    draft = drafts.keep(draft_id, Step.FIELDS)
    lines: list[dict[str, str]] = list(draft.step(Step.FIELDS).get(name, []))
    place = request.form.get("remove", -1, type=int)
    if 0 <= place < len(lines):
        lines = [*lines[:place], *lines[place + 1 :]] or [dict(fields_form.BLANK_LINE)]
        focus = f"{name}-{min(place, len(lines) - 1)}-remove"
    else:
        lines = [*lines, dict(fields_form.BLANK_LINE)][: fields_form.MOST_LINES]
        focus = f"{name}-{len(lines) - 1}-recipient"
    draft = drafts.learn(draft, Step.FIELDS, {name: lines})
    return part("wizard/lines.html", draft=draft_id, problems={}, **fields.table(draft, name, focus))


@panels.get(f"{DRAFT}/preview/status")
@needs(Area.UPLOADS, Level.FULL)
def preview_status(draft_id: int) -> Response:
    """How far the preview is; it asks for itself again until it is over."""
    return _preview(drafts.open_draft(draft_id))


@panels.post(f"{DRAFT}/preview/rules")
@needs(Area.UPLOADS, Level.FULL)
def preview_rules(draft_id: int) -> Response:
    """Rules that were just switched: a preview that was read with others does not count any more."""
    return _preview(drafts.keep(draft_id, Step.PREVIEW))


@panels.post(f"{DRAFT}/preview/start")
@needs(Area.UPLOADS, Level.FULL)
def preview_start(draft_id: int) -> Response:
    """Read the audience as it is entered now."""
    draft = drafts.keep(draft_id, Step.PREVIEW)
    return _preview(preview.start(draft, anew=request.form.get("anew") == "yes"))


@panels.post(f"{DRAFT}/preview/cancel")
@needs(Area.UPLOADS, Level.FULL)
def preview_cancel(draft_id: int) -> Response:
    """Stop reading the audience; nothing was changed by it."""
    draft = drafts.open_draft(draft_id)
    preview.cancel(draft)
    return _preview(draft)


@panels.post(f"{DRAFT}/when/panel")
@needs(Area.UPLOADS, Level.FULL)
def when_panel(draft_id: int) -> Response:
    """The entries that belong to another way of running."""
    return part("wizard/when_panel.html", draft=draft_id, problems={}, **when.values(drafts.keep(draft_id, Step.WHEN)))


@panels.post(f"{DRAFT}/when/times")
@needs(Area.UPLOADS, Level.FULL)
def when_times(draft_id: int) -> Response:
    """The next times of what is entered just now."""
    return part("wizard/times.html", **when.values(drafts.keep(draft_id, Step.WHEN)))


def _preview(draft: Draft) -> Response:
    return part("wizard/preview_result.html", draft=draft.id, **preview.status(draft))
