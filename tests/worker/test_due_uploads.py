"""Upload jobs that are due: begun once, kept due by a retry that refreshes nothing, never stopped by a broken one."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from connector import clock
from connector.model.runs import RunState, Trigger, upload_of
from connector.settings import Settings
from connector.store import claims, upload_jobs
from connector.store.claims import Asked, Claim
from tests.worker.conftest import BACK_ENDS
from tests.worker.test_send_tick import DONORS, MEMBERS, Scene, scene
from worker.tick import Tick

__all__ = ["scene"]


def due(scene: Scene, job_id: int) -> None:
    with scene.database.write() as connection:
        upload_jobs.set_next_run(connection, job_id, datetime(2026, 1, 1, tzinfo=UTC))


def tick(scene: Scene) -> list[tuple[int, str]]:
    Tick(Settings(), scene.database, None).begin_due_uploads()  # type: ignore[arg-type]  # its queue is a list here
    return [(run["subject_id"], run["trigger"]) for run in scene.runs()]


def claim(scene: Scene, job_id: int, trigger: Trigger) -> Claim:
    with scene.database.write() as connection:
        return claims.claim(connection, scene.org, Asked(trigger), upload_of(job_id, MEMBERS[0]))


def test_a_job_that_is_due_begins_once(scene: Scene) -> None:
    job_id = scene.job(MEMBERS)
    due(scene, job_id)
    tick(scene)
    assert tick(scene) == [(job_id, Trigger.CATCH_UP)]


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.PAUSED, RunState.QUEUED])
def test_a_run_that_only_tries_rejected_people_again_keeps_it_due(scene: Scene, state: RunState) -> None:
    job_id = scene.job(MEMBERS)
    retry = scene.upload(job_id, MEMBERS, Trigger.RETRY)
    scene.change(retry, state)
    due(scene, job_id)
    tick(scene)
    assert tick(scene) == [(job_id, Trigger.RETRY)]
    assert scene.runs()[0]["state"] == state
    scene.change(retry, RunState.COMPLETED)
    assert tick(scene) == [(job_id, Trigger.RETRY), (job_id, Trigger.CATCH_UP)]


def test_a_whole_run_under_way_does_the_work(scene: Scene) -> None:
    job_id = scene.job(MEMBERS)
    run_id = scene.upload(job_id, MEMBERS)
    due(scene, job_id)
    tick(scene)
    scene.change(run_id, RunState.COMPLETED)
    assert tick(scene) == [(job_id, Trigger.RUN_NOW)]


def test_one_that_cannot_be_read_keeps_none_of_the_others_waiting(scene: Scene) -> None:
    broken = [scene.job(MEMBERS, f"Broken {number}") for number in range(4)]
    whole = scene.job(DONORS)
    for job_id, words in zip(broken, ("{", "[]", '{"target": {}}', '{"target": 7}'), strict=True):
        due(scene, job_id)
        with scene.database.write() as connection:
            connection.execute(
                text("UPDATE upload_jobs SET definition = :words WHERE id = :id"), {"words": words, "id": job_id}
            )
    due(scene, whole)
    assert tick(scene) == [(whole, Trigger.CATCH_UP)]


@pytest.mark.parametrize("back_end", BACK_ENDS, indirect=True)
def test_another_program_wakes_a_paused_run_only_when_its_time_has_come_a_person_at_once(scene: Scene) -> None:
    job_id = scene.job(MEMBERS)
    run_id = scene.upload(job_id, MEMBERS)
    for seconds, trigger, woken in (
        (60, Trigger.OUTSIDE, False),
        (60, Trigger.RUN_NOW, True),
        (-1, Trigger.OUTSIDE, True),
    ):
        scene.change(run_id, RunState.PAUSED)
        again = clock.milliseconds(clock.now()) + seconds * 1000
        with scene.database.write() as connection:
            connection.execute(text("UPDATE runs SET retry_at = :again"), {"again": again})
        found = claim(scene, job_id, trigger)
        assert (found.run_id, found.fresh) == (run_id, woken)
        assert scene.runs()[0]["state"] == (RunState.QUEUED if woken else RunState.PAUSED)
