"""Create Upload Job leads from a source to a saved job, and loses nothing that was entered on the way."""

import json
from typing import Any

import pytest
import time_machine

from connector.errors import Refused, Temporary, Unsure
from connector.model.audience import Rule, Source, SourceKind
from connector.model.runs import RunKind
from connector.model.uploads import DEFAULT_CONTACT, DEFAULT_LEAD, Definition, How, JobState, Target, When
from connector.store import audit, runs, upload_jobs
from tests.webapp.conftest import House
from tests.webapp.vendors import BOSTON, DONORS, GALA
from tests.webapp.wizarding import BY_HAND, CAMPAIGN, NEWSLETTER, RULES, Wizard, build, settled, wizard_of


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> House:
    return build(tmp_path_factory.mktemp("house"))


@pytest.fixture
def wizard(shared: House) -> Wizard:
    return wizard_of(settled(shared))


def test_a_campaign_becomes_a_job_that_runs(wizard: Wizard) -> None:
    assert wizard.step == "source"
    wizard.post("source", **CAMPAIGN)
    assert wizard.step == "group"
    wizard.post("group", **NEWSLETTER)
    assert wizard.step == "fields"
    wizard.post("fields")
    assert wizard.step == "preview"
    wizard.read()
    wizard.post("preview", **RULES)
    assert wizard.step == "when"
    wizard.post("when", go="run", **BY_HAND)
    assert (wizard.frame.status, wizard.frame.headers["Location"]) == (303, f"/upload-jobs/{wizard.draft}")
    job = wizard.job
    assert (job.state, job.name, job.group_id, job.next_run_at) == (JobState.ACTIVE, "Gala guests", 11, None)
    definition = job.definition
    assert definition is not None
    assert definition.source == Source(SourceKind.CAMPAIGN, GALA.id, "Spring Gala")
    assert (definition.target, definition.rules) == (Target(11, "Newsletter", How.REPLACE), frozenset(Rule))
    claim = wizard.house.outside.claims[-1]
    assert (claim.kind, claim.fresh) == (RunKind.UPLOAD, True)
    with wizard.house.database.read() as connection:
        run = runs.get(connection, claim.run_id)
    assert run is not None
    assert (run["subject_id"], run["lease"], run["trigger"]) == (job.id, "group 11", "Run now")


@pytest.mark.parametrize(
    ("entered", "expected"),
    [
        ({"kind": "Report", "panel": "Report", "choice": f":{DONORS.id}"}, Source(DONORS.kind, DONORS.id, DONORS.name)),
        (
            {"kind": "List view", "panel": "List view", "choice": f"Contact:{BOSTON.id}"},
            Source(BOSTON.kind, BOSTON.id, BOSTON.name, "Contact"),
        ),
        (
            {"kind": "Query", "panel": "Query", "soql": "SELECT Id FROM Lead"},
            Source(SourceKind.QUERY, name="Query of Leads", soql="SELECT Id FROM Lead"),
        ),
    ],
)
def test_every_kind_of_source_leads_to_a_saved_job(wizard: Wizard, entered: dict[str, str], expected: Source) -> None:
    wizard.post("source", **entered)
    wizard.post("group", **NEWSLETTER)
    wizard.post("fields")
    wizard.read()
    wizard.post("preview", **RULES)
    wizard.post("when", when="by hand")
    job = wizard.job
    assert job.state is JobState.ACTIVE
    assert job.definition is not None
    assert job.definition.source == expected
    assert job.name == f"{expected.name} → Newsletter"
    assert [claim.kind for claim in wizard.house.outside.claims] == [RunKind.PREVIEW]


def test_the_path_says_which_step_is_shown_and_leads_back_only_to_what_was_seen(wizard: Wizard) -> None:
    wizard.to_fields()
    path = [
        e for e in wizard.frame.page.elements if e.name == "li" and "rm-path__step" in e.attributes.get("class", "")
    ]
    assert [e.attributes.get("aria-current", "") for e in path] == ["", "", "step", "", ""]
    buttons = [e.attributes["hx-vals"] for e in wizard.frame.page.find(".rm-path__words") if e.name == "button"]
    assert [json.loads(values)["go"] for values in buttons] == ["source", "group"]
    wizard.post("fields", go="when")
    assert wizard.step == "preview"


