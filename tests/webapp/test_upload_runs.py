"""A run of an upload job: what came of it, what a person can decide about it, and how it stands among other runs."""

import pytest

from connector.model.audience import Reason
from connector.model.runs import Phase, RunState, Trigger
from connector.model.uploads import How, Target
from connector.store import attempts, claims, runs
from connector.store.audience_counts import Uploaded
from connector.store.claims import Asked
from tests.webapp.conftest import House
from tests.webapp.pages import Element, Frame
from tests.webapp.upload_story import Story


@pytest.fixture
def story(house: House) -> Story:
    return Story(house)


def buttons(frame: Frame) -> list[str]:
    return [e.text for e in frame.page.find("button")]


def button(frame: Frame, words: str) -> Element:
    (found,) = [e for e in frame.page.find("button") if e.text == words]
    return found


def chunk(story: Story, run_id: int, number: int, state: str, rows: int = 100) -> None:
    story.sql(
        "INSERT INTO upload_chunks (run_id, number, state, first_place, last_place, rows, good, added, updated) "
        "VALUES (:run, :number, :state, 1, 1, :rows, :rows, 60, 40)",
        run=run_id,
        number=number,
        state=state,
        rows=rows,
    )


def held(story: Story, mailable: int = 2) -> int:
    job_id = story.job()
    story.ran(job_id, 8)
    run_id = story.begun(job_id, Trigger.SCHEDULE)
    story.read(run_id, mailable)
    with story.house.database.write() as connection:
        attempts.hold(connection, run_id, "The audience fell from 8 to 2.", "Look at the source, then decide.")
    return run_id


def test_a_run_shows_its_waterfall_and_who_moved(house: House, story: Story) -> None:
    job_id = story.job()
    before = story.ran(job_id, 2)
    run_id = story.ran(job_id, 5, Reason.OPTED_OUT)
    frame = house.linked().go(f"/runs/{run_id}")
    assert frame.page.find("h1")[0].text == f"Upload: Spring Conference, run {run_id}"
    assert "6 rows" in frame.page.text
    assert "5 mailable" in frame.page.text
    assert f"Since run {before}: +3 joined, nobody left." in frame.page.text
    assert frame.page.find(f"a[href='/runs/{run_id}/audience?reason=joined']")


def test_a_run_shows_what_real_magnet_took_upload_by_upload(house: House, story: Story) -> None:
    run_id = story.begun(story.job())
    story.read(run_id, 5)
    chunk(story, run_id, 1, "done")
    chunk(story, run_id, 2, "taken")
    frame = house.linked().go(f"/runs/{run_id}")
    assert "1 of 2 uploads are through." in frame.page.text
    story.end(run_id, uploaded=Uploaded(1234, 1000, 234, 2), state=RunState.COMPLETED_WITH_ERRORS)
    terms = [(e.text, e.name) for e in frame.go(f"/runs/{run_id}").page.elements if e.name in {"dt", "dd"}]
    words = [text for text, _name in terms]
    for label, number in (
        ("Taken", "1,234"),
        ("New recipients", "1,000"),
        ("Known, updated", "234"),
        ("Rejected", "2"),
    ):
        assert words[words.index(label) + 1] == number
    assert "100 rows, done: 100 taken, 60 new, 40 updated" in frame.page.text
    assert "100 rows, at work in Real Magnet" in frame.page.text


def test_how_the_source_was_read_is_said(house: House, story: Story) -> None:
    run_id = story.ran(story.job())
    story.sql("UPDATE runs SET note = 'Read from the Excel file: the report has 9,000 rows.'")
    frame = house.linked().go(f"/runs/{run_id}")
    assert "Read from the Excel file: the report has 9,000 rows." in frame.page.text
    assert not frame.page.find("details")
    story.sql("UPDATE runs SET note = :query", query="Read by the query SELECT " + "Email, " * 40)
    (folded,) = frame.go(f"/runs/{run_id}").page.find("details")
    assert folded.text.startswith("How it was read")
    assert "open" not in folded.attributes
    story.sql("UPDATE runs SET closes = false")
    assert "open" in frame.go(f"/runs/{run_id}").page.find("details")[0].attributes


@pytest.mark.parametrize(
    ("replaces", "extra", "rejected", "words"),
    [
        (True, False, 0, "The group was counted afterwards and agrees."),
        (False, False, 0, "Real Magnet says that it took every row. The group itself was not counted"),
        (False, True, 0, "Everybody in the group was looked at: it has all the people of this run"),
        (True, False, 1, "Everybody in the group was looked at: it has all the people of this run"),
    ],
)
def test_a_group_is_called_checked_only_as_it_was(
    house: House, story: Story, *, replaces: bool, extra: bool, rejected: int, words: str
) -> None:
    run_id = story.begun(story.job())
    story.read(run_id, 3)
    story.sql(
        "INSERT INTO upload_chunks (run_id, number, state, replaces, extra, first_place, last_place, rows, good) "
        "VALUES (:run, 1, 'done', :replaces, :extra, 1, 3, 3, 3)",
        run=run_id,
        replaces=replaces,
        extra=extra,
    )
    story.end(run_id, uploaded=Uploaded(3 - rejected, 3 - rejected, 0, rejected))
    story.sql("UPDATE runs SET closes = true WHERE id = :run", run=run_id)
    text = house.linked().go(f"/runs/{run_id}").page.text
    assert f"Checked {words}" in text


