"""One decision and its reason for every fact; nothing is dropped."""

import pytest

from sandbox.realmagnet.account import HOUR
from tests.connector.activity.crowd import furnish
from tests.connector.activity.world import World

SELECT = "UPDATE kind_choices SET selected = :selected WHERE org_id = :org AND activity_group = :group"
MODE = "UPDATE kind_choices SET mode = :mode WHERE org_id = :org AND activity_group = :group"


def books(world: World, run_id: int) -> dict[str, tuple[int, ...]]:
    """Group → facts, placed, live, unmatched, held, filtered, from the run's closing sums."""
    found = world.sql(
        "SELECT activity_group, facts, placed, live, unmatched, held, filtered FROM reconciliations "
        "WHERE run_id = :run AND message_id = 0",
        run=run_id,
    )
    return {str(group): tuple(numbers) for group, *numbers in found}


class TestKinds:
    def test_a_kind_that_is_not_selected_is_filtered_and_counted(self, world: World) -> None:
        furnish(world)
        world.sql(SELECT, group="Opened", selected=False)
        expected = world.naive()
        done = world.night()
        assert (
            done.of("Filtered")["Opened"]
            == world.sql("SELECT count(*) FROM facts WHERE org_id = :org AND activity_group = 'Opened'")[0][0]
        )
        assert world.standing() == {g: n for g, n in expected.by_group().items() if g != "Opened"}
        assert done.closes
        assert world.sql(
            "SELECT DISTINCT decision, reason FROM facts WHERE org_id = :org AND activity_group = 'Opened'"
        ) == [("filtered", "kind not selected")]

    def test_a_kind_kept_live_stores_nothing_in_salesforce(self, world: World) -> None:
        furnish(world)
        world.sql(MODE, group="Opened", mode="Live")
        done = world.night()
        facts, placed, live, unmatched, _held, _filtered = books(world, done.run_id)["Opened"]
        assert "Opened" not in world.standing()
        assert (placed, live) == (0, facts - unmatched)
        assert live > 0
        assert done.closes

    def test_deselecting_later_keeps_what_stands_and_filters_what_comes(self, world: World) -> None:
        person = world.person("ada@example.org")
        message, who = world.message(), world.recipient("ada@example.org", person)
        world.open(message, who, world.now - 2 * HOUR)
        world.night()
        world.sql(SELECT, group="Opened", selected=False)
        world.open(message, who, world.now - HOUR)
        done = world.night()
        assert world.standing() == {"Opened": 1}
        assert done.of("Filtered") == {"Opened": 1}
        assert books(world, done.run_id)["Opened"] == (2, 1, 0, 0, 0, 1)
        assert done.closes


class TestSums:
    @pytest.mark.parametrize("seed", [3, 4])
    def test_every_fact_has_one_decision(self, world: World, seed: int) -> None:
        furnish(world, seed)
        world.sql(SELECT, group="Clicked", selected=False)
        world.sql(MODE, group="Fax Sent", mode="Live")
        done = world.night()
        for facts, *decided in books(world, done.run_id).values():
            assert facts == sum(decided)
        assert world.sql("SELECT count(*) FROM facts WHERE org_id = :org AND decision IS NULL") == [(0,)]

    def test_all_facts_are_decided_however_many_go_into_one_transaction(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("connector.activity.decide.CHUNK", 7)
        furnish(world)
        done = world.night()
        assert done.of("Written") == world.naive().by_group()
        assert done.closes

    def test_another_orgs_facts_are_left_alone(self, world: World) -> None:
        world.sql("INSERT INTO orgs (salesforce_id, name, consumer_secret, created_at) VALUES ('00D0', 'Other', '', 0)")
        ((other,),) = world.sql("SELECT id FROM orgs WHERE salesforce_id = '00D0'")
        world.sql(
            "INSERT INTO facts (org_id, key, message_id, recipient_id, activity_group, activity, occurred_at, "
            "changed_run) VALUES (:other, 'k', 1, 1, 'Sent', 'Delivered', 1, 1)",
            other=other,
        )
        furnish(world)
        assert world.night().closes
        assert world.sql("SELECT decision FROM facts WHERE org_id = :other", other=other) == [(None,)]
