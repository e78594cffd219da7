"""Shows the Activity Report, what is behind its numbers, and the questions that somebody saved."""

from typing import Any

from flask import Blueprint, Response, abort, request
from sqlalchemy import Connection

from connector.model.report_questions import ABOUT_PEOPLE, CHANNELS, TIMES, Dimension, Key, Measure
from connector.model.rights import Area, Level
from connector.store import report_labels, report_rows, saved_views
from connector.store.activity_report import Most
from connector.store.report_rows import Behind
from connector.store.report_standing import Standing, standing
from webapp.activity_report import answers, asking, chart, download, words
from webapp.activity_report.asking import Form
from webapp.activity_report.table import Table, table
from webapp.guard import needs, open_to_all
from webapp.pages import page
from webapp.sessions import visitor
from webapp.wiring import wiring

activity_report = Blueprint("activity_report", __name__)

ROWS_A_PAGE = 50
LONGEST_QUERY = 2000


@activity_report.get("/report")
@needs(Area.TRACKING, Level.READ)
def show() -> Response:
    """A question with its answer."""
    return _shown("")


@activity_report.post("/report/views")
@needs(Area.TRACKING, Level.READ)
def save() -> Response:
    """Keep the question under a name."""
    name = " ".join(request.form.get("name", "").replace("\0", "").split())
    owner = saved_views.Owner(visitor().org_id, visitor().user_id)
    problem = ""
    with wiring().services.database.write() as connection:
        form, _now = _form(connection)
        views = saved_views.of_user(connection, owner)
        if not name or len(name) > saved_views.LONGEST_NAME:
            problem = f"Give the view a name of up to {saved_views.LONGEST_NAME} characters."
        elif len(views) >= saved_views.MOST and name not in {view["name"] for view in views}:
            problem = f"You have {saved_views.MOST} saved views. Delete one first."
        else:
            saved_views.save(connection, owner, name, form.query())
    return _shown("" if problem else f"Saved as “{name}”.", problem)


@activity_report.post("/report/views/<int(max=2147483647):view_id>/delete")
@needs(Area.TRACKING, Level.READ)
def delete(view_id: int) -> Response:
    """Forget a saved question."""
    with wiring().services.database.write() as connection:
        if not saved_views.delete(connection, saved_views.Owner(visitor().org_id, visitor().user_id), view_id):
            abort(404)
    return _shown("The saved view was deleted.")


@activity_report.get("/report/people")
@needs(Area.TRACKING, Level.READ)
def behind() -> Response:
    """A page of the people, or of the activities, behind a number."""
    with wiring().services.database.read() as connection:
        form, now = _form(connection)
        asked = answers.asked_of(visitor().org_id, form.question, now)
        cell = _cell(form)
        after = _after()
        rows = report_rows.rows(connection, asked, cell, after, ROWS_A_PAGE)
        named = [
            (words.NAMES[of], _label(of, key, report_labels.labels(connection, visitor().org_id, of, [key])))
            for of, key in cell
        ]
    people = form.question.measure is Measure.PEOPLE
    shown, more = rows[:ROWS_A_PAGE], len(rows) > ROWS_A_PAGE
    values: dict[str, Any] = {"form": form, "named": named, "rows": shown, "people": people, "after": after}
    values["row"], values["column"] = request.args.get("row"), request.args.get("column")
    values["further"] = _further(form, shown[-1]) if more else ""
    return page("activity_report/people.html", "Activity Report", activity=words.activity, **values)


@activity_report.post("/report/download")
@needs(Area.TRACKING, Level.READ)
def ask_for_file() -> Response:
    """Send the browser to the file by itself."""
    with wiring().services.database.write() as connection:
        form, _now = _form(connection)
        ticket = download.issue(connection, form.query())
    answer = Response(status=204)
    answer.headers["HX-Redirect"] = f"/report/file/{ticket}"
    return answer


@activity_report.get("/report/file/<ticket>")
@open_to_all("the one-use ticket is the proof: a browser fetches a file without our token")
def fetch(ticket: str) -> Response:
    """The file of a ticket. Whoever only looks at the address uses nothing up."""
    if request.method != "GET":
        abort(405)
    return download.redeem(ticket)


def _shown(done: str, problem: str = "") -> Response:
    house, who = wiring().services.database, visitor()
    with house.read() as connection:
        form, now = _form(connection)
        found = answers.answer(connection, answers.asked_of(who.org_id, form.question, now), Most(), id(house))
        views = saved_views.of_user(connection, saved_views.Owner(who.org_id, who.user_id))
        owners = report_labels.owners(connection, who.org_id)
    shown = _table(form, found)
    values: dict[str, Any] = {
        "form": form,
        "question": form.question,
        "table": shown,
        "picture": chart.chart(shown, form.question.dimensions),
        "views": views,
        "owners": owners,
        "now": now,
        "words": words,
        "choices": {
            "dimensions": list(Dimension),
            "groups": asking.GROUPS,
            "activities": asking.ACTIVITY_KEYS,
            "channels": CHANNELS,
            "kinds": {"Contact": "Contact", "Lead": "Lead", "": "Not in Salesforce"},
            "periods": asking.PERIODS,
        },
        "times": TIMES,
        "about_people": ABOUT_PEOPLE,
        "done": done,
        "problem": problem,
    }
    return page("activity_report/report.html", "Activity Report", **values)


def _form(connection: Connection) -> tuple[Form, Standing]:
    now = standing(connection, visitor().org_id)
    if len(request.query_string) > LONGEST_QUERY:
        form = asking.form_of(asking.Entered(), answers.today(now))
        form.problems.append("The question was too long; the usual report is shown.")
        return form, now
    return asking.form_of(request.args, answers.today(now)), now


def _table(form: Form, found: answers.Answer) -> Table:
    return table(
        found.numbers,
        form.question.dimensions,
        lambda dimension, key: _label(dimension, key, found.names[dimension]),
    )


def _label(dimension: Dimension, key: Key | None, names: Any) -> str:
    return words.label(dimension, key, names, visitor().locale)


def _cell(form: Form) -> list[tuple[Dimension, Key]]:
    found: list[tuple[Dimension, Key]] = []
    for name, dimension in zip(("row", "column"), form.question.dimensions, strict=False):
        entered = request.args.get(name)
        if entered is not None:
            key = asking.key_of(dimension, entered)
            found.append((dimension, abort(404) if key is None else key))
    return found


def _after() -> Behind | None:
    at, key = request.args.get("at", ""), request.args.get("key", "")
    moment = asking.whole(at)
    if moment is None:
        return None
    return Behind(moment, key[:32] if key.isalnum() else "")


def _further(form: Form, last: Any) -> str:
    row, column = request.args.get("row"), request.args.get("column")
    if form.question.measure is Measure.PEOPLE:
        return form.query(row=row, column=column, at=last["recipient_id"])
    return form.query(row=row, column=column, at=last["occurred_at"], key=last["key"])
