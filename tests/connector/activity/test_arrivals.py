"""What other programs sent is matched, decided and written like anything that Real Magnet reports."""

import json
from typing import Any

from connector.intake import landing, rows
from connector.intake.landing import Landed
from connector.store.intake import Batch
from tests.connector.activity.world import World


def send(world: World, *told: dict[str, Any]) -> Landed:
    body = "\n".join(json.dumps({"at": "2026-03-11T14:30:00Z", **one}) for one in told).encode()
    return landing.land(world.services.database, world.org_id, body, rows.JSON_LINES, Batch("Program", 0, 0, ()))


SMS = {"kind": "SMS Sent", "activity": "SMS Sent", "message": "Reminder"}


def test_each_channel_finds_its_person_by_what_it_knows(world: World) -> None:
    by_phone = world.person("", MobilePhone="(202) 555-0100")
    by_address = world.person("guest@example.org", kind="Lead")
    by_id = world.person("")
    send(
        world,
        {"id": "1", **SMS, "phone": "+12025550100"},
        {"id": "2", "kind": "Event Signup", "message": "Gala", "email": "Guest@Example.org"},
        {"id": "3", "kind": "Survey Submission", "message": "How was it?", "salesforce_id": by_id[:15]},
        {"id": "4", **SMS, "phone": "+12025550199"},
    )
    done = world.night()
    assert done.closes
    found = {
        (row["Contact__c"] or row["Lead__c"], row["Activity_Group__c"], row["Message_Name__c"], row["Channel__c"])
        for row in world.rows()
    }
    assert found == {
        (by_phone, "SMS Sent", "Reminder", "SMS"),
        (by_address, "Event Signup", "Gala", "Event"),
        (by_id, "Survey Submission", "How was it?", "Survey"),
    }
    assert done.of("Unmatched") == {"SMS Sent": 1}


def test_a_number_that_somebody_gets_later_is_found_then(world: World) -> None:
    send(world, {"id": "1", **SMS, "phone": "+12025550100"})
    assert world.night().of("Unmatched") == {"SMS Sent": 1}
    world.later(24)
    person = world.person("", Phone="202-555-0100")
    assert world.night().closes
    assert [row["Contact__c"] for row in world.rows()] == [person]


def test_sent_again_nothing_is_written_twice_and_news_change_the_row(world: World) -> None:
    world.person("", MobilePhone="2025550100")
    told = {"id": "1", **SMS, "phone": "+12025550100"}
    send(world, told)
    world.night()
    send(world, told)
    assert world.night().of("Written") == {}
    send(world, {**told, "activity": "STOP From Phone Number"})
    assert world.night().of("Written") == {"SMS Sent": 1}
    assert [row["Activity__c"] for row in world.rows()] == ["STOP From Phone Number"]


def test_an_unsubscribe_keeps_the_channel_that_it_is_of(world: World) -> None:
    world.person("", MobilePhone="2025550100")
    early = send(world, {"id": "1", "kind": "Unsubscribed", "phone": "+12025550100", "channel": "sms"})
    assert "after the first night" in early.answers[0].reason
    world.night()
    send(world, {"id": "1", "kind": "Unsubscribed", "phone": "+12025550100", "channel": "sms"})
    world.night()
    assert [(row["Activity_Group__c"], row["Channel__c"]) for row in world.rows()] == [("Unsubscribed", "SMS")]
