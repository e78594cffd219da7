"""A link that Real Magnet calls otherwise than before: every row that tells of it says its new name."""

from tests.connector.activity.world import ACTIVITY, HOUR, World


def test_a_link_that_is_renamed_is_renamed_in_salesforce(world: World) -> None:
    message = world.message(urls=("https://example.org/a", "https://example.org/b"))
    people = [world.recipient(f"reader{number}@example.org") for number in range(3)]
    for number, who in enumerate(people):
        world.person(f"reader{number}@example.org")
        world.send(message, who, world.now - 20 * HOUR)
    for who, place in ((people[0], 0), (people[1], 0), (people[1], 1)):
        world.click(message, who, world.now - 19 * HOUR, place)
    assert world.night().closes
    assert _labels(world) == ["Label 0", "Label 0", "Label 1"]
    with world.account.transaction() as connection:
        connection.execute("UPDATE link SET label = 'Register' WHERE label = 'Label 0'")
    world.click(message, people[2], world.now - HOUR, 0)
    done = world.night()
    assert _labels(world) == ["Label 1", "Register", "Register", "Register"]
    assert done.of("Written") == {"Clicked": 3}, "the other link's row is left alone"


def _labels(world: World) -> list[str]:
    rows = world.rows(ACTIVITY, "Activity_Group__c = 'Clicked'")
    return sorted(str(row["Link_Label__c"]) for row in rows)
