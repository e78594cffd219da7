"""A run puts its audience into the group, upload by upload, and says truly what became of it."""

import pytest

from connector.model.audience import Rule
from connector.model.runs import RunState, Trigger
from connector.model.uploads import DEFAULT_CONTACT, How, Identifier, Pair
from connector.store import audiences, upload_terms
from connector.store.audience_counts import Uploaded
from connector.store.audiences import RowsWanted
from connector.store.upload_terms import HeldFor
from tests.connector.uploads.filling import Filling, crash_at, fill
from tests.connector.uploads.world import UploadWorld


@pytest.fixture(autouse=True)
def _small_uploads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.uploads.chunks.ROWS", 3)


def lines(filling: Filling, run_id: int) -> list[str]:
    with filling.world.of.services.database.read() as connection:
        return audiences.samples(connection, run_id, 100)


def test_replace_leaves_exactly_the_audience_in_the_group(world: UploadWorld) -> None:
    before, now = world.crowd(4), world.crowd(7)
    filling = fill(world, before, most_change=0)
    filling.run()
    filling.audience(now)
    row = filling.run()
    assert (row["state"], row["closes"], row["reason"]) == (RunState.COMPLETED, 1, "")
    assert filling.ids == sorted(now)
    assert filling.chunks(row["id"]) == [("done", 3, 3), ("done", 3, 3), ("done", 1, 1)]
    assert [upload["replace"] for upload in filling.uploads] == [True, False, True, False, False]
    assert filling.uploaded(row["id"]) == Uploaded(good=7, added=7)


def test_add_leaves_in_who_is_there(world: UploadWorld) -> None:
    before, now = world.crowd(2), world.crowd(4)
    filling = fill(world, before, How.ADD, most_change=0)
    filling.run()
    filling.audience(now)
    row = filling.run()
    assert (row["state"], row["closes"]) == (RunState.COMPLETED, 1)
    assert filling.ids == sorted(before + now)


def test_what_travelled_is_forgotten_once_it_arrived(world: UploadWorld) -> None:
    filling = fill(world, world.crowd(2))
    row = filling.run()
    assert lines(filling, row["id"]) == []


def test_an_empty_add_is_done_without_a_word_to_real_magnet(world: UploadWorld) -> None:
    filling = fill(world, [], How.ADD)
    row = filling.run()
    assert (row["state"], row["closes"], filling.uploads) == (RunState.COMPLETED, 1, [])


def test_the_same_people_twice_close_the_books_where_duplicates_may_go(world: UploadWorld) -> None:
    twins = [world.person("twin@example.org"), world.person("Twin@example.org"), *world.crowd(3)]
    filling = fill(world, twins, rules=frozenset(Rule) - {Rule.DUPLICATE})
    row = filling.run()
    assert (row["state"], row["closes"]) == (RunState.COMPLETED, 1)
    assert len(filling.members) == 4


class TestTheGuardRail:
    def test_an_audience_that_moved_too_far_waits_for_a_decision(self, world: UploadWorld) -> None:
        people = world.crowd(8)
        filling = fill(world, people[:6])
        first = filling.run()
        filling.audience(people[2:])
        row = filling.run()
        assert row["state"] == RunState.HELD
        assert row["reason"] == (
            f"The audience moved by 67 %: 2 joined and 2 left since Run {first['id']}; this job holds a run above 25 %."
        )
        assert row["advice"].startswith("Look who joined and who left.")
        assert filling.ids == sorted(people[:6])

    def test_a_small_change_is_no_matter(self, world: UploadWorld) -> None:
        people = world.crowd(9)
        filling = fill(world, people[:8])
        filling.run()
        filling.audience(people[1:])
        assert filling.run()["state"] == RunState.COMPLETED

    def test_nobody_left_is_always_held_where_the_group_would_be_emptied(self, world: UploadWorld) -> None:
        people = world.crowd(3)
        filling = fill(world, people, most_change=0)
        filling.run()
        filling.audience([])
        row = filling.run()
        assert row["state"] == RunState.HELD
        assert "take everybody out of the group" in row["reason"]
        assert filling.ids == sorted(people)
        filling.approve(row["id"])
        assert filling.attempt(row["id"])["state"] == RunState.COMPLETED
        assert filling.members == []

    def test_what_was_approved_for_another_reason_is_held_again(self, world: UploadWorld) -> None:
        filling = fill(world, [])
        run_id = filling.run()["id"]
        with world.of.services.database.write() as connection:
            upload_terms.hold(connection, run_id, HeldFor.MOVED, 9)
        filling.approve(run_id)
        assert filling.attempt(run_id)["state"] == RunState.HELD


