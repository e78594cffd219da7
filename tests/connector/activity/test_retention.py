"""Rows of History that are kept no longer go from Salesforce and stay out; sums and totals stay as they are."""

from connector.activity.deleting import run_deletion
from connector.model.activity import COLLECTED
from connector.model.lists import OBJECTS
from connector.model.runs import RunKind, deletion_of
from connector.model.storage import everything
from connector.store import budget_retention, choices
from connector.store.budget_retention import Due
from tests.connector.activity.deleting_story import crowd, end, night_of, standing, standing_of
from tests.connector.activity.world import World

DAY = 24


def summed(world: World) -> dict[str, list[dict[str, object]]]:
    """Every row of the lists that sum up, with its figures."""
    return {
        name: [{k: v for k, v in row.items() if k != "row"} for row in world.rows(name)] for name in OBJECTS.values()
    }


def tidy(world: World) -> list[Due]:
    """What the tick and its worker do; answers which orgs were due."""
    with world.services.database.read() as connection:
        due = budget_retention.due(connection)
    for one in due:
        for claim in budget_retention.begin(world.services.database, one):
            assert claim.kind is RunKind.DELETION
            number = int(world.sql("SELECT subject_id FROM runs WHERE id = :id", id=claim.run_id)[0][0])
            with night_of(world, deletion_of(number)) as night:
                assert run_deletion(night, number)
            end(world, deletion_of(number))
    return due


def test_old_rows_go_once_a_day_and_no_sum_ever_falls(world: World) -> None:
    database = world.services.database
    with database.write() as connection:
        choices.choose(connection, world.org_id, {str(group) for group in COLLECTED}, everything())
    old = crowd(world, 3)
    world.night()
    world.later(40 * DAY)
    new = crowd(world, 3, "Second")
    assert world.night().closes
    before = summed(world)
    assert tidy(world) == []  # everything is kept for ever until somebody says otherwise

    with database.write() as connection:
        kept = {"Sent": 30, "Opened": 30}
        assert budget_retention.old(connection, world.org_id, kept) == {"Sent": 3, "Opened": 3}
        budget_retention.choose(connection, world.org_id, kept)
        assert budget_retention.days(connection, world.org_id) == kept
    assert standing(world) > standing_of(world, old)
    assert len(tidy(world)) == 1
    assert standing(world) == standing_of(world, new)
    assert summed(world) == before

    world.sql("UPDATE facts SET decision = NULL WHERE org_id = :org")  # as after a change of matches
    assert world.night().closes
    assert standing(world) == standing_of(world, new)
    assert {name: len(rows) for name, rows in summed(world).items()} == {n: len(rows) for n, rows in before.items()}
    assert tidy(world) == []  # not twice a day
    world.later(21)
    assert tidy(world) == []  # not before the night
    world.night()
    assert len(tidy(world)) == 1
    assert standing(world) == standing_of(world, new)
