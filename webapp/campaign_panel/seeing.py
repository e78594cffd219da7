"""Who will be uploaded: the audience as it is read, the number, and the button that makes the job and runs it."""

from flask import Blueprint, Response, abort, redirect
from werkzeug.wrappers import Response as WerkzeugResponse

from connector.model.rights import Area, Level
from connector.model.runs import RunState
from connector.store import audit
from connector.store.forgetting import forget_deleted
from webapp.campaign_panel import campaign, form, showing
from webapp.campaign_panel.campaign import Campaign
from webapp.guard import needs
from webapp.pages import page, part
from webapp.upload_jobs import starting
from webapp.wiring import wiring
from webapp.wizard import drafts, finish, preview
from webapp.wizard.drafts import Draft
from webapp.wizard.forms.reading import Problems

seeing = Blueprint(
    "campaign_seeing", __name__, url_prefix="/campaigns/<campaign_id>/drafts/<int(max=2147483647):draft_id>"
)

UNPROCESSABLE, SEE_OTHER = 422, 303


@seeing.get("/status")
@needs(Area.UPLOADS, Level.READ)
def status(campaign_id: str, draft_id: int) -> Response:
    """How far the reading is, and what came of it; it asks for itself again until it is over."""
    return _audience(draft_of(campaign_id, draft_id))


@seeing.post("/read")
@needs(Area.UPLOADS, Level.FULL)
def read(campaign_id: str, draft_id: int) -> Response:
    """Read the audience once more."""
    return _audience(preview.start(draft_of(campaign_id, draft_id), anew=True))


@seeing.post("/cancel")
@needs(Area.UPLOADS, Level.FULL)
def cancel(campaign_id: str, draft_id: int) -> Response:
    """Stop reading; nothing was changed by it."""
    draft = draft_of(campaign_id, draft_id)
    preview.cancel(draft)
    return _audience(draft)


@seeing.post("/discard")
@needs(Area.UPLOADS, Level.FULL)
def discard(campaign_id: str, draft_id: int) -> WerkzeugResponse:
    """Forget what was begun."""
    draft = draft_of(campaign_id, draft_id)
    with wiring().services.database.write() as connection:
        starting.forget_draft(connection, draft.job)
        audit.record(
            connection, starting.actor(), "Deleted a draft", {}, {"upload job": draft.job.name, "id": draft.id}
        )
    forget_deleted(wiring().services.database, draft.job.org_id)
    return redirect(f"/campaigns/{campaign.id_of(campaign_id)}", SEE_OTHER)


@seeing.post("/upload")
@needs(Area.UPLOADS, Level.FULL)
def upload(campaign_id: str, draft_id: int) -> Response:
    """Make the group if it is new, save the job and start its run."""
    draft = draft_of(campaign_id, draft_id)
    problems = preview.check(draft).problems
    if problems:
        return show(drafts.open_draft(draft_id), problems)
    done = finish.finish(draft, run_now=True)
    if done.problems:
        return show(drafts.open_draft(draft_id), done.problems)
    return showing.anew(of_draft(draft))


def show(draft: Draft, problems: Problems | None = None) -> Response:
    """The whole page, with what stands in the way."""
    found = of_draft(draft)
    answer = page("campaign_panel/seeing.html", showing.title(found), problems=problems or {}, **_values(draft, found))
    if problems:
        answer.status_code = UNPROCESSABLE
    return answer


def draft_of(campaign_id: str, draft_id: int) -> Draft:
    """A draft of this Campaign; not found for another's."""
    draft = drafts.open_draft(draft_id)
    return draft if form.is_of(draft.entries, campaign.id_of(campaign_id)) else abort(404)


def of_draft(draft: Draft) -> Campaign:
    """The draft's Campaign, by the name that was told when it was chosen."""
    return Campaign(form.campaign_id(draft.entries), form.campaign_name(draft.entries))


def _audience(draft: Draft) -> Response:
    return part("campaign_panel/audience.html", **_values(draft, of_draft(draft)))


def _values(draft: Draft, found: Campaign) -> dict[str, object]:
    definition = draft.definition or abort(404)
    values = preview.status(draft)
    run = values["run"]
    return {
        **values,
        "campaign": found,
        "draft": draft.id,
        "definition": definition,
        "under_way": run is not None and not RunState(run["state"]).over,
    }
