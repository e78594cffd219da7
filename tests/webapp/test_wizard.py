"""Create Upload Job leads from a source to a saved job, and loses nothing that was entered on the way."""

import re
from typing import Any

import pytest

from connector.model.runs import RunKind, RunState
from connector.model.uploads import How, JobState, When
from connector.store import attempts, audience_counts, audiences, upload_jobs
from connector.store.audiences import AudienceRow
from connector.store.upload_jobs import UploadJob
from tests.webapp.conftest import House
from tests.webapp.pages import Frame
from tests.webapp.vendors import GALA, FakeRealMagnet, FakeSalesforce, connect


@pytest.fixture
def salesforce() -> FakeSalesforce:
    return FakeSalesforce()


@pytest.fixture
def realmagnet() -> FakeRealMagnet:
    return FakeRealMagnet()


@pytest.fixture
def frame(house: House, salesforce: FakeSalesforce, realmagnet: FakeRealMagnet) -> Frame:
    connect(house, salesforce, realmagnet)
    return house.linked()


def draft_of(frame: Frame) -> int:
    """The draft whose step is shown."""
    found = re.search(r'action="/upload-jobs/(\d+)/', frame.page.html)
    assert found, frame.page.text
    return int(found[1])


def step_of(frame: Frame) -> str:
    """The step that is shown."""
    return frame.page.title.removesuffix(" · Real Magnet") + " " + frame.page.find("h1")[0].text.rpartition(": ")[2]


def stored(house: House, job_id: int) -> UploadJob:
    with house.database.read() as connection:
        job = upload_jobs.get(connection, house.org_id, job_id)
    assert job is not None
    return job


def begin(frame: Frame) -> int:
    return draft_of(frame.submit("/upload-jobs/drafts"))


def next_step(frame: Frame, draft: int, step: str, go: str = "next", **values: Any) -> Frame:
    return frame.submit(f"/upload-jobs/{draft}/{step}", go=go, **values)


def read_audience(house: House, run_id: int, mailable: int = 2) -> None:
    """Do what a worker does: read the audience and end the run."""
    with house.database.write() as connection:
        attempts.begin(connection, run_id)
        audiences.clear(connection, run_id)
        rows = [
            AudienceRow(
                n,
                f"003{n:015}",
                f"Person {n}",
                f"p{n}@example.org",
                f"p{n}@example.org",
                "",
                "",
                f"003,p{n}@example.org",
            )
            for n in range(1, mailable + 1)
        ]
        rows.append(AudienceRow(mailable + 1, "", "Nobody", "", "", "no address", "", ""))
        audiences.add(connection, run_id, rows)
        audience_counts.keep_audience(connection, run_id, audiences.counts(connection, run_id), None)
        attempts.end(connection, run_id, RunState.COMPLETED)


def to_preview(frame: Frame) -> int:
    draft = begin(frame)
    next_step(frame, draft, "source", kind="Campaign", panel="Campaign", choice=f":{GALA.id}")
    next_step(frame, draft, "group", which="existing", panel="existing", group="11", how="Replace")
    next_step(frame, draft, "fields")
    return draft


def to_when(house: House, frame: Frame) -> int:
    draft = to_preview(frame)
    read_audience(house, house.outside.claims[-1].run_id)
    next_step(frame, draft, "preview", rules=["gone", "invalid", "duplicate", "opted out"], most_change="25")
    return draft


def test_a_campaign_becomes_a_job_that_runs(house: House, frame: Frame) -> None:
    draft = begin(frame)
    assert step_of(frame) == "Create Upload Job Source"
    next_step(frame, draft, "source", kind="Campaign", panel="Campaign", choice=f":{GALA.id}")
    assert step_of(frame) == "Create Upload Job Group"
    next_step(frame, draft, "group", which="existing", panel="existing", group="11", how="Replace")
    assert step_of(frame) == "Create Upload Job Fields"
    next_step(frame, draft, "fields")
    assert step_of(frame) == "Create Upload Job Preview"
    assert house.outside.claims[0].kind is RunKind.PREVIEW
    read_audience(house, house.outside.claims[0].run_id)
    next_step(frame, draft, "preview", rules=["gone"], most_change="25")
    assert frame.status == 422
    read_audience(house, house.outside.claims[1].run_id)
    next_step(frame, draft, "preview", rules=["gone"], most_change="25")
    assert step_of(frame) == "Create Upload Job When"
    next_step(frame, draft, "when", go="run", when="by hand", name="Gala guests")
    assert (frame.status, frame.headers["Location"]) == (303, f"/upload-jobs/{draft}")
    job = stored(house, draft)
    assert (job.state, job.name, job.group_id, job.next_run_at) == (JobState.ACTIVE, "Gala guests", 11, None)
    assert job.definition is not None
    assert job.definition.source.name == "Spring Gala"
    assert job.definition.target.how is How.REPLACE
    assert job.definition.timetable.when is When.BY_HAND
    assert house.outside.claims[-1].kind is RunKind.UPLOAD