@pytest.mark.parametrize("go", ["back", "leave"])
def test_back_and_leave_never_refuse_and_keep_what_is_wrong(wizard: Wizard, go: str) -> None:
    wizard.to_group()
    wizard.post("group", go=go, which="new", panel="new", new_name="x" * 60)
    assert wizard.frame.status == (303 if go == "leave" else 200)
    assert wizard.go("group").status == 200
    assert wizard.value("new_name") == "x" * 60
    assert wizard.ticked("which") == ["new"]
    if go == "leave":
        wizard.post("group", go="leave")
        assert wizard.frame.headers["Location"] == "/upload-jobs"


def test_forth_and_back_through_all_steps_loses_nothing(wizard: Wizard) -> None:
    wizard.to_when()
    when = {"when": "repeating", "days_shown": "yes", "days": ["1"], "local_time": "half past", "zone": "Berlin"}
    wizard.post("when", go="back", name="My own name", **when)
    before = wizard.job.entries
    for step, entered in (("preview", RULES), ("fields", {}), ("group", {}), ("source", {})):
        wizard.post(step, go="back", **entered)
    for step in ("source", "group", "fields", "preview"):
        wizard.post(step)
    assert wizard.step == "when"
    assert (wizard.value("name"), wizard.value("local_time"), wizard.value("zone")) == (
        "My own name",
        "half past",
        "Berlin",
    )
    assert wizard.ticked("days") == ["1"]
    assert {name: before[name] for name in ("source", "group", "when")} == {
        name: wizard.job.entries[name] for name in ("source", "group", "when")
    }


def test_whoever_comes_back_is_where_he_was(wizard: Wizard) -> None:
    wizard.to_fields()
    frame = wizard.house.launch()
    wizard.frame = frame
    wizard.go("when")
    assert wizard.step == "fields"
    wizard.go("source")
    assert wizard.step == "source"
    assert wizard.ticked("choice") == [f":{GALA.id}"]


def test_no_step_can_be_skipped(wizard: Wizard) -> None:
    wizard.go("when")
    assert wizard.step == "source"
    for step in ("group", "when"):
        wizard.post(step, go="run", **NEWSLETTER)
        assert wizard.step == "source"
    wizard.post("source", **{**CAMPAIGN, "choice": ":701000000000009AAA"})
    assert (wizard.frame.status, wizard.step) == (422, "source")
    assert wizard.job.state is JobState.DRAFT


def test_a_draft_of_another_org_is_not_found(wizard: Wizard) -> None:
    with wizard.house.database.write() as connection:
        connection.exec_driver_sql("UPDATE upload_jobs SET org_id = 2")
    assert wizard.go("source").status == 404
    assert wizard.post("source", **CAMPAIGN).status == 404
    assert wizard.frame.submit(f"/upload-jobs/{wizard.draft}/source/search", text="a").status == 404
    assert wizard.frame.submit(f"/upload-jobs/{wizard.draft}/preview/start").status == 404
    assert wizard.frame.submit("/upload-jobs/drafts", copy_of=str(wizard.draft)).status == 404


def test_a_finished_draft_is_not_finished_again(wizard: Wizard) -> None:
    wizard.to_when()
    wizard.post("when", go="run", **BY_HAND)
    asked = len(wizard.house.outside.claims)
    assert wizard.post("when", go="run", **BY_HAND).status == 404
    assert len(wizard.house.outside.claims) == asked


def test_a_draft_may_begin_with_a_source(wizard: Wizard) -> None:
    wizard.begin(source_kind="Campaign", source_id=GALA.id[:15], name="Spring Gala")
    assert wizard.ticked("choice") == [f":{GALA.id}"]
    wizard.post("source")
    assert wizard.step == "group"
    wizard.begin(source_kind="Nonsense", source_id="'; --")
    assert wizard.ticked("choice") == []


@pytest.mark.parametrize("number", ["2147483648", "9" * 23, "-1", "0", "\uff12", "1e5"])
@pytest.mark.parametrize("name", ["copy_of", "edit_of"])
def test_a_number_that_no_job_can_have_is_not_there(wizard: Wizard, name: str, number: str) -> None:
    assert wizard.frame.submit("/upload-jobs/drafts", **{name: number}).status == 404


