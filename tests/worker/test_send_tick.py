"""A send goes its way tick by tick: refreshed first, sent when every group is fresh, else cancelled in plain words."""

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import text

from connector import clock, queues
from connector.model.audience import Source, SourceKind
from connector.model.runs import RunKind, RunState, Trigger, send_of, upload_of
from connector.model.uploads import DEFAULT_CONTACT, Definition, How, JobState, Target
from connector.queues import Job
from connector.settings import Settings
from connector.store import audience_counts, claims, send_steps, sends, upload_jobs, upload_terms
from connector.store.audience_counts import Uploaded
from connector.store.claims import Asked
from connector.store.database import Database
from connector.store.sends import NewSend, Send, SendState
from tests.worker.conftest import BACK_ENDS
from worker.tick import Tick

MEMBERS, DONORS, STAFF = (11, "Members"), (12, "Donors"), (13, "Staff")


@dataclass
class Scene:
    """An org with upload jobs and sends, and a tick over them whose queue is a list."""

    database: Database
    org: int
    enqueued: list[tuple[Job, int]] = field(default_factory=list)
    tickets: Any = field(default_factory=lambda: count(1))

    def tick(self) -> None:
        Tick(Settings(), self.database, None).advance_sends()  # type: ignore[arg-type]  # its queue is a list here

    def job(self, group: tuple[int, str], name: str = "", state: JobState = JobState.ACTIVE) -> int:
        definition = Definition(
            Source(SourceKind.CAMPAIGN, "701000000000001AAA", "Spring"),
            Target(group[0], group[1], How.REPLACE),
            DEFAULT_CONTACT,
            DEFAULT_CONTACT,
        )
        with self.database.write() as connection:
            draft_id = upload_jobs.create_draft(connection, self.org, None)
            upload_jobs.enter(connection, draft_id, name or f"Fill {group[1]}", {}, definition)
            draft = upload_jobs.get(connection, self.org, draft_id)
            assert draft is not None
            upload_jobs.save(connection, draft, definition, None)
            upload_jobs.set_state(connection, draft_id, state)
        return draft_id

    def send(self, *groups: tuple[int, str], ago: timedelta = timedelta(minutes=1), message: int = 0) -> int:
        due = clock.milliseconds(clock.now() - ago)
        ticket = next(self.tickets)
        new = NewSend(str(ticket), message or ticket, "Spring news", "News", "a@example.org", groups, due, "UTC")
        with self.database.write() as connection:
            made = sends.create(connection, self.org, None, new)
        assert made is not None
        return made

    def get(self, send_id: int) -> Send:
        with self.database.read() as connection:
            found = sends.get(connection, self.org, send_id)
        assert found is not None
        return found

    def runs(self, kind: RunKind = RunKind.UPLOAD) -> Sequence[Any]:
        with self.database.read() as connection:
            statement = text("SELECT * FROM runs WHERE kind = :kind ORDER BY id")
            return connection.execute(statement, {"kind": kind}).mappings().all()

    def change(self, run_id: int, state: RunState, reason: str = "", advice: str = "") -> None:
        with self.database.write() as connection:
            connection.execute(
                text("UPDATE runs SET state = :state, ended_at = 1, reason = :reason, advice = :advice WHERE id = :id"),
                {"id": run_id, "state": state, "reason": reason, "advice": advice},
            )

    def upload(self, job_id: int, group: tuple[int, str], trigger: Trigger = Trigger.RUN_NOW) -> int:
        with self.database.write() as connection:
            return claims.claim(connection, self.org, Asked(trigger), upload_of(job_id, group[0])).run_id

    def refreshed(self, *groups: tuple[int, str]) -> tuple[int, list[int]]:
        """A send whose groups are being refreshed: its id and those of the runs."""
        for group in groups:
            self.job(group)
        send_id = self.send(*groups)
        self.tick()
        return send_id, list(self.get(send_id).refresh_runs)


