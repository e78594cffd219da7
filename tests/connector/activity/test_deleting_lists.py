"""What a deletion and its restore leave of Version 1's lists: figures that stay true, and rows that find each other."""

import pytest

from connector.activity.deleting import run_deletion
from connector.model.activity import COLLECTED, ActivityGroup, Mode
from connector.model.lists import SummaryList
from connector.model.runs import deletion_of
from connector.model.scope import Scope
from connector.model.storage import everything
from connector.store import choices, deletion_scopes
from sandbox.salesforce.lifecycle import merge
from tests.connector.activity.deleting_story import Crash, crowd, delete, end, night_of, order, restore, standing, write
from tests.connector.activity.test_lists import EMAIL, MESSAGE, keep
from tests.connector.activity.world import ACTIVITY, MINUTE, World


def test_a_message_counts_what_a_deleted_person_does_later(world: World) -> None:
    keep(world, Mode.SUMMARY)
    message = crowd(world, 2)
    world.night()
    who, person = world.sql("SELECT recipient_id, person_id FROM matches ORDER BY recipient_id LIMIT 1")[0]
    delete(world, Scope(person_id=person))
    world.open(message, who, world.now - MINUTE)
    assert world.night().closes
    (row,) = world.rows(MESSAGE)
    assert int(row["Opened_Total__c"]) == 3
    assert [r["Contact__c"] for r in world.rows(EMAIL)] != [person]
    assert len(world.rows(EMAIL)) == 1


def test_into_whom_a_deleted_person_is_merged_keeps_what_is_theirs(world: World) -> None:
    keep(world, Mode.HISTORY)
    message = crowd(world, 2)
    world.night()
    (_gone, person), (who, heir) = world.sql("SELECT recipient_id, person_id FROM matches ORDER BY recipient_id")
    delete(world, Scope(person_id=person))
    merge(world.org, heir, person)
    world.night()
    before = len(world.rows())
    world.open(message, who, world.now - MINUTE)
    assert world.night().closes
    assert len(world.rows()) == before + 1
    assert {row["Contact__c"] for row in world.rows()} == {heir}


def test_what_was_gone_before_a_crash_comes_back_by_a_restore(world: World) -> None:
    message = crowd(world, 2)
    world.night()
    before, number = standing(world), order(world, Scope(message_id=message))

    def die(point: str) -> None:
        if point == "collections answered":
            raise Crash

    with pytest.raises(Crash), night_of(world, deletion_of(number), die) as night:
        run_deletion(night, number)
    end(world, deletion_of(number))
    assert standing(world) == set()
    restore(world, number)
    assert standing(world) == before
    assert world.night().closes


def test_lists_point_to_a_message_that_came_back(world: World) -> None:
    keep(world, Mode.SUMMARY)
    crowd(world, 2)
    world.night()
    number = delete(world, Scope(activity_group=SummaryList.MESSAGES))
    assert world.rows(MESSAGE) == []
    restore(world, number)
    (message,) = world.rows(MESSAGE)
    assert [row["Message__c"] for row in world.rows(EMAIL)] == [message["Id"]] * 2
    assert world.night().closes


def test_a_list_stops_counting_a_kind_that_is_kept_elsewhere_from_now_on(world: World) -> None:
    keep(world, Mode.SUMMARY)
    crowd(world, 2)
    world.night()
    modes = dict.fromkeys(COLLECTED, Mode.SUMMARY) | {ActivityGroup.OPENED: Mode.HISTORY}
    with world.services.database.write() as connection:
        choices.choose(connection, world.org_id, COLLECTED, modes)
    write(world)
    assert [(int(r["Sent_Count__c"]), int(r["Opened_Count__c"])) for r in world.rows(EMAIL)] == [(1, 0)] * 2
    with world.services.database.write() as connection:
        choices.choose(connection, world.org_id, [], modes)
    assert world.night().closes
    assert world.sql("SELECT DISTINCT state FROM placements") == [("written",)]


def test_rows_of_a_list_that_are_older_than_a_day_are_no_rule_for_what_comes_later() -> None:
    assert not deletion_scopes.is_rule(Scope(activity_group=SummaryList.EMAIL_TRACKING, before_at=1))
    assert deletion_scopes.is_rule(Scope(activity_group=ActivityGroup.SENT, before_at=1))


def test_a_restore_brings_nothing_into_a_list_that_was_given_up_meanwhile(world: World) -> None:
    keep(world, Mode.BOTH)
    message = crowd(world, 2)
    world.night()
    number = delete(world, Scope(message_id=message))
    keep(world, Mode.SUMMARY)
    restore(world, number)
    assert (len(world.rows(EMAIL)), world.rows(ACTIVITY)) == (2, [])
    with world.services.database.write() as connection:
        choices.choose(connection, world.org_id, COLLECTED, everything())
        choices.fill(connection, world.org_id, COLLECTED)
    write(world)
    assert len(world.rows(ACTIVITY)) == 4