class TestRowsThatGetLost:
    @pytest.mark.parametrize("identifier", Identifier)
    def test_they_are_sent_once_more(self, world: UploadWorld, identifier: Identifier) -> None:
        filling = fill(world, world.crowd(7), identifier=identifier)
        world.of.bad_day(lose_rows=[{"every": 2, "times": 3}])
        row = filling.run()
        assert (row["state"], row["closes"]) == (RunState.COMPLETED, 1)
        assert len(filling.members) == 7
        assert filling.chunks(row["id"])[-1] == ("done", 2, 2)

    def test_who_is_missing_even_then_was_rejected_and_can_be_tried_again(self, world: UploadWorld) -> None:
        filling = fill(world, world.crowd(6))
        world.of.bad_day(lose_rows=[{"every": 3, "times": -1}])
        row = filling.run()
        assert (row["state"], row["closes"]) == (RunState.COMPLETED, 1)
        world.of.bad_day(lose_rows=[{"every": 1, "times": -1}])
        again = filling.run()
        assert again["state"] == RunState.COMPLETED_WITH_ERRORS
        assert filling.uploaded(again["id"]) == Uploaded(good=0, rejected=6)
        with world.of.services.database.read() as connection:
            refused = audiences.rows(connection, again["id"], RowsWanted(refused=True))
        assert {found["refusal"] for found in refused} == {"Real Magnet did not take this row"}
        world.of.bad_day(lose_rows=[])
        retried = filling.run(trigger=Trigger.RETRY, about_run=again["id"])
        assert (retried["state"], retried["reason"]) == (RunState.COMPLETED, "")
        assert len(filling.members) == 6
        assert [upload["replace"] for upload in filling.uploads[-2:]] == [False, False]


def test_strangers_in_a_replaced_group_are_told_of(world: UploadWorld) -> None:
    filling = fill(world, world.crowd(5))

    def somebody_else_uploads(point: str) -> None:
        if point == "upload done":
            filling.put_in("stranger@example.org")

    row = filling.run(somebody_else_uploads)
    assert (row["state"], row["closes"]) == (RunState.COMPLETED_WITH_ERRORS, 0)
    assert "1 person is in the group who does not belong to the audience" in row["note"]
    assert len(filling.members) == 6


def test_an_upload_that_came_to_nothing_fails_the_run_in_real_magnets_words(world: UploadWorld) -> None:
    contact = (*DEFAULT_CONTACT, Pair("Nickname", "FirstName"))
    filling = fill(world, world.crowd(4), contact=contact)
    row = filling.run()
    assert row["state"] == RunState.FAILED
    assert row["reason"].startswith("Real Magnet did not take the upload: ")
    assert "Nickname" in row["reason"]
    assert filling.chunks(row["id"]) == [("refused", 3, 0), ("waiting", 1, 0)]


def test_a_job_that_was_given_another_group_meanwhile_fills_neither(world: UploadWorld) -> None:
    filling, other = fill(world, world.crowd(1)), world.group()
    run_id = filling.claim()
    filling.change(world.definition(filling.source, other))
    row = filling.attempt(run_id)
    assert (row["state"], filling.uploads) == (RunState.FAILED, [])
    assert "another group" in row["reason"]


def test_a_job_that_is_changed_while_it_runs_goes_on_as_it_began(world: UploadWorld) -> None:
    filling = fill(world, world.crowd(5))
    run_id = filling.claim()
    filling.attempt(run_id, crash_at("upload done"))
    turned = tuple(reversed(DEFAULT_CONTACT))
    filling.change(world.definition(filling.source, filling.group, contact=turned, how=How.ADD))
    assert filling.attempt(run_id)["state"] == RunState.COMPLETED
    assert {member["fields"]["LastName"] for member in filling.members} == {"Example"}
