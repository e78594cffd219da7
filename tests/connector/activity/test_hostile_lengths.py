"""Texts of a length that nobody expects are cut where they are kept: on either database a night goes through."""

import random
import string

import pytest

from sandbox.realmagnet.account import HOUR
from tests.connector.activity.world import World


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Both databases."""
    return str(request.getfixturevalue(f"{request.param}_url"))


def noise(length: int) -> str:
    """Letters that nothing makes shorter."""
    return "".join(random.Random(length).choices(string.ascii_letters + string.digits, k=length))


def test_a_night_takes_texts_of_any_length(world: World) -> None:
    address = f"{'a' * 40}@{'b' * 30}.example.org"
    world.person(address)
    who = world.recipient(address, noise(300))
    world.recipient(f"{noise(400)}@example.org")
    urls = tuple(f"https://example.org/{noise(length)}" for length in (1_990, 2_600, 6_000, 6_001))
    message = world.message(noise(400), urls=urls)
    for place in range(len(urls)):
        world.click(message, who, world.now - HOUR, place)
    world.open(message, who, world.now - HOUR)
    assert world.night().closes
    assert sorted(len(str(row["Link_URL__c"] or "")) for row in world.rows()) == [0, 2_000, 2_000, 2_000, 2_000]
    assert {len(row["Message_Name__c"]) for row in world.rows()} == {255}
    assert world.night().closes
    assert len(world.rows()) == 5


def test_two_long_addresses_of_one_message_stay_two(world: World) -> None:
    world.person("ada@example.org")
    who = world.recipient("ada@example.org")
    same = f"https://example.org/{noise(4_000)}"
    message = world.message(urls=(f"{same}?one", f"{same}?two"))
    for place in range(2):
        world.click(message, who, world.now - HOUR, place)
    assert world.night().closes
    assert len(world.rows()) == 2
    assert world.night().closes
    assert len(world.rows()) == 2


def test_a_null_byte_in_a_text_stops_no_night(world: World) -> None:
    world.person("ada@example.org")
    world.open(world.message("one\0two"), world.recipient("ada@example.org", "\0"), world.now - HOUR)
    assert world.night().closes
    assert [row["Message_Name__c"] for row in world.rows()] == ["one\ufffdtwo"]