def test_a_list_view_of_anything_but_people_begins_no_draft(wizard: Wizard) -> None:
    before = wizard.draft
    given = {"source_kind": "List view", "source_id": BOSTON.id}
    for name in ("Account", "Foo\x00", ""):
        assert wizard.frame.submit("/upload-jobs/drafts", **given, object_name=name).status == 404
    assert wizard.begin(**given, object_name="Contact").draft == before + 1
    assert wizard.ticked("choice") == [f"Contact:{BOSTON.id}"]


def test_a_draft_of_a_list_view_that_nobody_can_read_says_so(wizard: Wizard) -> None:
    wizard.begin(source_kind="List view", source_id=BOSTON.id, object_name="Contact")
    with wizard.house.database.write() as connection:
        connection.exec_driver_sql("""UPDATE upload_jobs SET entries = replace(entries, '"Contact"', '"Foo/Bar"')""")
    wizard.salesforce.asked.clear()
    wizard.go("source")
    assert (wizard.frame.status, wizard.step) == (200, "source")
    assert "Choose a list view." in wizard.text
    assert not any(asked.startswith("source") for asked in wizard.salesforce.asked)


def test_a_name_made_of_long_names_is_no_longer_than_one_may_be(wizard: Wizard) -> None:
    wizard.begin(source_kind="Report", source_id=DONORS.id, name="x" * 255)
    wizard.post("group", go="stay", which="new", panel="new", new_name="y" * 50)
    assert wizard.job.name == "x" * 200


def test_an_edited_job_keeps_its_number_and_a_copy_gets_its_own(wizard: Wizard) -> None:
    wizard.to_when()
    wizard.post("when", **BY_HAND)
    job_id = wizard.draft
    wizard.begin(edit_of=str(job_id))
    assert "Edit Upload Job" in wizard.frame.page.title
    draft = wizard.draft
    assert wizard.begin(edit_of=str(job_id)).draft == draft
    wizard.to_when()
    assert wizard.value("name") == "Gala guests"
    wizard.post("when", when="by hand", name="Renamed")
    assert wizard.frame.headers["Location"] == f"/upload-jobs/{job_id}"
    assert wizard.stored(job_id).name == "Renamed"
    with wizard.house.database.read() as connection:  # whom the preview of the changes found is forgotten with it
        left = connection.exec_driver_sql(
            f"SELECT 1 FROM audience a JOIN runs r ON r.id = a.run_id WHERE r.subject_id = {draft}"  # noqa: S608  # ours
        )
        assert left.first() is None
    wizard.begin(copy_of=str(job_id)).to_when()
    assert wizard.value("name") == "Copy of Renamed"
    wizard.post("when", when="by hand", name="Another")
    with wizard.house.database.read() as connection:
        names = {job.name for job in upload_jobs.of_org(connection, 1, [JobState.ACTIVE])}
        entries = [e for e in audit.entries(connection, 1) if "upload job" in e["action"]]
    assert names == {"Renamed", "Another"}
    assert [e["action"] for e in entries] == ["Created an upload job", "Changed an upload job", "Created an upload job"]
    assert json.loads(entries[1]["after"]) == {"name": "Renamed"}


def test_a_job_deleted_while_it_is_edited_is_not_saved_and_says_so(wizard: Wizard) -> None:
    wizard.to_when()
    wizard.post("when", **BY_HAND)
    job_id = wizard.draft
    wizard.begin(edit_of=str(job_id)).to_when()
    with wizard.house.database.write() as connection:
        upload_jobs.set_state(connection, job_id, JobState.DELETED)
    wizard.post("when", **BY_HAND)
    assert wizard.frame.status == 422
    assert "was deleted meanwhile" in wizard.text


def test_a_job_that_the_wizard_did_not_make_can_be_edited_in_it(wizard: Wizard) -> None:
    source = Source(SourceKind.CAMPAIGN, GALA.id, GALA.name, statuses=("Sent",))
    made = Definition(
        source, Target(12, "Members", How.ADD), DEFAULT_CONTACT, DEFAULT_LEAD, rules=frozenset({Rule.GONE})
    )
    with wizard.house.database.write() as connection:
        draft = upload_jobs.create_draft(connection, 1, None)
        upload_jobs.enter(connection, draft, "From the Campaign", {}, made)
        job = upload_jobs.get(connection, 1, draft)
        assert job is not None
        upload_jobs.save(connection, job, made, None)
    wizard.begin(edit_of=str(draft))
    assert wizard.ticked("statuses") == ["Sent"]
    wizard.post("source")
    assert (wizard.ticked("group"), wizard.ticked("how")) == (["12"], ["Add"])
    wizard.post("group")
    wizard.post("fields", tables=[], go="next")
    assert wizard.step == "fields"
    assert "has no field “Address” any more" in wizard.text


