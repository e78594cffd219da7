"""A whole night over both vendors' real protocols, held against a count that shares no code with the product."""

from collections import Counter
from typing import Any

import pytest

from sandbox.realmagnet.account import HOUR, SECOND
from sandbox.realmagnet.kinds import EmailStatus, FaxStatus, Kind
from sandbox.salesforce.lifecycle import merge
from tests.connector.activity.crowd import furnish
from tests.connector.activity.world import MINUTE, World


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


def people_of(rows: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    """How often each person has each group, whichever lookup names the person."""
    return Counter((row["Activity_Group__c"], row["Contact__c"] or row["Lead__c"]) for row in rows)


class TestASeededCrowd:
    @pytest.mark.parametrize("seed", [1, 2])
    def test_the_first_night_writes_exactly_what_an_independent_count_says(self, world: World, seed: int) -> None:
        furnish(world, seed)
        expected = world.naive()
        assert len(expected.rows) > 200
        done = world.night()
        assert done.of("Written") == expected.by_group()
        assert sum(done.of("Unmatched").values()) == expected.unmatched
        assert people_of(world.rows()) == Counter((group, person) for group, person, _ in expected.rows.values())
        assert done.clean
        assert done.closes

    def test_a_second_night_writes_nothing(self, world: World) -> None:
        furnish(world)
        world.night()
        before = world.rows()
        done = world.night()
        assert done.of("Written") == {}
        assert done.closes
        assert world.rows() == before

    def test_a_night_that_went_well_clears_what_was_refused_before(self, world: World) -> None:
        for table in ("salesforce_connections", "realmagnet_connections"):
            world.sql(f"UPDATE {table} SET refused = 'no', checked_at = NULL WHERE org_id = :org")  # noqa: S608  # ours
        world.night()
        for table in ("salesforce_connections", "realmagnet_connections"):
            ((refused, checked_at),) = world.sql(
                f"SELECT refused, checked_at FROM {table} WHERE org_id = :org"  # noqa: S608  # ours
            )
            assert refused == ""
            assert checked_at

    def test_what_came_late_is_exactly_what_the_next_nights_write(self, world: World) -> None:
        furnish(world)
        world.night()
        for _ in range(3):
            before = world.naive()
            world.later(20)
            after = world.naive()
            assert after.since(before)
            done = world.night()
            assert done.of("Written") == after.since(before)
            assert world.standing() == after.by_group()
            assert done.closes

    def test_a_quiet_night_asks_salesforce_and_real_magnet_little(self, world: World) -> None:
        furnish(world)
        world.night()
        done = world.night()
        assert done.row["salesforce_calls"] <= 10
        assert done.row["realmagnet_calls"] <= 4 * 4 + 5


class TestOneMessage:
    def test_a_send_in_progress_becomes_delivered_in_the_same_row(self, world: World) -> None:
        person = world.person("ada@example.org")
        message, who = world.message(), world.recipient("ada@example.org")
        world.send(message, who, world.now - HOUR, result_at=world.now + HOUR)
        world.night()
        (before,) = world.rows()
        assert (before["Activity__c"], before["Contact__c"]) == ("In Progress", person)
        world.later(2)
        done = world.night()
        (after,) = world.rows()
        assert (after["Activity__c"], after["Id"]) == ("Delivered", before["Id"])
        assert done.of("Written") == {"Sent": 1}
        assert done.closes

    @pytest.mark.parametrize(
        ("status", "label"),
        [(EmailStatus.Failed, "Send Failed"), (EmailStatus.HB, "Hard Bounce"), (EmailStatus.MF, "Mailbox Full")],
    )
    def test_a_send_in_progress_that_ends_badly_changes_the_same_row(
        self, world: World, status: EmailStatus, label: str
    ) -> None:
        world.person("ada@example.org")
        message, who = world.message(), world.recipient("ada@example.org")
        world.send(message, who, world.now - HOUR, status, result_at=world.now + HOUR)
        world.night()
        (before,) = world.rows()
        world.later(2)
        assert world.night().closes
        (after,) = world.rows()
        assert (after["Activity__c"], after["Id"]) == (label, before["Id"])

    def test_a_fax_in_progress_becomes_failed_in_the_same_row(self, world: World) -> None:
        world.person("ada@example.org")
        message, who = world.message(fax=True), world.recipient("ada@example.org")
        world.fax(message, who, world.now - 30 * SECOND, FaxStatus.Failed)
        world.night()
        (before,) = world.rows()
        assert (before["Activity__c"], before["Channel__c"]) == ("In Progress", "Fax")
        world.later(2)
        assert world.night().closes
        (after,) = world.rows()
        assert (after["Activity__c"], after["Id"]) == ("Fax Failed", before["Id"])

    def test_sends_of_one_message_to_one_recipient_are_rows_of_their_own(self, world: World) -> None:
        world.person("ada@example.org")
        message, who = world.message(), world.recipient("ada@example.org")
        world.send(message, who, world.now - 9 * HOUR)
        world.send(message, who, world.now - 2 * HOUR, EmailStatus.SB)
        world.night()
        assert Counter(row["Activity__c"] for row in world.rows()) == {"Delivered": 1, "Soft Bounce": 1}

    def test_two_opens_in_one_instant_stay_two_rows(self, world: World) -> None:
        world.person("ada@example.org")
        message, who = world.message(), world.recipient("ada@example.org")
        for _ in range(2):
            world.open(message, who, world.now - HOUR)
        assert world.night().of("Written") == {"Opened": 2}
        assert world.night().of("Written") == {}
        assert world.standing() == {"Opened": 2}

    def test_an_open_that_is_read_again_keeps_its_row(self, world: World) -> None:
        world.person("ada@example.org")
        message, who = world.message(), world.recipient("ada@example.org")
        world.open(message, who, world.now - 2 * HOUR)
        world.open(message, who, world.now - HOUR)
        world.night()
        before = {row["Id"] for row in world.rows()}
        world.open(message, who, world.now - 90 * MINUTE)  # the report has three now: it is read again from the start
        assert world.night().of("Written") == {"Opened": 1}
        assert before < {row["Id"] for row in world.rows()}

    def test_a_row_says_what_happened(self, world: World) -> None:
        person = world.person("ada@example.org")
        who = world.recipient("ada@example.org")
        message = world.message("Newsletter, «first»", urls=("https://example.org/?a=1&b=%20x",))
        world.click(message, who, world.now - HOUR + 17)
        world.night()
        (row,) = world.rows()
        shown = {
            name: row[name] for name in ("Contact__c", "Lead__c", "Activity_Group__c", "Activity__c", "Channel__c")
        }
        assert shown == {
            "Contact__c": person,
            "Lead__c": None,
            "Activity_Group__c": "Clicked",
            "Activity__c": "Clicked",
            "Channel__c": "E-mail",
        }
        assert (row["Message_Name__c"], row["Message_Id__c"]) == ("Newsletter, «first»", str(message))
        assert row["Link_URL__c"] == "https://example.org/?a=1&b=%20x"
        assert (row["Link_Label__c"], row["Link_Text__c"]) == ("Label 0", "Text 0")
        assert row["Activity_Date__c"].startswith("2026-03-12T15:00:00")


class TestPeopleMoveOn:
    def test_after_a_merge_the_same_rows_follow_the_survivor(self, world: World) -> None:
        furnish(world)
        world.night()
        owner = Counter(row["Contact__c"] for row in world.rows(where="Contact__c IS NOT NULL")).most_common(1)[0][0]
        before = {row["Id"] for row in world.rows(where=f"Contact__c = '{owner}'")}
        survivor = world.person("survivor@example.org")
        merge(world.org, survivor, owner)
        standing = world.standing()
        done = world.night()
        assert {row["Id"] for row in world.rows(where=f"Contact__c = '{survivor}'")} == before
        assert world.standing() == standing
        assert done.closes

    def test_a_new_person_with_the_address_gets_what_nobody_got(self, world: World) -> None:
        message, who = world.message(), world.recipient("late@example.org")
        world.send(message, who, world.now - HOUR)
        done = world.night()
        assert done.of("Unmatched") == {"Sent": 1}
        assert world.rows() == []
        person = world.person("Late@Example.org", "Lead")
        done = world.night()
        assert done.of("Written") == {"Sent": 1}
        assert [row["Lead__c"] for row in world.rows()] == [person]
        assert done.closes

    def test_one_who_left_without_a_message_is_written_too(self, world: World) -> None:
        world.person("ada@example.org")
        world.message()
        who = world.recipient("ada@example.org")
        world.event(0, Kind.UNSUBSCRIBED, who, world.now - HOUR)
        done = world.night()
        assert done.of("Written") == {"Unsubscribed": 1}
        assert done.closes
        assert world.night().of("Written") == {}
        (row,) = world.rows()
        assert (row["Message_Id__c"], row["Activity__c"]) == (None, "Unsubscribed")
