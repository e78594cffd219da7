"""A Campaign's first upload, or one to another group: the group, what becomes of who is in it, which members."""

from flask import Blueprint, Response, request
from sqlalchemy import Connection

from connector.model.groups import NAME_LENGTH
from connector.model.rights import Area, Level
from connector.model.uploads import JobState
from connector.store import upload_jobs
from webapp.campaign_panel import campaign, form, groups, seeing, showing
from webapp.campaign_panel.campaign import Campaign
from webapp.campaign_panel.form import Everything
from webapp.guard import needs
from webapp.pages import page, part
from webapp.sessions import visitor
from webapp.wiring import wiring
from webapp.wizard import drafts, fields, group, preview, source, vendors
from webapp.wizard.drafts import Draft
from webapp.wizard.forms import group as group_form
from webapp.wizard.forms import source as source_form
from webapp.wizard.forms.reading import Form, Problems, parts
from webapp.wizard.steps import Step

beginning = Blueprint("campaign_beginning", __name__, url_prefix="/campaigns/<campaign_id>")

UNPROCESSABLE = 422
CHECKS = ((Step.SOURCE, source.check), (Step.GROUP, group.check), (Step.FIELDS, fields.check))


@beginning.get("/new")
@needs(Area.UPLOADS, Level.FULL)
def new(campaign_id: str) -> Response:
    """The choices for another group, or what was begun of them."""
    campaign_id = campaign.id_of(campaign_id)
    with wiring().services.database.read() as connection:
        draft = own_draft(connection, campaign_id)
    return go_on(campaign.look(campaign_id, form.campaign_name(draft.entries) if draft else ""), draft)


@beginning.post("/groups")
@needs(Area.UPLOADS, Level.FULL)
def search(campaign_id: str) -> Response:
    """The groups found for what is typed, and what becomes of the chosen one."""
    return _groups(campaign_id, "campaign_panel/groups.html")


@beginning.post("/group")
@needs(Area.UPLOADS, Level.FULL)
def choose(campaign_id: str) -> Response:
    """How many people the chosen group has, and what adding and replacing do to them."""
    return _groups(campaign_id, "campaign_panel/group.html")


@beginning.post("/drafts")
@needs(Area.UPLOADS, Level.FULL)
def see(campaign_id: str) -> Response:
    """Keep what was chosen and have the audience read; or show what has to be mended."""
    return _see(campaign.id_of(campaign_id), None)


@beginning.post("/drafts/<int(max=2147483647):draft_id>")
@needs(Area.UPLOADS, Level.FULL)
def see_again(campaign_id: str, draft_id: int) -> Response:
    """The same after something was changed."""
    return _see(campaign.id_of(campaign_id), seeing.draft_of(campaign_id, draft_id))


@beginning.get("/drafts/<int(max=2147483647):draft_id>")
@needs(Area.UPLOADS, Level.FULL)
def change(campaign_id: str, draft_id: int) -> Response:
    """The choices as they were made, to change them."""
    draft = seeing.draft_of(campaign_id, draft_id)
    found = campaign.look(campaign.id_of(campaign_id), form.campaign_name(draft.entries))
    return show(found, draft.entries, draft)


def own_draft(connection: Connection, campaign_id: str) -> Draft | None:
    """What this user began for this Campaign and has not finished, the newest if there are several."""
    who = visitor()
    for job in upload_jobs.of_org(connection, who.org_id, [JobState.DRAFT]):
        if job.created_by == who.user_id and job.edits_id is None and form.is_of(job.entries, campaign_id):
            return Draft(job, job.entries)
    return None


def go_on(found: Campaign, draft: Draft | None) -> Response:
    """Where this user was with this Campaign, or the beginning."""
    if draft is not None and draft.preview_run_id is not None:
        return seeing.show(draft)
    return show(found, draft.entries if draft else form.begin(found.id, found.name), draft)


def show(found: Campaign, entries: Everything, draft: Draft | None, problems: Problems | None = None) -> Response:
    """The choices, with what is wrong beside each."""
    if found.gone:
        return showing.panel(found, [])
    of_group = parts(entries, Step.GROUP)
    statuses = vendors.salesforce(lambda asked: asked.campaign_statuses(found.id), list[str]())
    answer = page(
        "campaign_panel/begin.html",
        showing.title(found),
        campaign=found,
        draft=draft.id if draft else 0,
        problems=problems or {},
        offered=statuses.value,
        ticked=source_form.chosen(parts(entries, Step.SOURCE)).get("statuses"),
        trouble=found.trouble or statuses.trouble,
        longest=NAME_LENGTH,
        **_of_group(of_group),
    )
    if problems:
        answer.status_code = UNPROCESSABLE
    return answer


def _see(campaign_id: str, draft: Draft | None) -> Response:
    entries = form.typed(_given(), campaign_id, draft.entries if draft else {})
    if draft is not None:
        draft = drafts.change(draft.id, lambda _before: entries)
    problems = form.problems(entries)
    if not problems:
        draft, problems = _checked(draft or _new_draft(entries))
    if draft is None or problems:
        return show(campaign.look(campaign_id, form.campaign_name(entries)), entries, draft, problems)
    return seeing.show(preview.start(drafts.reach(draft, Step.PREVIEW)))


def _new_draft(entries: Everything) -> Draft:
    who = visitor()
    with wiring().services.database.write() as connection:
        draft_id = upload_jobs.create_draft(connection, who.org_id, who.user_id)
    return drafts.change(draft_id, lambda _before: entries)


def _checked(draft: Draft) -> tuple[Draft, Problems]:
    """What the vendors say of the choices; what they tell is kept with them."""
    for step, check in CHECKS:
        checked = check(draft)
        draft = drafts.learn(draft, step, checked.learned)
        if checked.problems:
            return draft, checked.problems
    return draft, {}


def _given() -> Form:
    return Form(request.form.to_dict(flat=False))


def _groups(campaign_id: str, template: str) -> Response:
    found = campaign.id_of(campaign_id)
    entries = form.typed(_given(), found, {})
    return part(template, campaign=Campaign(found), problems={}, **_of_group(parts(entries, Step.GROUP)))


def _of_group(entries: Everything) -> dict[str, object]:
    chosen = int(entries.get("group_id") or 0)
    text = str(entries.get("text", ""))
    return {
        "groups": groups.look(text, chosen),
        "text": text,
        "chosen": chosen,
        "which": group_form.NEW if entries.get("which") == group_form.NEW else group_form.EXISTING,
        "new_name": str(entries.get("new_name", "")),
        "how": group_form.how(entries),
    }
