"""Writing and settling: what Salesforce takes, refuses, cannot lock or never comes to, either way."""

import csv
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from connector.errors import ConnectorError
from connector.salesforce.gateway import Salesforce
from connector.store.database import chunks
from sandbox.realmagnet.account import HOUR, SECOND
from sandbox.salesforce.lifecycle import convert
from sandbox.salesforce.removal import undelete
from tests.connector.activity.crowd import furnish
from tests.connector.activity.world import ACTIVITY, World

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
def by_bulk(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few rows: a bulk job."""
    monkeypatch.setattr("connector.activity.write.FEW", 0)


@pytest.fixture(params=["bulk", "collections"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to Salesforce, for what must hold whichever is taken."""
    if request.param == "bulk":
        monkeypatch.setattr("connector.activity.write.FEW", 0)
    return str(request.param)


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


def mail(world: World, count: int = 6) -> list[str]:
    """One e-mail to so many people; answers their ids."""
    message = world.message()
    people = [world.person(f"person{number}@example.org") for number in range(count)]
    for number, person in enumerate(people):
        who = world.recipient(f"person{number}@example.org", person)
        world.send(message, who, world.now - HOUR + number * SECOND)
    return people


def rejected(world: World) -> list[tuple[str, str]]:
    return [
        (str(code), str(reason))
        for code, reason in world.sql("SELECT code, reason FROM placements WHERE org_id = :org AND state = 'rejected'")
    ]


def calls(world: World) -> dict[str, int]:
    return world.switches.calls()


class TestTheWay:
    def test_up_to_two_hundred_rows_go_by_collections(self, world: World) -> None:
        mail(world, 200)
        world.night()
        assert calls(world).get("POST /services/data/jobs/ingest") is None
        assert world.standing() == {"Sent": 200}

    def test_more_go_by_one_bulk_job(self, world: World) -> None:
        mail(world, 201)
        world.night()
        assert calls(world)["POST /services/data/jobs/ingest"] == 1
        assert not [call for call in calls(world) if call.startswith("PATCH") and "composite" in call]
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
        assert calls(world)["POST /services/data/jobs/ingest"] == 3

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
        assert calls(world)["POST /services/data/jobs/ingest"] == 2

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

    def test_of_a_few_rows_each_names_the_hidden_field(self, world: World) -> None:
        mail(world)
        world.org.hide_field(ACTIVITY, "Activity_Date__c")
        assert world.night().of("Rejected") == {"Sent": 6}
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
