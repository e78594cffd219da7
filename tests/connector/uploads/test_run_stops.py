"""A run that is stopped anywhere, by a crash, a person or a vendor's bad day: afterwards the group is the audience."""

import ast
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connector import uploads
from connector.errors import LeaseLost
from connector.model.runs import RunState, Trigger
from connector.model.uploads import How
from connector.uploads.run import run_upload
from tests.connector.uploads.filling import GRACE, Filling, crash_at, fill
from tests.connector.uploads.world import UploadWorld


@pytest.fixture(autouse=True)
def _small_uploads(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a person is heard at once."""
    monkeypatch.setattr("connector.uploads.chunks.ROWS", 3)
    monkeypatch.setattr("connector.work.REPORT_EVERY", 0.001)


def named_points() -> list[str]:
    """Every point that a run of an upload names, read from the source."""
    found = set[str]()
    for path in Path(uploads.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "reached":
                found |= {ast.literal_eval(name) for name in node.args}
    return sorted(found)


POINTS = [point for point in named_points() if "send" not in point]


def emptied(filling: Filling) -> Filling:
    """A group that held other people before, and lost rows on the way in so that every point is come to."""
    filling.put_in("before@example.org")
    filling.world.of.bad_day(lose_rows=[{"every": 2, "times": 1}])
    return filling


def cancel_at(filling: Filling, point: str) -> Callable[[str], None]:
    """A person stops the run when it comes to a point."""

    def hook(reached: str) -> None:
        if reached == point:
            filling.cancel(filling.claim())

    return hook


def all_in(filling: Filling, people: list[str]) -> bool:
    return filling.ids == sorted(people)


@pytest.mark.parametrize(
    ("point", "count"), [(point, count) for point in POINTS for count in (1, 2) if count == 1 or "upload" in point]
)
def test_a_crash_at_any_point_is_gone_over(world: UploadWorld, point: str, count: int) -> None:
    people = world.crowd(8)
    filling = emptied(fill(world, people))
    run_id = filling.claim()
    assert filling.attempt(run_id, crash_at(point, count))["state"] == RunState.RUNNING
    row = filling.attempt(run_id)
    assert (row["state"], row["closes"], row["reason"]) == (RunState.COMPLETED, 1, "")
    assert all_in(filling, people)


@pytest.mark.parametrize("point", POINTS)
def test_a_person_may_stop_it_at_any_point_and_run_it_again(world: UploadWorld, point: str) -> None:
    people = world.crowd(8)
    filling = emptied(fill(world, people))
    run_id = filling.claim()
    filling.attempt(run_id, cancel_at(filling, point))
    assert filling.run()["state"] == RunState.COMPLETED
    assert all_in(filling, people)


class TestWhatAPersonWhoStopsItIsTold:
    def test_that_nothing_was_sent(self, world: UploadWorld) -> None:
        filling = fill(world, world.crowd(4))
        row = filling.run(cancel_at(filling, "audience cut"))
        assert row["state"] == RunState.CANCELLED
        assert row["reason"] == "Stopped by a person. Nothing was sent: the group is as it was before."

    def test_how_many_of_how_many_a_replaced_group_holds(self, world: UploadWorld) -> None:
        filling = fill(world, world.crowd(7))
        row = filling.run(cancel_at(filling, "upload done"))
        assert row["reason"] == "Stopped by a person. The group holds 3 of 7 people."
        assert row["advice"] == "Run this upload job again before anything is sent to the group."
        assert len(filling.members) == 3

    def test_how_many_are_still_on_their_way(self, world: UploadWorld) -> None:
        filling = fill(world, world.crowd(7), How.ADD)
        world.of.bad_day(upload_delay=[{"seconds": 3600, "times": -1}])
        row = filling.run(cancel_at(filling, "upload taken"))
        assert row["reason"] == (
            "Stopped by a person. 0 of 7 people are in the group, and up to 3 more are still on their way."
        )


def test_a_run_that_is_refused_halfway_says_how_many_the_group_holds(world: UploadWorld) -> None:
    filling = fill(world, world.crowd(7))
    world.of.bad_day(fail=[{"op": "UploadRecipients", "status": 403, "times": -1, "after": 1}])
    row = filling.run()
    assert row["state"] == RunState.FAILED
    assert row["reason"].endswith(" The group holds 3 of 7 people.")
    assert row["advice"].endswith("Run this upload job again before anything is sent to the group.")


class TestAnUploadWhoseAnswerIsLost:
    @pytest.mark.parametrize("after", [0, 1])
    def test_it_is_sent_again_once_it_arrived(self, world: UploadWorld, after: int) -> None:
        people = world.crowd(8)
        filling = fill(world, people)
        world.of.bad_day(lose_answer=[{"op": "UploadRecipients", "status": 502, "after": after}])
        run_id = filling.claim()
        row = filling.attempt(run_id)
        assert (row["state"], row["failures"]) == (RunState.QUEUED, 1)
        assert filling.chunks(run_id)[after][0] == "asked"
        assert filling.attempt(run_id)["state"] == RunState.COMPLETED
        assert all_in(filling, people)
        assert len(filling.uploads) == 4

    def test_one_that_was_never_taken_is_sent_again_after_the_grace(self, world: UploadWorld) -> None:
        people = world.crowd(4)
        filling = fill(world, people)
        world.of.bad_day(fail=[{"op": "UploadRecipients", "status": 500}])
        run_id, begun = filling.claim(), time.monotonic()
        assert filling.attempt(run_id)["state"] == RunState.QUEUED
        assert filling.attempt(run_id)["state"] == RunState.COMPLETED
        assert time.monotonic() - begun > GRACE
        assert all_in(filling, people)

    def test_one_that_arrives_late_takes_nobody_out(self, world: UploadWorld) -> None:
        people = world.crowd(8)
        filling = fill(world, people)
        world.of.bad_day(
            lose_answer=[{"op": "UploadRecipients", "status": 502}],
            upload_delay=[{"seconds": 0.8}, {"seconds": 0, "times": -1}],
        )
        filling.grace, run_id = 30, filling.claim()
        filling.attempt(run_id)
        assert filling.members == []
        assert filling.attempt(run_id)["state"] == RunState.COMPLETED
        assert all(upload["done_at"] for upload in filling.uploads)
        assert all_in(filling, people)

    @pytest.mark.parametrize("day", [{"cut": {"after_bytes": 3}}, {"half_body": {}}])
    def test_one_whose_answer_breaks_off_is_sent_again(
        self, world: UploadWorld, day: dict[str, dict[str, int]]
    ) -> None:
        people = world.crowd(4)
        filling = fill(world, people)
        world.of.bad_day(**{kind: [{"op": "UploadRecipients", **rule}] for kind, rule in day.items()})
        run_id = filling.claim()
        assert filling.attempt(run_id)["state"] == RunState.QUEUED
        assert filling.attempt(run_id)["state"] == RunState.COMPLETED
        assert all_in(filling, people)

    @pytest.mark.parametrize("day", [{"expire": {}}, {"fail": {"status": 401}}, {"fail": {"status": 403}}])
    @pytest.mark.parametrize("told", ["page", "null", "empty"])
    def test_a_session_that_ended_is_begun_anew(
        self, world: UploadWorld, day: dict[str, dict[str, int]], told: str
    ) -> None:
        people = world.crowd(4)
        filling = fill(world, people)
        rules = {kind: [{"op": "UploadRecipients", **rule}] for kind, rule in day.items()}
        world.of.bad_day(expired_answer=told, **rules)
        assert filling.run()["state"] == RunState.COMPLETED
        assert all_in(filling, people)
        assert len(filling.uploads) == 2

    def test_a_login_that_is_refused_fails_the_run_and_says_who_must_do_what(self, world: UploadWorld) -> None:
        filling = fill(world, world.crowd(4))
        world.of.bad_day(fail=[{"op": "UploadRecipients", "status": 403, "times": -1}])
        row = filling.run()
        assert row["state"] == RunState.FAILED
        assert filling.chunks(row["id"])[0][0] == "waiting"

    @pytest.mark.parametrize("status", [429, 503])
    def test_one_that_was_turned_away_is_not_waited_for(self, world: UploadWorld, status: int) -> None:
        filling = fill(world, world.crowd(4))
        world.of.bad_day(fail=[{"op": "UploadRecipients", "status": status}])
        row = filling.run()
        assert (row["state"], filling.chunks(row["id"])[0][0]) == (RunState.QUEUED, "waiting")
        assert filling.attempt(row["id"])["state"] == RunState.COMPLETED
        assert len(filling.uploads) == 2

    def test_one_that_real_magnet_forgot_is_sent_again(self, world: UploadWorld) -> None:
        people = world.crowd(4)
        filling = fill(world, people)
        run_id = filling.claim()
        filling.attempt(run_id, crash_at("upload taken"))
        with world.of.account.transaction() as connection:
            connection.execute("DELETE FROM upload WHERE group_id = ?", (filling.group,))
        row = filling.attempt(run_id)
        assert (row["state"], "does not know upload" in row["reason"]) == (RunState.QUEUED, True)
        assert filling.attempt(run_id)["state"] == RunState.COMPLETED
        assert all_in(filling, people)


def test_an_upload_that_never_ends_is_given_up_and_blocks_nobody(
    world: UploadWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = world.crowd(4)
    filling = fill(world, people)
    world.of.bad_day(upload_delay=[{"seconds": 3600}, {"seconds": 0, "times": -1}])
    monkeypatch.setattr("connector.uploads.following.PATIENCE", timedelta(seconds=0.1))
    row = filling.run()
    assert (row["state"], "has not finished upload" in row["reason"]) == (RunState.QUEUED, True)
    filling.cancel(row["id"])
    assert filling.attempt(row["id"])["state"] == RunState.CANCELLED
    assert filling.run()["state"] == RunState.COMPLETED
    assert all_in(filling, people)
    assert filling.chunks(row["id"])[0][0] == "lost"


@pytest.mark.parametrize("kind", ["unauthorized", "too_many", "unavailable", "server_error", "cut_response"])
def test_trouble_at_salesforce_costs_nobody_his_place(world: UploadWorld, kind: str) -> None:
    people = world.crowd(4)
    filling = fill(world, people)
    world.of.switches.set(kind, seconds=0.1)
    run_id = filling.claim()
    while (row := filling.attempt(run_id))["state"] == RunState.QUEUED:
        assert row["failures"] < 3
    assert row["state"] == RunState.COMPLETED
    assert all_in(filling, people)


@pytest.mark.parametrize("op", ["GetUploadStatus", "GetGroupDetails", "GetGroupRecipients"])
@pytest.mark.parametrize(
    "day", [{"half_body": {}}, {"cut": {"after_bytes": 5}}, {"fail": {"status": 503}}, {"expire": {}}]
)
def test_trouble_in_what_is_only_read_is_overcome_within_the_run(
    world: UploadWorld, op: str, day: dict[str, dict[str, int]]
) -> None:
    people = world.crowd(7)
    filling = emptied(fill(world, people))
    world.of.bad_day(**{kind: [{"op": op, "times": 1, **rule}] for kind, rule in day.items()})
    row = filling.run()
    assert (row["state"], row["failures"]) == (RunState.COMPLETED, 0)
    assert all_in(filling, people)


def test_a_sleeper_sends_nothing_when_it_wakes_up(world: UploadWorld) -> None:
    people = world.crowd(7)
    filling = fill(world, people)
    run_id = filling.claim()

    def sleeps(point: str) -> None:
        if point == "upload asked":
            with world.of.services.database.write() as connection:
                connection.exec_driver_sql("UPDATE leases SET expires_at = 0")
            assert filling.attempt(run_id)["state"] == RunState.COMPLETED
            sent.append(len(filling.uploads))

    sent: list[int] = []
    with pytest.raises(LeaseLost), world.work(run_id, sleeps) as work:
        run_upload(work)
    assert [len(filling.uploads)] == sent == [3]
    assert all_in(filling, people)


class TestTwoRunsIntoOneGroup:
    def test_what_a_stopped_run_left_under_way_arrives_before_anything_else_is_sent(self, world: UploadWorld) -> None:
        people, others = world.crowd(5), world.crowd(5)
        filling = fill(world, people, most_change=0)
        world.of.bad_day(upload_delay=[{"seconds": 0}, {"seconds": 0.5}, {"seconds": 0, "times": -1}])
        run_id = filling.claim()
        second = iter((False, True))

        def stop(point: str) -> None:
            if point == "upload taken" and next(second):
                filling.cancel(run_id)

        assert filling.attempt(run_id, stop)["state"] == RunState.CANCELLED
        filling.audience(others)
        assert filling.run()["state"] == RunState.COMPLETED
        assert all(upload["done_at"] for upload in filling.uploads)
        assert all_in(filling, others)
        assert [state for state, _rows, _good in filling.chunks(run_id)] == ["done", "done"]

    @pytest.mark.parametrize("point", ["upload asked", "upload handed over"])
    def test_what_nobody_knows_of_is_given_its_time(self, world: UploadWorld, point: str) -> None:
        people, others = world.crowd(5), world.crowd(5)
        filling = fill(world, people, most_change=0)
        world.of.bad_day(upload_delay=[{"seconds": GRACE / 2, "times": 1}, {"seconds": 0, "times": -1}])
        run_id = filling.claim()
        filling.attempt(run_id, crash_at(point))
        filling.world.end(run_id, RunState.FAILED)
        filling.audience(others)
        assert filling.run()["state"] == RunState.COMPLETED
        assert all_in(filling, others)
        assert filling.chunks(run_id)[0][0] == "lost"

    def test_a_run_that_has_begun_ends_before_another_begins(self, world: UploadWorld) -> None:
        people, others = world.crowd(5), world.crowd(5)
        filling = fill(world, people)
        other = replace(filling, source=world.campaign(others))
        other.job = world.job(world.definition(other.source, filling.group))
        first, then = filling.claim(), other.claim()
        filling.attempt(first, crash_at("upload done"))
        row = other.attempt(then)
        assert (row["state"], row["reason"]) == (
            RunState.QUEUED,
            f"Run {first} has begun to fill this group and has to end first.",
        )
        assert filling.attempt(first)["state"] == RunState.COMPLETED
        assert all_in(filling, people)
        assert other.attempt(then)["state"] == RunState.COMPLETED
        assert all_in(other, others)


def test_rejected_rows_that_are_not_kept_cannot_be_tried_again(world: UploadWorld) -> None:
    filling = fill(world, world.crowd(2))
    run_id = filling.run()["id"]
    row = filling.run(trigger=Trigger.RETRY, about_run=run_id)
    assert (row["state"], row["reason"]) == (RunState.FAILED, "The rejected rows of that run are not kept any more.")