@pytest.fixture
def scene(database: Database, org: int, monkeypatch: pytest.MonkeyPatch) -> Generator[Scene]:
    made = Scene(database, org)

    def enqueue(_redis: object, job: Job, *ids: int, job_id: str) -> None:
        made.enqueued.append((job, *ids))

    monkeypatch.setattr(queues, "enqueue", enqueue)
    return made


def test_nothing_happens_before_its_time(scene: Scene) -> None:
    scene.job(MEMBERS)
    send_id = scene.send(MEMBERS, ago=timedelta(minutes=-1))
    scene.tick()
    assert scene.get(send_id).state is SendState.SCHEDULED
    assert scene.runs() == []


def test_at_its_time_every_job_that_fills_a_group_runs_first(scene: Scene) -> None:
    members, donors = scene.job(MEMBERS), scene.job(DONORS)
    scene.job(STAFF)
    scene.job(DONORS, "Not at work", JobState.PAUSED)
    send_id = scene.send(MEMBERS, DONORS)
    scene.tick()
    found = scene.runs()
    assert [(run["subject_id"], run["trigger"], run["lease"]) for run in found] == [
        (members, Trigger.BEFORE_SEND, "group 11"),
        (donors, Trigger.BEFORE_SEND, "group 12"),
    ]
    assert scene.enqueued == [(Job.UPLOAD, run["id"]) for run in found]
    assert scene.get(send_id).state is SendState.REFRESHING
    assert list(scene.get(send_id).refresh_runs) == [run["id"] for run in found]


def test_it_is_sent_once_all_groups_are_fresh_and_not_before(scene: Scene) -> None:
    send_id, (first, second) = scene.refreshed(MEMBERS, DONORS)
    scene.change(first, RunState.COMPLETED)
    scene.change(second, RunState.RUNNING)
    scene.tick()
    assert scene.get(send_id).state is SendState.REFRESHING
    scene.change(second, RunState.COMPLETED)
    scene.tick()
    scene.tick()
    (run,) = scene.runs(RunKind.SEND)
    assert (run["subject_id"], run["lease"]) == (send_id, send_of(send_id).lease)
    assert scene.enqueued[2:] == [(Job.SEND, run["id"])]
    assert (scene.get(send_id).state, scene.get(send_id).run_id) == (SendState.SENDING, run["id"])


def test_groups_that_nothing_refreshes_are_sent_to_as_they_are(scene: Scene) -> None:
    send_id = scene.send(STAFF)
    scene.tick()
    scene.tick()
    assert scene.get(send_id).state is SendState.SENDING
    assert scene.runs() == []


def test_a_run_under_way_counts_as_the_refresh(scene: Scene) -> None:
    run_id = scene.upload(scene.job(MEMBERS), MEMBERS)
    send_id = scene.send(MEMBERS)
    scene.tick()
    assert list(scene.get(send_id).refresh_runs) == [run_id]
    assert scene.enqueued == []


def test_a_run_that_only_tries_rejected_people_again_does_not(scene: Scene) -> None:
    retry = scene.upload(scene.job(MEMBERS), MEMBERS, Trigger.RETRY)
    send_id = scene.send(MEMBERS)
    scene.tick()
    scene.change(retry, RunState.COMPLETED)
    scene.tick()
    whole = scene.runs()[-1]
    assert (whole["trigger"], list(scene.get(send_id).refresh_runs)) == (Trigger.BEFORE_SEND, [whole["id"]])
    assert scene.enqueued == [(Job.UPLOAD, whole["id"])]
    scene.change(int(whole["id"]), RunState.COMPLETED)
    scene.tick()
    assert scene.get(send_id).state is SendState.SENDING


