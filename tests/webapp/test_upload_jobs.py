"""Upload Jobs: how each stands and what it does, in words; and what a person can do with one."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from connector.model.audience import Rule, Source, SourceKind
from connector.model.runs import Phase, RunState, Trigger
from connector.model.uploads import Definition, How, JobState, Target, Timetable, When
from connector.store import attempts, audience_counts, runs, upload_jobs, upload_terms
from connector.store.forgetting import forget_deleted
from tests.webapp.conftest import House
from tests.webapp.pages import Element, Frame
from tests.webapp.upload_story import DEFINITION, Story
from webapp.upload_jobs import chart, sentences

MONDAYS = Timetable(When.REPEATING, (0, 3), "", "06:00", "Europe/Berlin")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def story(house: House) -> Story:
    return Story(house)


def cells(frame: Frame, row: int = 0) -> dict[str, str]:
    found: dict[str, str] = {}
    first = frame.page.find("th[data-label='Name']")[row]
    start = frame.page.elements.index(first)
    for element in frame.page.elements[start:]:
        label = element.attributes.get("data-label")
        if label in found:
            break
        if label:
            found[label] = element.text
    return found


def button(frame: Frame, words: str) -> Element:
    (found,) = [e for e in frame.page.find("button") if e.text == words]
    return found


def pressed(frame: Frame, words: str) -> Frame:
    return frame.submit(button(frame, words).attributes["hx-post"])


def asked(frame: Frame, words: str) -> Frame:
    """Open the dialog behind a button and say yes."""
    frame.go(button(frame, words).attributes["hx-get"])
    (form,) = frame.page.find("form")
    return frame.submit(form.attributes["hx-post"])


def stored(story: Story, job_id: int) -> Any:
    with story.house.database.read() as connection:
        return upload_jobs.get(connection, story.org_id, job_id)


def audits(story: Story) -> list[str]:
    with story.house.database.read() as connection:
        return [str(row[0]) for row in connection.exec_driver_sql("SELECT action FROM audit ORDER BY id")]


def test_an_empty_list_says_what_a_job_is_for_and_offers_one_action(house: House) -> None:
    page = house.linked().go("/upload-jobs").page
    assert "No upload job yet" in page.text
    assert [b.attributes["hx-post"] for b in page.find("button")] == ["/upload-jobs/drafts"]
    link = page.find("a[aria-current='page']")[0]
    assert link.text == "Upload Jobs"


def test_a_row_says_from_where_to_which_group_and_how_it_stands(house: House, story: Story) -> None:
    with time_machine.travel(NOON):
        job_id = story.job(timetable=MONDAYS)
        story.ran(job_id, 3)
        frame = house.linked()
        pressed(frame.go(f"/upload-jobs/{job_id}"), "Pause")
        pressed(frame, "Resume")
        row = cells(frame.go("/upload-jobs"))
    assert row["From, into"] == "Campaign “Spring Conference”replaces the group “Spring”"
    assert row["State"] == "Active"
    assert row["Last run"] == "CompletedNov 23, 2026, 7:00 AM EST3 people"
    assert row["Next run"] == "Nov 26, 2026, 12:00 AM EST"
    assert row["Audience"].startswith("3")


def test_jobs_of_another_organization_are_not_listed_and_not_there(house: House, story: Story) -> None:
    stranger = Story(house, org_id=house.org_id + 1)
    job_id, draft_id = stranger.job("Theirs"), stranger.draft("Their draft")
    frame = house.linked()
    assert "Their" not in frame.go("/upload-jobs").page.text
    for address in (f"/upload-jobs/{job_id}", f"/upload-jobs/{job_id}/status", f"/upload-jobs/{draft_id}/delete"):
        assert frame.go(address).status == 404
    for action in ("runs", "pause", "resume", "delete"):
        assert frame.submit(f"/upload-jobs/{job_id}/{action}").status == 404
    assert frame.go(f"/upload-jobs/{'9' * 30}").status == 404
    with house.database.read() as connection:
        job = upload_jobs.get(connection, stranger.org_id, job_id)
    assert job is not None
    assert job.state is JobState.ACTIVE


def test_the_list_looks_again_only_while_something_runs(house: House, story: Story) -> None:
    job_id = story.job()
    story.ran(job_id)
    frame = house.linked()
    assert "every" not in frame.go("/upload-jobs").page.html
    run_id = story.begun(job_id)
    with house.database.write() as connection:
        runs.progress(connection, run_id, Phase.UPLOAD, 1200, 4731)
    assert "every 1s" in frame.go("/upload-jobs").page.html
    assert cells(frame)["State"] == "Running1,200 of 4,731"
    assert cells(frame)["Last run"].endswith("3 people")
    assert not frame.go("/upload-jobs/table").page.find("main")
    with house.database.write() as connection:
        attempts.hold(connection, run_id, "Half of the audience left.", "Look at it.")
    assert "every" not in frame.go("/upload-jobs").page.html
    assert cells(frame)["State"].startswith("Held")


def test_a_draft_can_be_continued_or_forgotten(house: House, story: Story) -> None:
    draft_id = story.draft("Autumn")
    frame = house.linked().go("/upload-jobs")
    assert frame.page.find(f"a[href='/upload-jobs/{draft_id}/when']")
    asked(frame, "Delete the draft Autumn")
    assert "Autumn" not in [e.text for e in frame.page.find("a")]
    assert stored(story, draft_id) is None


def test_a_draft_that_is_forgotten_is_not_read_to_its_end(house: House, story: Story) -> None:
    draft_id = story.draft()
    run_id = story.begun(draft_id, preview=True)
    with house.database.write() as connection:
        upload_jobs.note_preview(connection, draft_id, run_id)
    house.linked().submit(f"/upload-jobs/{draft_id}/delete")
    with house.database.read() as connection:
        assert runs.cancel_requested(connection, run_id)


def test_a_draft_that_is_deleted_is_forgotten_with_whom_its_preview_found(house: House, story: Story) -> None:
    draft_id = story.draft()
    run_id = story.begun(draft_id, preview=True)
    story.read(run_id, 3)
    with house.database.write() as connection:
        upload_jobs.note_preview(connection, draft_id, run_id)
        upload_jobs.enter(connection, draft_id, "Gala", {"source": {"soql": "SELECT Id FROM Contact"}}, DEFINITION)
        upload_terms.keep(connection, run_id, DEFINITION)
    frame = house.linked().go(f"/upload-jobs/{draft_id}/delete")
    assert "is forgotten, and so are the people that its preview found" in frame.page.text
    frame.submit(f"/upload-jobs/{draft_id}/delete")
    assert rows_of(house, "upload_jobs", "name, entries, definition") == [("", "{}", "")]
    assert rows_of(house, "audience", "place")  # the preview under way is stopping
    story.end(run_id, RunState.CANCELLED)
    forget_deleted(house.database)
    assert rows_of(house, "audience", "place") == []
    assert rows_of(house, "upload_terms", "run_id") == []


def test_a_deleted_job_keeps_the_numbers_of_its_runs_and_nobody(house: House, story: Story) -> None:
    job_id, other = story.job(), story.job("Members")
    run_id, kept = story.ran(job_id, 3), story.ran(other, 2)
    frame = house.linked().submit(f"/upload-jobs/{job_id}/delete")
    assert set(rows_of(house, "audience", "run_id")) == {(kept,)}
    page = frame.go(f"/runs/{run_id}").page
    assert "The people of this run are no longer kept; its numbers are." in page.text
    assert (run_id, "mailable", 3) in rows_of(house, "run_counts", "run_id, outcome, count")


def rows_of(house: House, table: str, columns: str) -> list[tuple[object, ...]]:
    with house.database.read() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(f"SELECT {columns} FROM {table}")]  # noqa: S608  # ours


def test_changes_to_a_job_that_were_not_finished_are_named_for_it(house: House, story: Story) -> None:
    job = stored(story, story.job("Members"))
    with house.database.write() as connection:
        upload_jobs.create_edit(connection, job, None)
    assert "Changes to “Members”" in house.linked().go("/upload-jobs").page.text


def test_run_now_starts_one_run_however_often_it_is_pressed(house: House, story: Story) -> None:
    job_id = story.job()
    frame = house.linked().go("/upload-jobs")
    address = button(frame, "Run now Spring Conference").attributes["hx-post"]
    assert "Waiting for a worker to begin" in frame.submit(address).page.text
    frame.submit(address)
    assert [claim.kind for claim in house.outside.claims] == ["upload"]
    assert "Run now" not in [e.text for e in frame.page.find("button")]
    assert audits(story).count("Run now") == 1
    assert stored(story, job_id).state is JobState.ACTIVE


def test_a_run_is_kept_when_the_queue_is_away(house: House, story: Story) -> None:
    job_id = story.job()
    frame = house.linked()
    house.outside.away = True
    assert "Waiting for a worker" in frame.submit(f"/upload-jobs/{job_id}/runs").page.text


def test_a_paused_job_has_no_next_run_until_it_is_resumed(house: House, story: Story) -> None:
    with time_machine.travel(NOON):
        job_id = story.job(timetable=MONDAYS)
        frame = house.linked().go(f"/upload-jobs/{job_id}")
        assert "it runs only when somebody chooses" in pressed(frame, "Pause").page.text
        assert stored(story, job_id).state is JobState.PAUSED
        assert cells(frame.go("/upload-jobs"))["Next run"] == "paused"
        pressed(frame.go(f"/upload-jobs/{job_id}"), "Resume")
    assert stored(story, job_id).next_run_at == int(datetime(2026, 11, 26, 5, tzinfo=UTC).timestamp() * 1000)
    assert audits(story)[-2:] == ["Paused an upload job", "Resumed an upload job"]


def test_deleting_asks_first_and_says_what_stays(house: House, story: Story) -> None:
    job_id = story.job()
    run_id = story.ran(job_id)
    frame = house.linked().go(f"/upload-jobs/{job_id}")
    frame.go(button(frame, "Delete").attributes["hx-get"])
    assert "Its runs stay listed under Runs" in frame.page.text
    assert "the people they found are forgotten here" in frame.page.text
    assert "The group “Spring” and its people stay in Real Magnet" in frame.page.text
    frame.submit(f"/upload-jobs/{job_id}/delete")
    assert "No upload job yet" in frame.page.text
    assert frame.go(f"/upload-jobs/{job_id}").status == 404
    assert "Upload: Spring Conference" in frame.go("/runs").page.text
    assert "Upload: Spring Conference" in frame.go(f"/runs/{run_id}").page.text


def test_deleting_a_job_at_work_stops_its_run_and_says_so(house: House, story: Story) -> None:
    job_id = story.job()
    run_id = story.begun(job_id)
    frame = house.linked().go(f"/upload-jobs/{job_id}")
    frame.go(f"/upload-jobs/{job_id}/delete")
    assert "The run under way is stopped" in frame.page.text
    frame.submit(f"/upload-jobs/{job_id}/delete")
    with house.database.read() as connection:
        assert runs.cancel_requested(connection, run_id)


def test_unfinished_changes_go_with_the_job_they_would_change(house: House, story: Story) -> None:
    job = stored(story, story.job())
    with house.database.write() as connection:
        draft_id = upload_jobs.create_edit(connection, job, None)
    frame = house.linked().go(f"/upload-jobs/{job.id}/delete")
    assert "Unfinished changes to it are forgotten." in frame.page.text
    frame.submit(f"/upload-jobs/{job.id}/delete")
    assert stored(story, draft_id) is None


def test_edit_and_copy_begin_in_the_wizard(house: House, story: Story) -> None:
    job_id = story.job()
    frame = house.linked().go(f"/upload-jobs/{job_id}")
    for words, name in (("Edit", "edit_of"), ("Copy", "copy_of")):
        found = button(frame, words).attributes
        assert (found["hx-post"], found["hx-vals"]) == ("/upload-jobs/drafts", f'{{"{name}": "{job_id}"}}')


def test_one_job_tells_what_it_does_did_and_will_do(house: House, story: Story) -> None:
    with time_machine.travel(NOON):
        job_id = story.job(timetable=MONDAYS, rules=frozenset({Rule.OPTED_OUT}))
        story.ran(job_id, 3)
        story.ran(job_id, 4)
        frame = house.linked().go(f"/upload-jobs/{job_id}")
    text = frame.page.text
    assert "Every Monday and Thursday at 6:00 AM (Berlin), the people of the Campaign “Spring Conference”" in text
    assert "Thu, Nov 26, 2026, 6:00 AM CET for you: Nov 26, 2026, 12:00 AM EST" in " ".join(
        e.text for e in frame.page.find("li")
    ).replace("CETfor", "CET for")
    assert "4 mailable" in text
    assert "+1 joined" in text
    assert "On Leave out people who opted out" in text
    assert "Off Leave out duplicates" in text
    (drawn,) = frame.page.find(".rm-chart_large")
    assert drawn.attributes["aria-label"] == "2 uploads, from 3 to 4 people; lowest 3, highest 4"
    folded = next(e for e in frame.page.find("details") if "Account.Name" in e.text)
    assert "Custom_Member_ID" in folded.text or "Id" in folded.text


def test_a_run_under_way_shows_how_far_it_is(house: House, story: Story) -> None:
    job_id = story.job()
    run_id = story.begun(job_id)
    with house.database.write() as connection:
        runs.progress(connection, run_id, Phase.UPLOAD, 2000, 5000)
    frame = house.linked().go(f"/upload-jobs/{job_id}")
    assert "Uploading to Real Magnet" in frame.page.text
    (bar,) = frame.page.find("progress")
    assert (bar.attributes["value"], bar.attributes["max"]) == ("2000", "5000")
    story.end(run_id, RunState.FAILED, reason="Real Magnet refused the file.", advice="Correct the mapping.")
    frame.go(f"/upload-jobs/{job_id}/status")
    assert "Real Magnet refused the file. Correct the mapping." in frame.page.text
    assert "every" not in frame.page.html


REPLACED = " replace the members of the group “Spring”."
DAILY = Timetable(When.REPEATING, (0, 1, 2, 3, 4, 5, 6), "", "18:30", "America/New_York")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"timetable": MONDAYS},
            "Every Monday and Thursday at 06:00 (Berlin), the people of the Campaign “Spring Conference” with status "
            "Invited" + REPLACED,
        ),
        (
            {"source": Source(SourceKind.REPORT, "1", "All members"), "timetable": DAILY},
            "Every day at 18:30 (New York), the people in the report “All members”" + REPLACED,
        ),
        (
            {"source": Source(SourceKind.LIST_VIEW, "1", "Mine", "Lead"), "target": Target(4, "Spring", How.ADD)},
            "When somebody chooses Run now, the Leads in the list view “Mine” are added to the group “Spring”.",
        ),
        (
            {
                "source": Source(SourceKind.CAMPAIGN, "1", "Gala", statuses=("Sent", "Read", "Responded")),
                "timetable": Timetable(When.ONCE, (), "2026-12-01", "09:00", "Europe/London"),
            },
            "Once, on 1 Dec 2026 at 09:00 (London), the people of the Campaign “Gala” with status Sent, Read or "
            "Responded" + REPLACED,
        ),
        (
            {"source": Source(SourceKind.QUERY, soql="SELECT Id FROM Contact")},
            "When somebody chooses Run now, the people that a query finds" + REPLACED,
        ),
    ],
)
def test_a_job_in_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    values = {"source": DEFINITION.source, "target": DEFINITION.target} | changes
    assert sentences.whole(Definition(contact=(), lead=(), **values), "de_DE") == sentence


def test_a_line_of_sizes_stays_in_its_picture() -> None:
    line = chart.of([(1, 0, 10), (2, 0, 30), (3, 0, 20)])
    assert line is not None
    assert line.path == "M4 28L60 4L116 16"
    assert chart.of([(1, 0, 7)]) is not None
    assert chart.of([]) is None


def test_sizes_leave_out_what_was_not_uploaded(house: House, story: Story) -> None:
    job_id = story.job()
    story.ran(job_id, 3)
    story.ran(job_id, 9, state=RunState.FAILED)
    retried = story.begun(job_id, Trigger.RETRY)
    story.read(retried, 1)
    story.end(retried)
    with house.database.read() as connection:
        assert [number for _run, _ended, number in audience_counts.sizes(connection, story.org_id, job_id)] == [3]