def to_new_group(wizard: Wizard) -> None:
    wizard.to_group()
    wizard.post("group", which="new", panel="new", new_name=" Gala guests ", how="Replace")
    wizard.post("fields")
    wizard.read()
    wizard.post("preview", **RULES)
    assert wizard.step == "when"


def test_a_new_group_is_made_when_the_wizard_is_finished(wizard: Wizard) -> None:
    to_new_group(wizard)
    assert wizard.realmagnet.created == []
    wizard.post("when", go="run", **BY_HAND)
    assert wizard.realmagnet.created == ["Gala guests"]
    definition = wizard.job.definition
    assert definition is not None
    assert definition.target == Target(14, "Gala guests", How.REPLACE)
    wizard.begin(edit_of=str(wizard.draft))
    wizard.go("group")
    wizard.post("source")
    assert (wizard.ticked("which"), wizard.ticked("group"), wizard.ticked("how")) == (["existing"], ["14"], ["Replace"])


def test_a_group_whose_answer_was_lost_is_found_and_not_made_twice(wizard: Wizard) -> None:
    to_new_group(wizard)
    wizard.realmagnet.create_error = Unsure("The answer was lost.")
    wizard.post("when", **BY_HAND)
    assert (wizard.job.state, wizard.job.group_id) == (JobState.ACTIVE, 14)
    assert wizard.realmagnet.created == ["Gala guests"]


def test_a_group_that_was_made_before_the_connection_broke_is_used_the_next_time(wizard: Wizard) -> None:
    to_new_group(wizard)
    wizard.realmagnet.create_error = Unsure("The answer was lost.")
    wizard.realmagnet.then_away = Temporary("Real Magnet did not answer.")
    wizard.post("when", name="Mine", when="by hand")
    assert wizard.frame.status == 422
    assert "“Gala guests” could not be made. Real Magnet did not answer." in wizard.text
    assert wizard.value("name") == "Mine"
    wizard.realmagnet.error = None
    wizard.post("when", **BY_HAND)
    assert (wizard.job.state, wizard.job.group_id) == (JobState.ACTIVE, 14)
    assert wizard.realmagnet.created == ["Gala guests"]


def test_a_group_that_was_refused_is_nobody_elses_of_that_name_later(wizard: Wizard) -> None:
    to_new_group(wizard)
    wizard.realmagnet.create_error = Refused("Too many groups.")
    wizard.post("when", **BY_HAND)
    assert "“Gala guests” could not be made. Too many groups." in wizard.text
    wizard.realmagnet.found[20] = "Gala guests"
    wizard.post("when", **BY_HAND)
    assert (wizard.frame.status, wizard.step) == (422, "group")
    assert wizard.job.state is JobState.DRAFT


def test_a_group_that_was_surely_not_made_is_a_colleagues_when_it_is_there_later(wizard: Wizard) -> None:
    to_new_group(wizard)
    wizard.realmagnet.error = Temporary("Real Magnet did not answer.")
    wizard.post("when", **BY_HAND)
    wizard.realmagnet.error = None
    wizard.realmagnet.found[20] = "Gala guests"
    wizard.post("when", **BY_HAND)
    assert (wizard.frame.status, wizard.step) == (422, "group")
    assert "A group of this name exists already." in wizard.described("new_name")
    assert wizard.job.state is JobState.DRAFT


def test_a_group_with_people_is_never_taken_for_the_one_whose_answer_was_lost(wizard: Wizard) -> None:
    to_new_group(wizard)
    wizard.realmagnet.create_error = Unsure("The answer was lost.")
    wizard.realmagnet.then_away = Temporary("Real Magnet did not answer.")
    wizard.post("when", **BY_HAND)
    wizard.realmagnet.error = None
    wizard.realmagnet.members[14] = 1
    wizard.post("when", **BY_HAND)
    assert (wizard.frame.status, wizard.step) == (422, "group")
    assert "A group of this name exists already." in wizard.described("new_name")