def test_rejected_people_are_named_with_the_reason_and_can_be_tried_again(house: House, story: Story) -> None:
    run_id = story.begun(story.job())
    story.read(run_id, 5)
    story.end(run_id, uploaded=Uploaded(4, 4, 0, 1), state=RunState.COMPLETED_WITH_ERRORS)
    story.refuse(run_id, 2, "Zip is <b>too long</b>")
    frame = house.linked().go(f"/runs/{run_id}")
    assert "Person a2, a2@example.org: Zip is <b>too long</b>" in frame.page.text
    frame.submit(button(frame, "Retry rejected").attributes["hx-post"])
    with house.database.read() as connection:
        found = connection.exec_driver_sql("SELECT trigger, about_run FROM runs ORDER BY id DESC LIMIT 1").first()
    assert tuple(found or ()) == ("Retry rejected", run_id)
    assert f"Retry rejected, Ada Example of run {run_id}" in frame.page.text
    assert len(house.outside.claims) == 1


def test_nobody_rejected_is_nothing_to_retry(house: House, story: Story) -> None:
    run_id = story.ran(story.job())
    frame = house.linked().go(f"/runs/{run_id}")
    assert "Retry rejected" not in buttons(frame)
    frame.submit(f"/runs/{run_id}/retry")
    assert house.outside.claims == []


def test_run_again_starts_the_job_as_it_is_now(house: House, story: Story) -> None:
    run_id = story.ran(story.job())
    frame = house.linked().go(f"/runs/{run_id}")
    frame.submit(button(frame, "Run again").attributes["hx-post"])
    assert "Waiting for a worker to begin" in frame.page.text
    assert [claim.run_id for claim in house.outside.claims] == [run_id + 1]


def test_the_people_of_a_run_can_be_taken_along_while_they_are_kept(house: House, story: Story) -> None:
    run_id = story.ran(story.job())
    frame = house.linked()
    assert "Download as CSV" in buttons(frame.go(f"/runs/{run_id}"))
    story.sql("DELETE FROM audience")
    assert "Download as CSV" not in buttons(frame.go(f"/runs/{run_id}"))
    assert "The people of this run are no longer kept; its numbers are." in frame.page.text


def test_a_held_run_says_what_was_found_beside_what_was_uploaded_last(house: House, story: Story) -> None:
    run_id = held(story)
    frame = house.linked().go(f"/runs/{run_id}")
    assert "The audience fell from 8 to 2. Look at the source, then decide." in frame.page.text
    assert [e.text for e in frame.page.find("dd")][:4] == ["2 people", "8 people", "+0", "\N{MINUS SIGN}6"]
    assert "every" not in frame.page.html
    assert "Reading the audience from Salesforce done" in frame.page.text
    assert "Uploading to Real Magnet waits for a decision" in frame.page.text


def test_a_held_run_goes_on_when_somebody_says_so(house: House, story: Story) -> None:
    run_id = held(story)
    frame = house.linked().go(f"/runs/{run_id}")
    frame.go(button(frame, "Upload anyway").attributes["hx-get"])
    assert "The group “Spring” will hold these 2 people and nobody else." in frame.page.text
    assert "The audience is read again before that; if it moved further than shown here" in frame.page.text
    frame.submit(f"/runs/{run_id}/approve")
    assert "Waiting for a worker to begin" in frame.page.text
    assert [claim.run_id for claim in house.outside.claims] == [run_id]
    frame.submit(f"/runs/{run_id}/approve")
    assert len(house.outside.claims) == 1


def test_emptying_a_group_is_named_before_it_is_done(house: House, story: Story) -> None:
    run_id = held(story, mailable=0)
    frame = house.linked().go(f"/runs/{run_id}")
    assert "0 mailable" in frame.page.text
    frame.go(f"/runs/{run_id}/approve")
    assert "The audience is empty. The group “Spring” becomes empty" in frame.page.text
    assert "Empty the group" in buttons(frame)


def test_a_held_run_can_be_discarded(house: House, story: Story) -> None:
    run_id = held(story)
    frame = house.linked().go(f"/runs/{run_id}")
    frame.submit(button(frame, "Discard this run").attributes["hx-post"])
    assert frame.page.find(".slds-badge")[0].text == "Cancelled"
    assert "Nothing was uploaded." in frame.page.text
    assert house.outside.claims == []


