"""Writing and settling: what Salesforce takes, refuses, cannot lock or never comes to, either way."""

import csv
from itertools import pairwise
from pathlib import Path

import pytest

from connector.salesforce.gateway import Salesforce
from connector.store.database import chunks
from sandbox.realmagnet.account import HOUR
from tests.connector.activity.crowd import furnish, mail
from tests.connector.activity.world import World

ODD = (
    "O'Brien & Sons",
    'She said "no", twice',
    "first line\nsecond line",
    "tab\tand, comma; semicolon",
    "Ωμέγα Привет 会員の皆様へ שלום مرحبا हिन्दी",
    "👩🏽‍🚀 e\u0301 \u00a0 \u200f",
    "=HYPERLINK(1)",
    "back\\slash",
    "#N/A and more",
)


@pytest.fixture
def uploads(monkeypatch: pytest.MonkeyPatch) -> list[list[dict[str, str]]]:
    """The rows of every file that was uploaded."""
    found: list[list[dict[str, str]]] = []
    upload = Salesforce.upload

    def seen(self: Salesforce, job_id: str, path: Path) -> None:
        with path.open(encoding="utf-8", newline="") as file:
            found.append(list(csv.DictReader(file)))
        upload(self, job_id, path)

    monkeypatch.setattr(Salesforce, "upload", seen)
    return found


class TestTheWay:
    def test_up_to_two_hundred_rows_go_by_collections(self, world: World) -> None:
        mail(world, 200)
        world.night()
        assert world.switches.calls().get("POST /services/data/jobs/ingest") is None
        assert world.standing() == {"Sent": 200}

    def test_more_go_by_one_bulk_job(self, world: World) -> None:
        mail(world, 201)
        world.night()
        assert world.switches.calls()["POST /services/data/jobs/ingest"] == 1
        assert not [call for call in world.switches.calls() if call.startswith("PATCH") and "composite" in call]
        assert world.standing() == {"Sent": 201}

    @pytest.mark.usefixtures("by_bulk")
    def test_rows_of_one_person_lie_together_and_in_one_file(
        self, world: World, uploads: list[list[dict[str, str]]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("connector.activity.write.FILE_BYTES", 6000)
        monkeypatch.setattr("connector.activity.write.chunks", lambda rows, _size=0: chunks(rows, 10))
        furnish(world)
        done = world.night()
        assert len(uploads) > 3
        files = [[row["Contact__c"] or row["Lead__c"] for row in rows] for rows in uploads]
        for first, second in pairwise(files):
            assert set(first).isdisjoint(second)
        for people in files:
            assert people == sorted(people)
        assert done.of("Written") == world.naive().by_group()
        assert done.closes

    @pytest.mark.usefixtures("way")
    def test_files_do_not_stay_behind(self, world: World) -> None:
        mail(world)
        world.night()
        assert list((world.folder / "work").iterdir()) == []


class TestTexts:
    @pytest.mark.usefixtures("way")
    def test_every_script_quote_and_line_end_arrives_unharmed(self, world: World) -> None:
        world.person("ada@example.org")
        who = world.recipient("ada@example.org")
        for name in ODD:
            world.open(world.message(name), who, world.now - HOUR)
        assert world.night().closes
        assert sorted(row["Message_Name__c"] for row in world.rows()) == sorted(ODD)

    @pytest.mark.usefixtures("way")
    def test_a_name_that_spells_null_does_not_empty_the_column(self, world: World) -> None:
        world.person("ada@example.org")
        world.open(world.message("#N/A"), world.recipient("ada@example.org"), world.now - HOUR)
        world.night()
        assert [row["Message_Name__c"] for row in world.rows()] == ["N/A"]

    @pytest.mark.usefixtures("way")
    def test_links_arrive_unharmed(self, world: World) -> None:
        world.person("ada@example.org")
        who = world.recipient("ada@example.org")
        urls = ('https://example.org/?q="a,b"&c=d#e', "https://example.org/ünï/%E2%82%AC?x='1'")
        message = world.message(urls=urls)
        for place in range(2):
            world.click(message, who, world.now - HOUR, place)
        world.night()
        assert {row["Link_URL__c"] for row in world.rows()} == set(urls)

    def test_a_lookup_that_became_empty_is_emptied(
        self, world: World, way: str, uploads: list[list[dict[str, str]]]
    ) -> None:
        lead = world.person("ada@example.org", "Lead")
        world.open(world.message(), world.recipient("ada@example.org"), world.now - HOUR)
        world.night()
        assert [row["Lead__c"] for row in world.rows()] == [lead]
        contact = world.person("ada@example.org")
        world.night()
        (row,) = world.rows()
        assert (row["Contact__c"], row["Lead__c"]) == (contact, None)
        if way == "bulk":
            assert uploads[-1][0]["Lead__c"] == "#N/A"

    @pytest.mark.usefixtures("way")
    def test_a_row_that_already_says_it_all_does_not_travel(self, world: World) -> None:
        mail(world, 3)
        world.night()
        world.sql("UPDATE placements SET state = 'to write' WHERE org_id = :org")
        before = world.rows()
        done = world.night()
        assert done.of("Skipped") == {"Sent": 3}
        assert done.of("Written") == {}
        assert world.rows() == before
