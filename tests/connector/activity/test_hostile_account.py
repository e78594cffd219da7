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


@pytest.mark.parametrize("written", ["' OR Id != '", "\\", "²", "9" * 20, "٣", "line\nend"])
def test_what_people_write_into_salesforce_stops_no_night(
    world: World, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.setattr("connector.activity.reconcile.PAGE", 1)
    world.person("ada@example.org")
    who = world.recipient("ada@example.org")
    for _ in range(3):
        world.open(world.message(), who, world.now - HOUR)
    assert not world.night().closes  # an answer of one group holds no message whole
    with world.org.database.writing() as connection:
        connection.execute("UPDATE Real_Magnet_Activity__c SET Message_Id__c = ?", (written,))
    assert not world.night().closes


def test_more_groups_of_one_message_than_an_answer_holds_do_not_ask_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.activity.reconcile.PAGE", 2)
    world.person("ada@example.org")
    message, who = world.message(), world.recipient("ada@example.org")
    for hours in range(1, 6):
        world.open(message, who, world.now - hours * HOUR)
    assert world.night().closes
    with world.org.database.writing() as connection:
        connection.execute(
            "UPDATE Real_Magnet_Activity__c SET Activity_Group__c = 'Group ' || row || :x", {"x": "x" * 90}
        )
    assert not world.night().closes
