"""Names of jobs, groups, sources and people are shown as words on every screen of upload jobs."""

from connector.model.audience import Reason, Source, SourceKind
from connector.model.runs import RunState
from connector.model.uploads import How, Pair, Target
from connector.store import attempts
from connector.store.audience_counts import Uploaded
from tests.webapp.conftest import House
from tests.webapp.test_hostile_words import HOSTILE, harmless
from tests.webapp.upload_story import Story


def test_no_screen_of_uploads_lets_words_become_markup(house: House) -> None:
    story = Story(house)
    source = Source(SourceKind.CAMPAIGN, "1", HOSTILE, statuses=(HOSTILE,), soql=HOSTILE)
    pairs = (Pair(HOSTILE, HOSTILE, HOSTILE),)
    job_id = story.job(HOSTILE, source=source, target=Target(4, HOSTILE, How.REPLACE), contact=pairs, lead=pairs)
    draft_id = story.draft(HOSTILE)
    run_id = story.begun(job_id)
    story.read(run_id, 2, Reason.INVALID)
    story.refuse(run_id, 1, HOSTILE)
    story.end(run_id, RunState.COMPLETED_WITH_ERRORS, reason=HOSTILE, uploaded=Uploaded(1, 1, 0, 1))
    story.sql("UPDATE audience SET name = :words, address = :words, detail = :words, person_id = :words", words=HOSTILE)
    story.sql("UPDATE runs SET note = :words, advice = :words", words=HOSTILE)
    held = story.begun(job_id)
    with house.database.write() as connection:
        attempts.hold(connection, held, HOSTILE, HOSTILE)
    frame = house.linked()
    addresses = [
        "/upload-jobs",
        "/upload-jobs/table",
        "/runs",
        f"/runs/{run_id}",
        f"/runs/{held}",
        f"/runs/{held}/stop",
    ]
    addresses += [f"/upload-jobs/{job_id}", f"/upload-jobs/{job_id}/delete", f"/upload-jobs/{draft_id}/delete"]
    addresses += [f"/runs/{held}/approve", *(f"/runs/{run_id}/audience?reason={n}" for n in ("rows", "rejected"))]
    for address in addresses:
        assert "onerror=alert" in frame.go(address).page.html, address  # it is shown, as words
        assert harmless(frame), address
