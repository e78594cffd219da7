"""Rejected rows are tried again as their people are now: nobody gets in by what was true when they were rejected."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text

from connector.model.audience import Reason, Rule, Source, SourceKind
from connector.model.runs import RunState, Trigger
from connector.model.uploads import Pair
from tests.connector.uploads.filling import Filling, fill
from tests.connector.uploads.world import UploadWorld


def rejected(world: UploadWorld, people: Sequence[str], **changes: Any) -> tuple[Filling, int]:
    """A run of which Real Magnet took no row, and its group."""
    filling = fill(world, people, **changes)
    world.of.bad_day(lose_rows=[{"every": 1, "times": -1}])
    row = filling.run()
    assert (row["state"], filling.members) == (RunState.COMPLETED_WITH_ERRORS, [])
    world.of.bad_day(lose_rows=[])
    return filling, row["id"]


def test_who_opted_out_or_is_gone_since_stays_out_and_addresses_are_todays(world: UploadWorld) -> None:
    out, gone, moved, shared, same = people = world.crowd(5)
    filling, run_id = rejected(world, people)
    world.change("Contact", out, HasOptedOutOfEmail=True)
    world.of.delete(gone)
    world.change("Contact", moved, Email="new.address@example.org")
    world.change("Contact", shared, Email="shared.desk@example.org")
    world.person("Shared.Desk@example.org", "Lead", HasOptedOutOfEmail=True)
    row = filling.run(trigger=Trigger.RETRY, about_run=run_id)
    assert (row["state"], row["reason"]) == (RunState.COMPLETED, "")
    assert row["note"].startswith(f"Read by the Salesforce ids of what Run {run_id} rejected")
    assert filling.ids == sorted([moved, same])
    assert "new.address@example.org" in {member["email"] for member in filling.members}
    found = world.audience(row["id"])
    assert found.why(out) == (Reason.OPTED_OUT, "")
    assert found.why(gone) == (Reason.DELETED, "deleted in Salesforce")
    assert found.why(shared) == (Reason.OPTED_OUT, "another record with this address opted out")
    assert found.moved is None


def test_nobody_left_is_no_failure_and_leaves_the_group_alone(world: UploadWorld) -> None:
    (out,) = world.crowd(1)
    filling, run_id = rejected(world, [out])
    filling.put_in("stays@example.org")
    world.change("Contact", out, HasOptedOutOfEmail=True)
    row = filling.run(trigger=Trigger.RETRY, about_run=run_id)
    assert (row["state"], len(filling.members)) == (RunState.COMPLETED, 1)


def test_the_job_is_asked_what_it_says_today(world: UploadWorld) -> None:
    people = world.crowd(2)
    filling, run_id = rejected(world, people, rules=frozenset(Rule) - {Rule.OPTED_OUT})
    world.change("Contact", people[0], HasOptedOutOfEmail=True, Title="Dr")
    by_title = (Pair("Custom_Member_Id", "Id"), Pair("Email", "Email"), Pair("custom1", "Title"))
    filling.change(world.definition(filling.source, filling.group, contact=by_title))
    filling.run(trigger=Trigger.RETRY, about_run=run_id)
    assert filling.ids == [people[1]]
    assert not filling.uploads[-1]["replace"]


@pytest.mark.parametrize("kind", ["Contact", "Lead"])
def test_a_job_of_one_kind_needs_no_sight_of_the_other(world: UploadWorld, kind: str) -> None:
    person = world.person(f"only.{kind}@example.org", kind, Title=f"Only {kind}")
    filling = fill(world, [])
    filling.source = Source(SourceKind.QUERY, soql=f"SELECT Id FROM {kind} WHERE Title = 'Only {kind}'")  # noqa: S608  # ours
    filling.change(world.definition(filling.source, filling.group))
    world.of.bad_day(lose_rows=[{"every": 1, "times": -1}])
    run_id = filling.run()["id"]
    world.of.bad_day(lose_rows=[])
    world.hide("Lead" if kind == "Contact" else "Contact", "HasOptedOutOfEmail")
    assert filling.run(trigger=Trigger.RETRY, about_run=run_id)["state"] == RunState.COMPLETED
    assert filling.ids == [person]


def test_a_row_without_an_id_says_that_it_cannot_be_tried_again(world: UploadWorld) -> None:
    people = world.crowd(2)
    filling, run_id = rejected(world, people)
    with world.of.services.database.write() as connection:
        lost = text("UPDATE audience SET person_id = '' WHERE run_id = :run AND person_id = :person")
        connection.execute(lost, {"run": run_id, "person": people[0]})
    row = filling.run(trigger=Trigger.RETRY, about_run=run_id)
    assert filling.ids == [people[1]]
    assert world.audience(row["id"]).why("") == (
        Reason.NOBODY,
        "this row has no Salesforce id, so it cannot be tried again",
    )


def test_people_of_another_source_are_none_of_the_jobs_any_more(world: UploadWorld) -> None:
    filling, run_id = rejected(world, world.crowd(2))
    filling.change(world.definition(world.campaign(world.crowd(1)), filling.group))
    row = filling.run(trigger=Trigger.RETRY, about_run=run_id)
    assert (row["state"], filling.members) == (RunState.FAILED, [])
    assert row["reason"] == "This upload job was given another source or another group since that run."