@pytest.mark.parametrize(
    ("state", "word"),
    [(RunState.FAILED, "failed"), (RunState.HELD, "is held"), (RunState.CANCELLED, "was cancelled")],
)
def test_a_refresh_that_failed_or_was_held_or_cancelled_cancels_the_send(
    scene: Scene, state: RunState, word: str
) -> None:
    send_id, (first, second) = scene.refreshed(MEMBERS, DONORS)
    scene.change(first, RunState.COMPLETED)
    scene.change(second, state, "It would empty the group.", "Ask the owner.")
    scene.tick()
    send = scene.get(send_id)
    assert send.state is SendState.CANCELLED
    assert f"“Fill Donors”, which refreshes a group of this message, {word}: It would empty the group." in send.reason
    assert "The message was not sent, so that no old list was mailed." in send.reason
    assert "schedule the message again" in send.advice
    assert send.run_id == second
    assert scene.runs(RunKind.SEND) == []
    with scene.database.read() as connection:
        assert [notice.id for notice in sends.notices(connection, scene.org)] == [send_id]
    scene.change(second, RunState.COMPLETED)
    scene.tick()
    assert scene.get(send_id).state is SendState.CANCELLED


def test_rejected_people_do_not_stop_it_and_are_told_of(scene: Scene) -> None:
    send_id, (run_id,) = scene.refreshed(MEMBERS)
    with scene.database.write() as connection:
        audience_counts.keep_uploaded(connection, run_id, Uploaded(good=90, rejected=3))
    scene.change(run_id, RunState.COMPLETED_WITH_ERRORS)
    scene.tick()
    send = scene.get(send_id)
    assert send.state is SendState.SENDING
    assert "(3 of “Fill Members”)" in send.reason


def test_people_in_a_group_who_do_not_belong_there_cancel_the_send(scene: Scene) -> None:
    send_id, (run_id,) = scene.refreshed(MEMBERS)
    scene.change(run_id, RunState.COMPLETED_WITH_ERRORS)
    with scene.database.write() as connection:
        upload_terms.close(connection, run_id, closes=False, words="3 strangers are in the group.")
    scene.tick()
    send = scene.get(send_id)
    assert (send.state, send.run_id) == (SendState.CANCELLED, run_id)
    assert "left people in it who are not in its audience: 3 strangers are in the group." in send.reason


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.PAUSED, RunState.QUEUED])
def test_a_refresh_that_takes_longer_than_four_hours_cancels_the_send(scene: Scene, state: RunState) -> None:
    send_id, (run_id,) = scene.refreshed(MEMBERS)
    scene.change(run_id, state)
    for hours, expected in ((3.9, SendState.REFRESHING), (4.1, SendState.CANCELLED)):
        with scene.database.write() as connection:
            due = clock.milliseconds(clock.now() - timedelta(hours=hours))
            connection.execute(text("UPDATE sends SET due_at = :due"), {"due": due})
        scene.tick()
        assert scene.get(send_id).state is expected
    assert "“Fill Members” had not ended" in scene.get(send_id).reason


def test_a_send_whose_time_passed_while_nobody_worked_is_not_sent_late(scene: Scene) -> None:
    scene.job(MEMBERS)
    send_id = scene.send(MEMBERS, ago=timedelta(hours=5))
    scene.tick()
    assert scene.get(send_id).state is SendState.CANCELLED
    assert "not at work" in scene.get(send_id).reason
    assert scene.runs() == []


def test_it_waits_for_any_run_that_fills_one_of_its_groups(scene: Scene) -> None:
    send_id, (run_id,) = scene.refreshed(MEMBERS)
    scene.change(run_id, RunState.COMPLETED)
    other = scene.upload(scene.job(MEMBERS, "Another"), MEMBERS)
    scene.tick()
    assert scene.get(send_id).state is SendState.REFRESHING
    scene.change(other, RunState.COMPLETED)
    scene.tick()
    assert scene.get(send_id).state is SendState.SENDING


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.CANCELLED])
def test_a_sending_that_came_to_nothing_cancels_the_send(scene: Scene, state: RunState) -> None:
    send_id = scene.send(STAFF)
    scene.tick()
    scene.tick()
    scene.change(scene.get(send_id).run_id or 0, state, "Real Magnet does not know the sender.", "Name another.")
    scene.tick()
    send = scene.get(send_id)
    assert send.state is SendState.CANCELLED
    assert "Real Magnet does not know the sender. The message was not sent." in send.reason