def test_a_session_that_ends_in_between_loses_nothing_that_was_saved(wizard: Wizard) -> None:
    wizard.to_fields()
    with wizard.house.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM sessions")
    wizard.post("fields")
    assert (wizard.frame.status, wizard.frame.headers["Session-Over"]) == (401, "true")
    wizard.frame = wizard.house.launch()
    wizard.go("fields")
    wizard.post("fields")
    assert wizard.step == "preview"


def test_a_new_groups_name_taken_meanwhile_is_told_beside_it(wizard: Wizard) -> None:
    to_new_group(wizard)
    wizard.realmagnet.found[20] = "gala Guests"
    wizard.post("when", **BY_HAND)
    assert (wizard.frame.status, wizard.step) == (422, "group")
    assert "exists already" in wizard.described("new_name")
    assert wizard.job.state is JobState.DRAFT


def test_without_a_queue_the_run_waits_for_the_tick(wizard: Wizard) -> None:
    wizard.to_when()
    wizard.house.outside.away = True
    wizard.post("when", go="run", **BY_HAND)
    assert wizard.frame.status == 303
    with wizard.house.database.read() as connection:
        kinds = [row[0] for row in connection.exec_driver_sql("SELECT kind FROM runs WHERE state = 'Queued'")]
    assert kinds == ["upload"]


def test_a_repeating_job_shows_its_next_runs_and_gets_the_first(wizard: Wizard) -> None:
    with time_machine.travel("2026-11-23T12:00:00Z", tick=False):
        wizard.house.linked()
        wizard.frame = wizard.house.linked()
        wizard.to_when()
        entered = {"when": "repeating", "days_shown": "yes", "days": ["0", "3"], "local_time": "8 am", "zone": "berlin"}
        part = wizard.part("when/times", **entered)
        assert "Thu, Nov 26, 2026, 8:00 AM CET" in part
        assert "Mon, Nov 30, 2026, 8:00 AM CET" in part
        assert "for you:" in part
        assert "once days, time and time zone can be understood" in wizard.part("when/times", **{**entered, "days": []})
        wizard.post("when", **entered)
    job = wizard.job
    assert (job.state, job.next_run_at) == (JobState.ACTIVE, 1795676400000)
    assert job.definition is not None
    assert job.definition.timetable.when is When.REPEATING
    assert (job.definition.timetable.local_time, job.definition.timetable.zone) == ("08:00", "Europe/Berlin")


def test_a_repeating_job_that_adds_is_told_what_real_magnet_recommends(wizard: Wizard) -> None:
    wizard.to_group().post("group", **{**NEWSLETTER, "how": "Add"})
    wizard.post("fields")
    wizard.read()
    wizard.post("preview", **RULES)
    assert "recommends Replace" in wizard.part("when/panel", when="repeating")
    assert "recommends Replace" not in wizard.part("when/panel", when="once")


@pytest.mark.parametrize(
    ("entered", "field", "words"),
    [
        ({"when": "once", "date": "2020-01-01", "local_time": "8:00", "zone": "UTC"}, "date", "over already"),
        ({"when": "once", "date": "tomorrow", "local_time": "8:00", "zone": "UTC"}, "date", "such as 2026-12-24"),
        ({"when": "once", "date": "9999-12-31", "local_time": "8:00", "zone": "UTC"}, "date", "next 10 years"),
        ({"when": "repeating", "days_shown": "yes", "local_time": "8:00", "zone": "UTC"}, "days", "at least one day"),
        ({"when": "repeating", "local_time": "soon", "zone": "UTC"}, "local_time", "time of day"),
        ({"when": "repeating", "local_time": "8:00", "zone": "Atlantis"}, "zone", "no time zone of this name"),
        ({"when": "by hand", "name": "x" * 201}, "name", "at most 200"),
    ],
)
def test_a_mistake_in_the_last_step_is_told_beside_its_field(
    when: Wizard, entered: dict[str, Any], field: str, words: str
) -> None:
    when.post("when", go="run", **entered)
    assert when.frame.status == 422
    assert words in when.described(field)
    assert when.job.state is JobState.DRAFT


@pytest.fixture
def when(wizard: Wizard) -> Wizard:
    """A wizard at its last step, reached by what is stored alone."""
    wizard.to_when()
    return wizard
