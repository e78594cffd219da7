"""What an account of Real Magnet says is only ever a value: it makes no row, moves no row and stops no night."""

import pytest

from sandbox.realmagnet.account import HOUR
from tests.connector.activity.world import World

KEY = "f" * 32


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("end", ["\r", "\r\n", "\n", "\n\r", "\r\r"])
@pytest.mark.parametrize("rest", [KEY, f"{KEY},003000000000001AAA,,Opened,Opened,E-mail,,Forged,1,,,,,1"])
def test_a_line_end_inside_a_name_makes_no_row_of_its_own(world: World, end: str, rest: str) -> None:
    world.person("ada@example.org")
    world.open(world.message(f"News{end}{rest}{end}"), world.recipient("ada@example.org"), world.now - HOUR)
    assert world.night().closes
    (row,) = world.rows()
    assert row["External_Key__c"] != KEY
    assert "".join(row["Message_Name__c"].split()) == f"News{rest}"
    assert "\r" not in row["Message_Name__c"]
