"""What Salesforce refuses, cannot lock, never comes to, hides or loses, and what becomes of it."""

from typing import Any

import pytest

from connector.errors import ConnectorError
from sandbox.realmagnet.account import HOUR
from sandbox.salesforce.lifecycle import convert
from sandbox.salesforce.removal import undelete
from tests.connector.activity.crowd import furnish, mail
from tests.connector.activity.world import ACTIVITY, World


def rejected(world: World) -> list[tuple[str, str]]:
    return [
        (str(code), str(reason))
        for code, reason in world.sql("SELECT code, reason FROM placements WHERE org_id = :org AND state = 'rejected'")
    ]


class TestRefusals:
    @pytest.mark.usefixtures("way")
    def test_a_refused_row_is_rejected_with_salesforces_own_code_and_the_others_stand(self, world: World) -> None:
        people = mail(world)

        def delete_two(point: str) -> None:
            if point == "decided":
                world.delete(*people[:2])

        done = world.night(delete_two)
        assert done.of("Rejected") == {"Sent": 2}
        assert done.of("Written") == {"Sent": 4}
        assert {code for code, _reason in rejected(world)} == {"ENTITY_IS_DELETED"}
        assert all("deleted" in reason for _code, reason in rejected(world))
        assert done.closes
        assert not done.clean

    @pytest.mark.usefixtures("way")
    def test_the_next_night_tries_again(self, world: World) -> None:
        people = mail(world)
        world.night(lambda point: world.delete(people[0]) if point == "decided" else None)
        undelete(world.org, people[0])
        done = world.night()
        assert done.of("Written") == {"Sent": 1}
        assert done.of("Rejected") == {}
        assert done.clean
        assert done.closes
        assert sorted(row["Contact__c"] for row in world.rows()) == sorted(people)

    @pytest.mark.usefixtures("way")
    def test_a_lead_that_is_converted_while_we_write_follows_the_next_night(self, world: World) -> None:
        lead = world.person("ada@example.org", "Lead")
        world.open(world.message(), world.recipient("x@example.net", lead), world.now - HOUR)
        done = world.night(lambda point: convert(world.org, lead) and None if point == "decided" else None)
        assert done.of("Rejected") == {"Opened": 1}
        done = world.night()
        assert done.of("Written") == {"Opened": 1}
        assert world.rows()[0]["Contact__c"]


class TestLocks:
    @pytest.mark.usefixtures("by_bulk")
    def test_rows_that_could_not_be_locked_are_sent_again_and_written(self, world: World) -> None:
        mail(world, 30)
        world.switches.set("lock_storm", times=45)  # all thirty once, and half of them again
        done = world.night()
        assert done.of("Written") == {"Sent": 30}
        assert done.clean
        assert done.closes
        assert world.switches.calls()["POST /services/data/jobs/ingest"] == 3

    @pytest.mark.usefixtures("by_bulk")
    def test_a_lock_that_never_opens_is_rejected_at_last(self, world: World) -> None:
        mail(world, 3)
        world.switches.set("lock_storm", times=None)
        done = world.night()
        assert done.of("Rejected") == {"Sent": 3}
        assert {code for code, _reason in rejected(world)} == {"UNABLE_TO_LOCK_ROW"}
        world.switches.clear()
        assert world.night().of("Written") == {"Sent": 3}


class TestBulkJobs:
    @pytest.mark.usefixtures("by_bulk")
    def test_one_that_fails_half_way_is_finished_by_another(self, world: World) -> None:
        mail(world, 40)
        world.switches.set("bulk_fails_half_way")
        done = world.night()
        assert done.of("Written") == {"Sent": 40}
        assert done.closes
        assert world.standing() == {"Sent": 40}
        assert world.switches.calls()["POST /services/data/jobs/ingest"] == 2

    @pytest.mark.parametrize("kind", ["cut_response", "unavailable", "too_many", "server_error"])
    @pytest.mark.parametrize("path", ["successfulResults", "failedResults", "jobs/ingest/[^/]+$", "batches"])
    @pytest.mark.usefixtures("by_bulk")
    def test_passing_trouble_on_the_way_changes_nothing(self, world: World, kind: str, path: str) -> None:
        mail(world, 12)
        world.switches.set(kind, path=path, seconds=0.0, times=2)
        done = world.night()
        assert done.of("Written") == {"Sent": 12}
        assert done.closes
        assert world.standing() == {"Sent": 12}

    @pytest.mark.usefixtures("by_bulk")
    def test_a_token_that_ends_in_mid_run_is_renewed(self, world: World) -> None:
        mail(world, 12)
        world.switches.set("unauthorized", path="batches")
        assert world.night().closes
        assert world.standing() == {"Sent": 12}


class TestWhatIsMissing:
    @pytest.mark.usefixtures("by_bulk")
    def test_a_hidden_field_fails_the_run_and_is_named(self, world: World) -> None:
        mail(world)
        world.org.hide_field(ACTIVITY, "Activity_Date__c")
        with pytest.raises(ConnectorError, match="Activity_Date__c") as trouble:
            world.night()
        assert trouble.value.advice
        assert world.rows() == []
        world.org.hide_field(ACTIVITY, "Activity_Date__c", hidden=False)
        done = world.night()
        assert done.of("Written") == {"Sent": 6}
        assert done.closes

    def test_of_a_few_rows_each_names_a_field_hidden_while_the_night_is_under_way(self, world: World) -> None:
        mail(world)

        def hide(point: str) -> None:
            if point == "people indexed":
                world.org.hide_field(ACTIVITY, "Activity_Date__c")

        assert world.night(hide).of("Rejected") == {"Sent": 6}
        assert all("Activity_Date__c" in reason for _code, reason in rejected(world))

    @pytest.mark.usefixtures("way")
    def test_a_missing_object_fails_the_run_and_is_named(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        mail(world)
        find = world.org.schema.find
        monkeypatch.setattr(world.org.schema, "find", lambda name: None if name == ACTIVITY else find(name))
        with pytest.raises(ConnectorError, match=ACTIVITY):
            world.night()


class TestBehindOurBack:
    def test_a_row_deleted_in_salesforce_keeps_the_books_open(self, world: World) -> None:
        furnish(world)
        world.night()
        victim: dict[str, Any] = next(row for row in world.rows() if row["Activity_Group__c"] == "Opened")
        world.delete(victim["Id"])
        done = world.night()
        assert not done.closes
        lines = world.sql(
            "SELECT message_id, activity_group, expected - salesforce FROM reconciliations "
            "WHERE run_id = :run AND NOT closes ORDER BY message_id",
            run=done.run_id,
        )
        assert lines == [(0, "Opened", 1), (int(victim["Message_Id__c"]), "Opened", 1)]

    def test_the_books_hold_however_many_groups_salesforce_counts_at_once(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("connector.activity.reconcile.PAGE", 6)
        furnish(world)
        assert world.night().closes
        world.delete(world.rows()[-1]["Id"])
        assert not world.night().closes
