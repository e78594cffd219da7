"""The last step: the job's name and its times, with the next three of them."""

from datetime import timedelta
from typing import Any

from connector import clock
from connector.model.uploads import How, Timetable, When
from connector.store import upload_schedule
from webapp.manage_data.form import zones
from webapp.moments import zone_of
from webapp.sessions import visitor
from webapp.wizard import whole
from webapp.wizard.drafts import Draft
from webapp.wizard.forms import group
from webapp.wizard.forms import when as form
from webapp.wizard.screens import Checked
from webapp.wizard.steps import Step

USUAL_TIME = "07:00"
WAYS = {
    When.BY_HAND: ("Now", "When you choose Save and run now; later whenever somebody chooses Run now."),
    When.ONCE: ("Once", "At a time that you choose."),
    When.REPEATING: ("Repeating", "On some days of the week, each time with who is in the source then."),
}


def check(draft: Draft) -> Checked:
    """Whether name and times can be understood. A name that is the usual one goes on following source and group."""
    read = form.planned(draft.step(Step.WHEN), clock.now())
    default = whole.default_name(draft.entries)
    return Checked(read.problems, {"name": ""} if read.value and read.value.name == default else {})


def values(draft: Draft) -> dict[str, Any]:
    """What the whole step shows."""
    entries = draft.step(Step.WHEN)
    now = clock.now()
    zone = str(entries.get("zone") or visitor().zone)
    tomorrow = (now.astimezone(zone_of(zone)) + timedelta(days=1)).date().isoformat()
    default = whole.default_name(draft.entries)
    return {
        "ways": WAYS,
        "way": When(entries.get("when") or When.BY_HAND),
        "name": entries.get("name") or default,
        "default_name": default,
        "weekdays": form.DAYS,
        "days": entries.get("days", form.WORKDAYS),
        "date": entries.get("date", tomorrow),
        "local_time": entries.get("local_time", USUAL_TIME),
        "entered_zone": entries.get("zone", visitor().zone),
        "zones": zones(),
        "adds": group.how(draft.step(Step.GROUP)) is How.ADD,
        "saved": draft.job.edits_id is not None,
        **times(draft),
    }


def times(draft: Draft) -> dict[str, Any]:
    """The next times of what is entered just now, as far as it can be understood."""
    read = form.planned({"name": "", **_with_usual(draft)}, clock.now())
    timetable = read.value.timetable if read.value else Timetable()
    return {"upcoming": upload_schedule.upcoming(timetable, clock.now()), "zone": timetable.zone}


def _with_usual(draft: Draft) -> dict[str, Any]:
    usual = {"days": list(form.WORKDAYS), "local_time": USUAL_TIME, "zone": visitor().zone}
    return {**usual, **draft.step(Step.WHEN), "name": ""}
