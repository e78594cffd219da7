"""Shows the people behind a number of a run or a preview, and hands them out as a file."""

from typing import Any

from flask import Blueprint, Response, abort, request
from sqlalchemy import Connection, RowMapping

from connector.model.audience import Step, waterfall
from connector.model.people import kind_of
from connector.model.rights import Area, Level
from connector.model.runs import RunKind
from connector.model.uploads import JobState
from connector.store import audience_counts, audience_people, screens, upload_jobs, upload_runs
from connector.store.audience_people import Move, Number, Wanted
from connector.store.upload_jobs import UploadJob
from webapp.audience import download, words
from webapp.campaign_panel import form
from webapp.campaign_panel.campaign import is_campaign
from webapp.guard import needs, open_to_all
from webapp.pages import page
from webapp.sessions import visitor
from webapp.wiring import wiring

audience = Blueprint("audience", __name__)
audience.add_app_template_global(words.lost_at, "lost_at")
audience.add_app_template_global(kind_of, "kind_of")

PEOPLE_A_PAGE = 50
LARGEST = 2**31 - 1


@audience.get("/runs/<int(max=2147483647):run_id>/audience")
@needs(Area.UPLOADS, Level.READ)
def show(run_id: int) -> Response:
    """A page of the people behind a number."""
    number, after = _number(), _place(request.args.get("after", ""))
    with wiring().services.database.read() as connection:
        run = _own(connection, run_id)
        values = _values(connection, run, download.wanted_of(connection, run_id, number), after)
    title = f"{words.of(number).heading}, {values['source']}"
    return page("audience/people.html", title, run=run, number=number, after=after, words=words, **values)


@audience.post("/runs/<int(max=2147483647):run_id>/download")
@needs(Area.UPLOADS, Level.READ)
def ask_for_file(run_id: int) -> Response:
    """Send the browser to the file by itself; the page stays, because the file is one to be kept."""
    number = _number()
    with wiring().services.database.write() as connection:
        _own(connection, run_id)
        ticket = download.issue(connection, download.wanted_of(connection, run_id, number))
    answer = Response(status=204)
    answer.headers["HX-Redirect"] = f"/downloads/{ticket}"
    return answer


@audience.get("/downloads/<ticket>")
@open_to_all("the one-use ticket is the proof: a browser fetches a file without our token")
def fetch(ticket: str) -> Response:
    """The file of a ticket. Whoever only looks at the address, as some mail and chat programs do, uses nothing up."""
    if request.method != "GET":
        abort(405)
    return download.redeem(ticket)


def _values(connection: Connection, run: RowMapping, wanted: Wanted, after: int) -> dict[str, Any]:
    org_id, job_id = visitor().org_id, int(run["subject_id"])
    counts = audience_counts.audience(connection, wanted.run_id)
    rows = audience_people.people(connection, wanted, after, PEOPLE_A_PAGE + 1)
    job = upload_jobs.get(connection, org_id, job_id)
    salesforce = screens.salesforce_connection(connection, org_id)
    return {
        "source": upload_runs.job_names(connection, org_id, [job_id]).get(job_id) or "Upload job",
        "draft": job is not None and job.state is JobState.DRAFT,
        "panel": _panel(job) if job is not None else "",
        "job": job,
        "steps": waterfall(counts.rows, counts.lost),
        "lost": counts.lost,
        "count": audience_people.count(connection, wanted.run_id, wanted.number),
        "before_run": wanted.before_run,
        "read": audience_counts.kept(connection, wanted.run_id),
        "kept": _kept(connection, wanted),
        "rows": rows[:PEOPLE_A_PAGE],
        "more": len(rows) > PEOPLE_A_PAGE,
        "instance": (salesforce["instance_url"] or "").rstrip("/") if salesforce else "",
    }


def _panel(job: UploadJob) -> str:
    """Where a preview is seen in a frame that stands on the job's Campaign; empty in any other."""
    who = visitor()
    if not is_campaign(who.record_id) or not form.is_of(job.entries, who.record_id):
        return ""
    if job.state is not JobState.DRAFT:
        return f"/campaigns/{who.record_id}"
    own = job.created_by == who.user_id and job.edits_id is None
    return f"/campaigns/{who.record_id}/new" if own else ""


def _kept(connection: Connection, wanted: Wanted) -> bool:
    """Whether the rows that the number is made of are still there: of two runs, for what moved between them."""
    runs = [wanted.run_id, wanted.before_run] if wanted.number in {Move.JOINED, Move.LEFT} else [wanted.run_id]
    return all(audience_people.are_kept(connection, run) for run in runs)


def _number() -> Number:
    return audience_people.number_named(request.args.get("reason", Step.MAILABLE)) or abort(404)


def _place(entered: str) -> int:
    """The place to go on behind; what no row can have counts as not said."""
    number = int(entered) if entered.isdecimal() and entered.isascii() and len(entered) <= len(str(LARGEST)) else 0
    return number if number <= LARGEST else 0


def _own(connection: Connection, run_id: int) -> RowMapping:
    run = screens.run(connection, visitor().org_id, run_id)
    return run if run is not None and run["kind"] in {RunKind.UPLOAD, RunKind.PREVIEW} else abort(404)