def test_cancelling_tells_what_the_group_then_holds(house: House, story: Story) -> None:
    run_id = story.begun(story.job())
    frame = house.linked().go(f"/runs/{run_id}")
    address = button(frame, "Cancel").attributes["hx-get"]
    assert "Nothing has been uploaded yet" in frame.go(address).page.text
    chunk(story, run_id, 1, "taken")
    assert "If you stop now, it holds only a part of its people until the next run." in frame.go(address).page.text
    frame.submit(f"/runs/{run_id}/stop")
    assert "Stopping at the next safe place" in frame.page.text


def test_cancelling_an_adding_run_leaves_who_was_added(house: House, story: Story) -> None:
    run_id = story.begun(story.job(target=Target(4, "Spring", How.ADD)))
    chunk(story, run_id, 1, "done")
    assert "Who was added to the group stays in it" in house.linked().go(f"/runs/{run_id}/stop").page.text


def test_a_failed_run_says_why_and_what_to_do(house: House, story: Story) -> None:
    run_id = story.begun(story.job())
    chunk(story, run_id, 1, "taken")
    story.end(run_id, RunState.FAILED, reason="Real Magnet refused the login.", advice="Connect it again.")
    text = house.linked().go(f"/runs/{run_id}").page.text
    assert "Real Magnet refused the login. Connect it again." in text
    assert "The group “Spring” holds only a part of its people until the next run." in text
    assert "This run ended before it had read its audience." in text


def test_uploads_stand_among_the_runs_by_the_jobs_name_and_previews_do_not(house: House, story: Story) -> None:
    job_id = story.job()
    story.ran(job_id)
    story.begun(story.draft(), preview=True)
    with house.database.write() as connection:
        activity = claims.claim(connection, house.org_id, Asked(Trigger.SCHEDULE)).run_id
    frame = house.linked()
    what = [e.text for e in frame.go("/runs").page.find("td[data-label='What']")]
    assert what == ["Activity", "Upload: Spring Conference"]
    assert [e.text for e in frame.go("/runs", kind="upload").page.find("td[data-label='What']")] == what[1:]
    assert [e.text for e in frame.go("/runs", kind="activity").page.find("th[data-label='Run']")] == [f"Run {activity}"]
    assert "No run of this kind yet" in frame.go("/runs", kind="send").page.text
    assert len(frame.go("/runs", kind="preview").page.find("td[data-label='What']")) == 2


def test_runs_of_another_organization_and_of_another_kind_are_not_there(house: House, story: Story) -> None:
    stranger = Story(house, org_id=house.org_id + 1)
    theirs = stranger.ran(stranger.job())
    preview = story.begun(story.draft(), preview=True)
    frame = house.linked()
    for run_id in (theirs, preview):
        assert frame.go(f"/runs/{run_id}").status == 404
        for name in ("status", "stop", "approve"):
            assert frame.go(f"/runs/{run_id}/{name}").status == 404
        for name in ("stop", "approve", "retry", "again"):
            assert frame.submit(f"/runs/{run_id}/{name}").status == 404
    with house.database.read() as connection:
        assert not runs.cancel_requested(connection, theirs)


def test_the_steps_of_a_run_show_where_it_is(house: House, story: Story) -> None:
    run_id = story.begun(story.job())
    with house.database.write() as connection:
        runs.progress(connection, run_id, Phase.UPLOAD, 1, 2)
    text = house.linked().go(f"/runs/{run_id}/status").page.text
    assert "Reading the audience from Salesforce done" in text
    assert "Uploading to Real Magnet under way" in text
    assert "Checking who is in the group not reached" in text


def test_only_the_newest_runs_rejected_are_tried_again(house: House, story: Story) -> None:
    job_id = story.job()
    run_id = story.ran(job_id, state=RunState.COMPLETED_WITH_ERRORS)
    story.refuse(run_id, 1, "Too long")
    story.ran(job_id)
    frame = house.linked().go(f"/runs/{run_id}")
    assert "Retry rejected" not in buttons(frame)
    frame.submit(f"/runs/{run_id}/retry")
    assert house.outside.claims == []


def test_a_group_that_is_being_filled_or_was_left_half_filled_says_so(house: House, story: Story) -> None:
    job_id = story.job()
    run_id = story.begun(job_id)
    chunk(story, run_id, 1, "done")
    frame = house.linked().go(f"/upload-jobs/{job_id}")
    assert f"Refreshing the group “Spring” is being filled by run {run_id}" in frame.page.text
    story.end(run_id, RunState.CANCELLED, reason="Stopped by a person.")
    assert (
        f"holds only a part of its people since run {run_id} broke off" in frame.go(f"/upload-jobs/{job_id}").page.text
    )
    assert "Partly filled" in frame.go("/upload-jobs").page.text
    story.ran(job_id)
    assert "Partly filled" not in frame.go("/upload-jobs").page.text
    assert "only a part" not in frame.go(f"/runs/{run_id}").page.text