def test_a_sending_that_ended_with_its_answer_lost_says_that_nobody_knows(scene: Scene) -> None:
    send_id = scene.send(STAFF)
    scene.tick()
    scene.tick()
    with scene.database.write() as connection:
        assert send_steps.note_asked(connection, scene.get(send_id), "News", "a@example.org", None)
    scene.change(scene.get(send_id).run_id or 0, RunState.FAILED, "The answer was lost.")
    scene.tick()
    send = scene.get(send_id)
    assert "never said whether it did" in send.reason
    assert "was not sent" not in send.reason
    assert "Look in Real Magnet" in send.advice


def test_one_that_a_person_cancelled_goes_no_further_and_leaves_no_notice(scene: Scene) -> None:
    send_id, (run_id,) = scene.refreshed(MEMBERS)
    with scene.database.write() as connection:
        assert sends.cancel(connection, scene.get(send_id), "Cancelled by Ada.")
        assert sends.notices(connection, scene.org) == []
    scene.change(run_id, RunState.COMPLETED)
    scene.tick()
    assert scene.get(send_id).state is SendState.CANCELLED
    assert scene.runs(RunKind.SEND) == []


@pytest.mark.parametrize("back_end", BACK_ENDS, indirect=True)
def test_many_ticks_at_once_take_each_step_once(scene: Scene) -> None:
    scene.job(MEMBERS)
    scene.job(DONORS)
    ids = [scene.send(MEMBERS, DONORS), scene.send(STAFF)]

    def all_at_once() -> None:
        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(scene.tick) for _ in range(4)]:
                done.result()

    all_at_once()
    assert len(scene.runs()) == 2
    for run in scene.runs():
        scene.change(int(run["id"]), RunState.COMPLETED)
    all_at_once()
    assert [scene.get(send_id).state for send_id in ids] == [SendState.SENDING] * 2
    assert len(scene.runs(RunKind.SEND)) == 2
    assert len(scene.enqueued) == len(set(scene.enqueued)) == 4


def test_a_tick_that_saw_the_send_as_it_was_changes_nothing(scene: Scene) -> None:
    send_id = scene.send(STAFF)
    before = scene.get(send_id)
    scene.tick()
    refreshing = scene.get(send_id)
    assert send_steps.advance(scene.database, before) == []
    scene.tick()
    sending = scene.get(send_id)
    assert send_steps.advance(scene.database, refreshing) == []
    scene.change(sending.run_id or 0, RunState.CANCELLED)
    with scene.database.write() as connection:
        send_steps.wait_again(connection, sending)
    scene.tick()
    again = scene.get(send_id)
    assert (again.state, again.run_id) == (SendState.SENDING, (sending.run_id or 0) + 1)
    assert send_steps.advance(scene.database, sending) == []
    assert scene.get(send_id) == again


def test_a_sending_that_made_way_is_over_before_another_begins(scene: Scene) -> None:
    send_id = scene.send(STAFF)
    scene.tick()
    scene.tick()
    run_id = scene.get(send_id).run_id or 0
    scene.change(run_id, RunState.RUNNING)
    with scene.database.write() as connection:
        send_steps.wait_again(connection, scene.get(send_id))
    scene.tick()
    assert scene.get(send_id).state is SendState.REFRESHING
    scene.change(run_id, RunState.CANCELLED)
    scene.tick()
    assert scene.get(send_id).state is SendState.SENDING


def test_a_form_that_is_sent_twice_is_one_send(scene: Scene) -> None:
    new = NewSend("ticket", 7, "Spring news", "News", "a@example.org", [STAFF], 1, "UTC")
    with scene.database.write() as connection:
        assert sends.create(connection, scene.org, None, new) is not None
        assert sends.create(connection, scene.org, None, replace(new, due_at=2)) is None
