"""Nobody goes in by what was read long ago: a run that waited for a person or a worker reads its audience anew."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from connector.errors import Temporary
from connector.model.audience import Rule
from connector.model.runs import RunKind, RunState, Trigger
from connector.model.uploads import How
from connector.store import group_states, travelled
from connector.uploads.anew import FRESH
from connector.uploads.preview import run_preview
from tests.connector.uploads.filling import Filling, crash_at, fill
from tests.connector.uploads.test_run_stops import cancel_at
from tests.connector.uploads.world import UploadWorld


@pytest.fixture(autouse=True)
def _small_uploads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.uploads.chunks.ROWS", 3)
    monkeypatch.setattr("connector.work.REPORT_EVERY", 0.001)


def grow_old(filling: Filling, run_id: int, by: timedelta = FRESH) -> None:
    """So much time passes after the audience was read."""
    with filling.world.of.services.database.write() as connection:
        statement = text("UPDATE upload_terms SET read_at = read_at - :by WHERE run_id = :run")
        connection.execute(statement, {"by": by / timedelta(milliseconds=1), "run": run_id})


def lines(world: UploadWorld, run_id: int) -> int:
    """How many rows of a run are kept as they travel."""
    statement = text("SELECT count(*) FROM audience WHERE run_id = :run AND line <> ''")
    with world.of.services.database.read() as connection:
        return int(connection.execute(statement, {"run": run_id}).scalar_one())


def opt_out(world: UploadWorld, person: str) -> None:
    world.change("Contact", person, HasOptedOutOfEmail=1)


def partly_filled(filling: Filling) -> int | None:
    with filling.world.of.services.database.read() as connection:
        return group_states.states(connection, filling.world.of.org_id)[filling.group].partly_filled


@pytest.fixture
def people(world: UploadWorld) -> list[str]:
    return world.crowd(8)


class TestAHeldRun:
    @pytest.fixture
    def held(self, world: UploadWorld, people: list[str]) -> Filling:
        """A group of four of them, whose audience is eight now."""
        filling = fill(world, people[:4])
        assert filling.run()["state"] == RunState.COMPLETED
        filling.audience(people)
        assert filling.run()["state"] == RunState.HELD
        return filling

    def decided(self, held: Filling) -> RunState:
        run_id = held.claim()
        held.approve(run_id)
        return RunState(held.attempt(run_id)["state"])

    def test_who_opted_out_meanwhile_is_not_uploaded(self, held: Filling, people: list[str]) -> None:
        opt_out(held.world, people[7])
        assert self.decided(held) == RunState.COMPLETED
        assert held.ids == sorted(people[:7])

    def test_it_goes_by_the_rules_of_now(self, world: UploadWorld, people: list[str]) -> None:
        filling = fill(world, people[:4], rules=frozenset(Rule) - {Rule.OPTED_OUT})
        filling.run()
        filling.audience(people)
        opt_out(world, people[6])
        filling.run()
        filling.change(world.definition(filling.source, filling.group))
        assert self.decided(filling) == RunState.COMPLETED
        assert people[6] not in filling.ids

    def test_what_moved_further_than_was_seen_is_held_with_the_new_numbers(
        self, held: Filling, people: list[str]
    ) -> None:
        held.audience([*people, *held.world.crowd(1)])
        run_id = held.claim()
        assert self.decided(held) == RunState.HELD
        assert "5 joined and 0 left" in held.world.run(run_id)["reason"]
        assert held.ids == sorted(people[:4])
        assert self.decided(held) == RunState.COMPLETED

    @pytest.mark.parametrize(("more", "state"), [(25, RunState.COMPLETED), (24, RunState.HELD)])
    def test_a_little_further_is_no_matter(
        self, held: Filling, people: list[str], monkeypatch: pytest.MonkeyPatch, more: int, state: RunState
    ) -> None:
        monkeypatch.setattr("connector.uploads.guard.MORE", more)
        held.audience([*people, *held.world.crowd(1)])
        assert self.decided(held) == state

    def test_what_was_let_go_in_when_it_moved_is_held_when_it_is_empty(self, held: Filling) -> None:
        held.audience([])
        run_id = held.claim()
        assert self.decided(held) == RunState.HELD
        assert "take everybody out" in held.world.run(run_id)["reason"]

    def test_an_answer_to_one_question_is_none_to_the_next_even_after_a_crash(self, held: Filling) -> None:
        held.audience([])
        run_id = held.claim()
        self.decided(held)
        with held.world.of.services.database.write() as connection:  # as if the worker had died before it was held
            connection.execute(text("UPDATE runs SET state = 'Running' WHERE id = :run"), {"run": run_id})
        assert held.attempt(run_id)["state"] == RunState.HELD

    def test_a_job_that_fills_another_group_by_then_fills_neither(self, held: Filling, people: list[str]) -> None:
        other = held.world.group()
        run_id = held.claim()
        held.change(held.world.definition(held.source, other))
        assert self.decided(held) == RunState.FAILED
        assert "another group" in held.world.run(run_id)["reason"]
        assert held.ids == sorted(people[:4])

    def test_an_add_of_nobody_is_held_and_blinds_nobody(self, world: UploadWorld, people: list[str]) -> None:
        filling = fill(world, people[:4], How.ADD)
        filling.run()
        filling.audience([])
        row = filling.run()
        assert (row["state"], "moved by 100 %" in row["reason"]) == (RunState.HELD, True)
        assert self.decided(filling) == RunState.COMPLETED
        filling.audience(people)
        row = filling.run()
        assert (row["state"], "4 joined and 0 left" in row["reason"]) == (RunState.HELD, True)


class TestARunThatIsResumedLate:
    def test_one_that_is_fresh_goes_on_with_what_it_read(self, world: UploadWorld, people: list[str]) -> None:
        filling = fill(world, people)
        run_id = filling.claim()
        filling.attempt(run_id, crash_at("upload done"))
        grow_old(filling, run_id, FRESH - timedelta(minutes=1))
        filling.audience(people[:2])
        assert filling.attempt(run_id)["state"] == RunState.COMPLETED
        assert filling.ids == sorted(people)

    @pytest.mark.parametrize("how", How)
    @pytest.mark.parametrize(
        "point", ["audience cut", "upload asked", "upload handed over", "upload taken", "upload done"]
    )
    def test_wherever_it_stood_the_audience_is_that_of_now(
        self, world: UploadWorld, people: list[str], point: str, how: How
    ) -> None:
        filling = fill(world, people, how)
        run_id = filling.claim()
        filling.attempt(run_id, crash_at(point))
        grow_old(filling, run_id)
        opt_out(world, people[7])
        row = filling.attempt(run_id)
        assert (row["state"], row["closes"]) == (RunState.COMPLETED, 1)
        assert filling.ids == sorted(people[:7])

    def test_what_is_under_way_arrives_before_anything_else_is_sent(
        self, world: UploadWorld, people: list[str]
    ) -> None:
        filling = fill(world, people)
        world.of.bad_day(upload_delay=[{"seconds": 0.5}, {"seconds": 0, "times": -1}])
        run_id = filling.claim()
        filling.attempt(run_id, crash_at("upload taken"))
        grow_old(filling, run_id)
        filling.audience(people[3:])
        assert filling.attempt(run_id)["state"] == RunState.COMPLETED
        assert filling.ids == sorted(people[3:])
        assert [upload["replace"] for upload in filling.uploads] == [True, True, False]

    def test_missing_rows_that_were_to_be_sent_again_are_read_again_too(
        self, world: UploadWorld, people: list[str]
    ) -> None:
        filling = fill(world, people)
        world.of.bad_day(lose_rows=[{"every": 2, "times": 1}])
        run_id = filling.claim()
        filling.attempt(run_id, crash_at("missing rows cut"))
        grow_old(filling, run_id)
        opt_out(world, people[1])
        assert filling.attempt(run_id)["state"] == RunState.COMPLETED
        assert filling.ids == sorted({*people} - {people[1]})

    def test_stopped_again_it_says_that_the_group_may_hold_only_some(
        self, world: UploadWorld, people: list[str]
    ) -> None:
        filling = fill(world, people)
        run_id = filling.claim()
        filling.attempt(run_id, crash_at("upload done"))
        grow_old(filling, run_id)
        row = filling.attempt(run_id, cancel_at(filling, "audience read"))
        assert (row["state"], "only some of its people" in row["reason"]) == (RunState.CANCELLED, True)
        assert row["advice"]
        assert partly_filled(filling) == run_id

    def test_held_halfway_it_leaves_its_group_partly_filled(self, world: UploadWorld, people: list[str]) -> None:
        filling = fill(world, people)
        run_id = filling.claim()
        filling.attempt(run_id, crash_at("upload done"))
        grow_old(filling, run_id)
        filling.audience([])
        assert filling.attempt(run_id)["state"] == RunState.HELD
        assert partly_filled(filling) == run_id

    def test_rejected_rows_that_are_tried_again_are_read_again(self, world: UploadWorld, people: list[str]) -> None:
        filling = fill(world, people)
        world.of.bad_day(lose_rows=[{"every": 2, "times": 9}])
        about = filling.run()["id"]
        world.of.bad_day(lose_rows=[])
        missing = sorted({*people} - {*filling.ids})
        run_id = filling.claim(trigger=Trigger.RETRY, about_run=about)
        filling.attempt(run_id, crash_at("audience cut"))
        grow_old(filling, run_id)
        opt_out(world, missing[0])
        assert filling.attempt(run_id)["state"] == RunState.COMPLETED
        assert filling.ids == sorted({*people} - {missing[0]})


class TestRowsAsTheyTravel:
    @pytest.mark.parametrize("point", ["audience read", "audience cut", "upload taken"])
    def test_a_run_that_is_stopped_forgets_them(self, world: UploadWorld, people: list[str], point: str) -> None:
        filling = fill(world, people)
        row = filling.run(cancel_at(filling, point))
        assert (row["state"], lines(world, row["id"])) == (RunState.CANCELLED, 0)

    def test_a_run_that_is_refused_forgets_them(self, world: UploadWorld, people: list[str]) -> None:
        filling = fill(world, people)
        world.of.bad_day(fail=[{"op": "UploadRecipients", "status": 403, "times": -1}])
        row = filling.run()
        assert (row["state"], lines(world, row["id"])) == (RunState.FAILED, 0)

    def test_a_held_run_forgets_them(self, world: UploadWorld, people: list[str]) -> None:
        filling = fill(world, people[:4])
        filling.run()
        filling.audience(people)
        row = filling.run()
        assert (row["state"], lines(world, row["id"])) == (RunState.HELD, 0)

    def test_a_run_that_is_to_go_on_keeps_them_and_one_that_was_failed_for_it_does_not(
        self, world: UploadWorld, people: list[str]
    ) -> None:
        filling = fill(world, people)
        run_id = filling.claim()
        filling.attempt(run_id, crash_at("audience cut"))
        travelled.forget_left_over(world.of.services.database)
        assert lines(world, run_id) == 8
        world.end(run_id, RunState.FAILED)
        travelled.forget_left_over(world.of.services.database)
        assert lines(world, run_id) == 0

    def test_a_preview_keeps_a_few_to_show(self, world: UploadWorld, people: list[str]) -> None:
        assert len(world.preview(world.campaign(people)).lines) == 5

    def test_a_preview_that_was_failed_keeps_no_more(
        self, world: UploadWorld, people: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        job = world.job(world.definition(world.campaign(people)), draft=True)
        run_id = world.begin(job, RunKind.PREVIEW)
        monkeypatch.setattr("connector.uploads.read.ATTEMPTS", 1)
        monkeypatch.setattr("connector.uploads.read._compare", _trouble)
        with world.work(run_id) as work, pytest.raises(Temporary):
            run_preview(work)
        assert lines(world, run_id) == 8
        world.end(run_id, RunState.FAILED)
        travelled.forget_left_over(world.of.services.database)
        assert lines(world, run_id) == 5


def _trouble(*_given: object) -> None:
    raise Temporary("Not now.")
