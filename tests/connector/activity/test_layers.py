"""Facts and placements are two layers: a second object needs a layout and nothing else."""

import sys
from collections import Counter
from pathlib import Path

import pytest

from connector.activity.history import HISTORY, Layout
from sandbox.realmagnet.account import HOUR
from sandbox.salesforce.org import Org
from tests.connector.activity.crowd import furnish
from tests.connector.activity.summary import OBJECT, SUMMARY, metadata
from tests.connector.activity.test_stopping import At, CrashedError
from tests.connector.activity.world import World


@pytest.fixture
def org(tmp_path: Path) -> Org:
    return Org(tmp_path / "salesforce", metadata(tmp_path / "metadata"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


def use(monkeypatch: pytest.MonkeyPatch, *layouts: Layout) -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith("connector.activity.") and hasattr(module, "LAYOUTS"):
            monkeypatch.setattr(module, "LAYOUTS", layouts)


@pytest.fixture(autouse=True)
def _two_layouts(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, HISTORY, SUMMARY)


def sums(world: World) -> Counter[tuple[str, str, str]]:
    """(Message, group, person) → the number that its summary row tells."""
    rows = world.rows(OBJECT)
    keys = [(r["Message_Id__c"], r["Activity_Group__c"], r["Contact__c"] or r["Lead__c"]) for r in rows]
    assert len(set(keys)) == len(keys)
    return Counter(dict(zip(keys, (int(row["Count__c"]) for row in rows), strict=True)))


def naive_sums(world: World) -> Counter[tuple[str, str, str]]:
    found = ((str(event[0]), group, person) for event, (group, person, _) in world.naive().rows.items())
    return Counter(key for key in found if key[1] in {"Sent", "Opened"})


class TestSummary:
    def test_many_facts_make_one_row_beside_their_rows_in_the_history(self, world: World) -> None:
        furnish(world)
        done = world.night()
        assert sums(world) == naive_sums(world)
        assert max(sums(world).values()) > 1
        assert world.standing() == world.naive().by_group()
        assert done.closes
        assert done.clean

    def test_alone_it_stands_for_its_facts_and_the_others_are_live(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        use(monkeypatch, SUMMARY)
        furnish(world)
        done = world.night()
        assert sums(world) == naive_sums(world)
        assert world.rows() == []
        decisions = dict(
            world.sql("SELECT decision, count(*) FROM facts WHERE decision <> 'unmatched' GROUP BY decision")
        )
        assert decisions["placed"] == sum(naive_sums(world).values())
        assert decisions["live"] == sum(world.naive().by_group().values()) - decisions["placed"]
        assert done.closes

    def test_what_comes_later_changes_the_row_in_place(self, world: World) -> None:
        person = world.person("ada@example.org")
        message, who = world.message(), world.recipient("ada@example.org", person)
        world.open(message, who, world.now - 3 * HOUR)
        world.night()
        (before,) = world.rows(OBJECT)
        world.open(message, who, world.now - HOUR)
        done = world.night()
        (after,) = world.rows(OBJECT)
        assert (before["Count__c"], after["Count__c"]) == (1, 2)
        assert (after["Id"], after["First__c"]) == (before["Id"], before["First__c"])
        assert after["Last__c"] > before["Last__c"]
        assert done.closes

    def test_a_quiet_night_touches_neither(self, world: World) -> None:
        furnish(world)
        world.night()
        before = world.rows(OBJECT)
        done = world.night()
        assert done.of("Written") == {}
        assert world.rows(OBJECT) == before

    def test_day_after_day_both_tell_the_same(self, world: World) -> None:
        furnish(world, 5)
        for _ in range(3):
            assert world.night().closes
            assert sums(world) == naive_sums(world)
            world.later(20)

    @pytest.mark.parametrize("point", ["row set committed", "upload complete", "collections answered"])
    def test_a_crash_between_the_two_objects_loses_neither(self, world: World, point: str) -> None:
        furnish(world)
        run_id = world.begin()
        with pytest.raises(CrashedError):
            world.work(run_id, At(point, CrashedError))
        assert world.work(run_id)
        assert sums(world) == naive_sums(world)
        assert world.standing() == world.naive().by_group()
        assert world.done(run_id).closes

    def test_a_row_deleted_behind_our_back_shows_whichever_object_it_is_in(self, world: World) -> None:
        furnish(world)
        world.night()
        world.delete(world.rows(OBJECT)[0]["Id"])
        assert not world.night().closes
