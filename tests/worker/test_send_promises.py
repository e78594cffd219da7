"""What the form said of a send holds at its time, or it is cancelled; and one message never goes out twice at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from connector import clock
from connector.model.runs import RunKind, RunState, Trigger
from connector.model.uploads import JobState
from connector.store.sends import SendState
from tests.worker.conftest import BACK_ENDS
from tests.worker.test_send_tick import DONORS, MEMBERS, STAFF, Scene, scene

__all__ = ["scene"]

LATER = timedelta(minutes=-60)


def change(scene: Scene, job_id: int, **values: Any) -> None:
    with scene.database.write() as connection:
        names = ", ".join(f"{name} = :{name}" for name in values)
        connection.execute(text(f"UPDATE upload_jobs SET {names} WHERE id = :id"), {**values, "id": job_id})  # noqa: S608  # a test's own names


def come(scene: Scene) -> None:
    """The time of every send."""
    with scene.database.write() as connection:
        connection.execute(text("UPDATE sends SET due_at = :now"), {"now": clock.milliseconds(clock.now()) - 1000})


@pytest.mark.parametrize(
    ("values", "words", "advice"),
    [
        ({"state": "Paused"}, "was paused: the message was not sent", "Let the upload job go on."),
        ({"state": "Deleted"}, "was deleted: the message was not sent", "Make an upload job that fills “Members”"),
        ({"group_id": STAFF[0]}, "fills another group now: the message was not sent", "Make an upload job"),
    ],
)
def test_a_promised_job_that_will_not_refresh_its_group_cancels_the_send(
    scene: Scene, values: dict[str, Any], words: str, advice: str
) -> None:
    scene.job(DONORS)
    job_id = scene.job(MEMBERS)
    send_id = scene.send(DONORS, MEMBERS, ago=LATER)
    change(scene, job_id, **values)
    come(scene)
    scene.tick()
    send = scene.get(send_id)
    assert send.state is SendState.CANCELLED
    assert f"The upload job “Fill Members” that was to refresh “Members” {words}" in send.reason
    assert send.advice.startswith(advice)
    assert scene.runs() == []


def test_groups_that_nothing_was_promised_for_go_as_they_are(scene: Scene) -> None:
    scene.job(STAFF, state=JobState.PAUSED)
    send_id = scene.send(STAFF, ago=LATER)
    come(scene)
    scene.tick()
    scene.tick()
    assert scene.get(send_id).state is SendState.SENDING


def test_a_job_that_was_made_since_refreshes_too(scene: Scene) -> None:
    send_id = scene.send(STAFF, ago=LATER)
    job_id = scene.job(STAFF)
    come(scene)
    scene.tick()
    assert [run["subject_id"] for run in scene.runs()] == [job_id]
    assert scene.get(send_id).promised == ((job_id, STAFF[0]),)


def test_a_job_that_is_paused_once_it_has_refreshed_its_group_has_done_its_work(scene: Scene) -> None:
    send_id, (run_id,) = scene.refreshed(MEMBERS)
    scene.change(run_id, RunState.COMPLETED)
    change(scene, int(scene.runs()[0]["subject_id"]), state="Paused")
    scene.tick()
    assert scene.get(send_id).state is SendState.SENDING


def test_a_job_that_was_given_another_group_while_it_ran_cancels_the_send(scene: Scene) -> None:
    send_id, (run_id,) = scene.refreshed(MEMBERS)
    change(scene, int(scene.runs()[0]["subject_id"]), group_id=STAFF[0])
    scene.change(run_id, RunState.COMPLETED)
    scene.tick()
    assert scene.get(send_id).state is SendState.CANCELLED
    assert "fills another group now" in scene.get(send_id).reason


@pytest.mark.parametrize("state", ["Paused", "Deleted"])
def test_a_job_that_goes_away_while_it_tries_rejected_people_again_cancels_the_send(scene: Scene, state: str) -> None:
    job_id = scene.job(MEMBERS)
    retry = scene.upload(job_id, MEMBERS, Trigger.RETRY)
    send_id = scene.send(MEMBERS)
    scene.tick()
    change(scene, job_id, state=state)
    scene.change(retry, RunState.COMPLETED)
    scene.tick()
    assert scene.get(send_id).state is SendState.CANCELLED


def test_a_run_that_still_fills_the_group_a_job_had_before_refreshes_nothing(scene: Scene) -> None:
    job_id = scene.job(MEMBERS)
    before = scene.upload(job_id, STAFF)
    send_id = scene.send(MEMBERS)
    scene.tick()
    assert list(scene.get(send_id).refresh_runs) == [before]
    scene.change(before, RunState.COMPLETED)
    scene.tick()
    whole = scene.runs()[-1]
    assert (whole["lease"], list(scene.get(send_id).refresh_runs)) == ("group 11", [whole["id"]])


def test_a_definition_that_cannot_be_read_stops_no_message(scene: Scene) -> None:
    change(scene, scene.job(DONORS), definition="{")
    send_id = scene.send(STAFF)
    scene.tick()
    scene.tick()
    assert scene.get(send_id).state is SendState.SENDING


@pytest.mark.parametrize("back_end", BACK_ENDS, indirect=True)
def test_of_two_sends_of_a_message_at_once_one_goes_out(scene: Scene) -> None:
    ids = [scene.send(STAFF, message=7), scene.send(DONORS, message=7), scene.send(MEMBERS, message=8)]
    scene.tick()
    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(scene.tick) for _ in range(3)]:
            done.result()
    states = [scene.get(send_id).state for send_id in ids]
    assert sorted(states) == [SendState.CANCELLED, SendState.SENDING, SendState.SENDING]
    assert states[2] is SendState.SENDING
    assert len(scene.runs(RunKind.SEND)) == 2
    lost = scene.get(ids[states.index(SendState.CANCELLED)])
    assert "the same message was just going out to “" in lost.reason
    assert "This one was not sent." in lost.reason
