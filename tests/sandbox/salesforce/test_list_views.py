"""List views: the list, the SOQL that describe tells, the rows as the vendor prints them, and the user's own scope."""

import csv
import io
import time
from collections.abc import Generator
from typing import Any

import pytest
from flask import Flask

from sandbox.salesforce.app import close_app
from sandbox.salesforce.org import Org
from tests.sandbox.salesforce.reporting import Analyst, seeded_app

CONTACTS = "/sobjects/Contact/listviews"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Generator[Flask]:
    running = seeded_app(tmp_path_factory.mktemp("views"))
    running.extensions["salesforce"].org.set_setting("bulk_seconds", "0")
    yield running
    close_app(running)


@pytest.fixture
def org(app: Flask) -> Org:
    return app.extensions["salesforce"].org


@pytest.fixture
def caller(app: Flask, org: Org) -> Analyst:
    """The user our product connects as."""
    return Analyst(app, org.integration_user_id)


@pytest.fixture
def ada(app: Flask, org: Org) -> Analyst:
    """Who owns every record of the seed."""
    return Analyst(app, org.user_id("ada@salesforce.example"))


def view(caller: Analyst, name: str, sobject: str = "Contact") -> dict[str, Any]:
    listed = caller("GET", f"/sobjects/{sobject}/listviews").json["listviews"]
    return next(item for item in listed if item["label"] == name)


def describe(caller: Analyst, name: str, sobject: str = "Contact") -> dict[str, Any]:
    return caller("GET", view(caller, name, sobject)["describeUrl"]).json


def bulk(caller: Analyst, query: str) -> list[dict[str, str]]:
    """The rows of a bulk query."""
    job = caller("POST", "/jobs/query", json={"operation": "query", "query": query}).json["id"]
    while caller("GET", f"/jobs/query/{job}").json["state"] != "JobComplete":
        time.sleep(0.01)
    return list(csv.DictReader(io.StringIO(caller("GET", f"/jobs/query/{job}/results").get_data(as_text=True))))


class TestList:
    def test_it_names_every_view_of_the_object_with_its_addresses(self, caller):
        reply = caller("GET", CONTACTS).json
        assert (reply["done"], reply["nextRecordsUrl"], reply["sobjectType"]) == (True, None, "Contact")
        assert reply["size"] == len(reply["listviews"]) == 4
        for item in reply["listviews"]:
            assert len(item["id"]) == 18
            assert caller("GET", item["url"]).json == item
            assert caller("GET", item["describeUrl"]).status_code == 200
        assert {item["label"] for item in reply["listviews"] if not item["soqlCompatible"]} == {
            "Recently Viewed Contacts"
        }

    def test_it_comes_in_pages(self, caller, org):
        org.set_setting("list_views_per_page", "3")
        try:
            first = caller("GET", CONTACTS).json
            assert (first["done"], first["size"]) == (False, 3)
            second = caller("GET", first["nextRecordsUrl"]).json
            assert (second["done"], second["nextRecordsUrl"]) == (True, None)
        finally:
            org.set_setting("list_views_per_page", "200")
        every = caller("GET", CONTACTS).json["listviews"]
        assert first["listviews"] + second["listviews"] == every

    def test_a_query_finds_them_for_everybody(self, caller):
        found = caller.records("SELECT Id, Name, DeveloperName, SobjectType FROM ListView WHERE SobjectType = 'Lead'")
        assert [(item["Name"], item["DeveloperName"]) for item in found] == [("All Leads", "AllLeads")]
        assert found[0]["Id"] == view(caller, "All Leads", "Lead")["id"]

    def test_a_renamed_view_keeps_its_id(self, caller):
        known = view(caller, "All Campaigns", "Campaign")
        caller.admin("rename", {"id": known["id"], "name": "Every Campaign"})
        assert view(caller, "Every Campaign", "Campaign")["id"] == known["id"]
        caller.admin("rename", {"id": known["id"], "name": "All Campaigns"})


class TestDescribe:
    def test_the_id_has_15_characters_and_the_query_is_whole(self, caller):
        described = describe(caller, "Contacts with an address, from O to S")
        assert view(caller, "Contacts with an address, from O to S")["id"][:15] == described["id"]
        found = caller.query(described["query"])
        where = "Email != null AND (LastName LIKE 'O%' OR LastName LIKE 'S%' OR LastName = 'd\\'Arc')"
        assert found["totalSize"] == caller.count("Contact", where) > 100

    def test_hidden_columns_and_order_are_told(self, caller):
        described = describe(caller, "All Contacts")
        hidden = [item["fieldNameOrPath"] for item in described["columns"] if item["hidden"]]
        assert hidden == ["Id", "CreatedDate", "LastModifiedDate", "SystemModstamp"]
        assert [item["fieldNameOrPath"] for item in described["orderBy"]] == ["Name", "Id"]
        assert described["query"].endswith(" ORDER BY Name ASC NULLS FIRST, Id ASC NULLS FIRST")

    def test_the_condition_is_told_as_a_tree(self, caller):
        assert describe(caller, "All Leads", "Lead")["whereCondition"] == {
            "field": "IsConverted",
            "operator": "equals",
            "values": ["false"],
        }
        tree = describe(caller, "Contacts with an address, from O to S")["whereCondition"]
        assert (tree["conjunction"], tree["conditions"][1]["conjunction"]) == ("and", "or")
        assert tree["conditions"][1]["conditions"][2]["values"] == ["'d\\'Arc'"]

    def test_a_view_that_soql_cannot_say_has_no_query(self, caller):
        assert describe(caller, "Recently Viewed Contacts")["query"] is None

    def test_a_column_that_the_user_may_not_see_is_left_out(self, caller, org):
        org.hide_field("Contact", "Email")
        try:
            assert "Email" not in describe(caller, "All Contacts")["query"]
        finally:
            org.hide_field("Contact", "Email", hidden=False)
        assert "Email" in describe(caller, "All Contacts")["query"]


class TestScope:
    def test_the_query_of_my_contacts_says_nothing_of_its_scope(self, caller):
        described = describe(caller, "My Contacts")
        assert described["scope"] == "mine"
        assert "SCOPE" not in described["query"]

    @pytest.mark.parametrize("how", ["query", "bulk", "results"])
    def test_mine_is_whoever_asks(self, caller, ada, how):
        def count(who: Analyst) -> int:
            if how == "results":
                return who("GET", f"{view(who, 'My Contacts')['resultsUrl']}?limit=2000").json["size"]
            text = "SELECT Id FROM Contact USING SCOPE mine WHERE LastName LIKE 'S%'"
            return len(bulk(who, text)) if how == "bulk" else who.query(text)["totalSize"]

        assert count(caller) == 0
        assert count(ada) == (2_000 if how == "results" else ada.count("Contact", "LastName LIKE 'S%'"))

    def test_a_bulk_query_of_the_whole_view_finds_its_rows(self, caller):
        _, start, tail = describe(caller, "All Leads", "Lead")["query"].partition(" FROM ")
        found = {item["Id"] for item in bulk(caller, f"SELECT Id, Email{start}{tail.partition(' ORDER BY ')[0]}")}
        assert found == {item["Id"] for item in caller.found("Lead", "IsConverted = false")}


class TestResults:
    def test_25_rows_unless_asked_otherwise(self, caller):
        reply = caller("GET", view(caller, "All Contacts")["resultsUrl"]).json
        assert (reply["size"], len(reply["records"]), reply["done"]) == (25, 25, False)
        assert (reply["label"], reply["developerName"], len(reply["id"])) == ("All Contacts", "AllContacts", 18)

    def test_pages_by_offset_make_the_whole_in_its_order(self, caller):
        path, found = view(caller, "All Leads", "Lead")["resultsUrl"], list[str]()
        for offset in (0, 400, 800):
            reply = caller("GET", f"{path}?limit=400&offset={offset}").json
            found += [
                cell["value"] for row in reply["records"] for cell in row["columns"] if cell["fieldNameOrPath"] == "Id"
            ]
            assert reply["done"] is (offset == 800)
        assert found == [item["Id"] for item in caller.found("Lead", "IsConverted = false ORDER BY Name, Id")]

    def test_every_value_is_text_and_dates_are_spelled_out(self, caller):
        reply = caller("GET", f"{view(caller, 'Contacts with an address, from O to S')['resultsUrl']}?limit=1").json
        values = {cell["fieldNameOrPath"]: cell["value"] for cell in reply["records"][0]["columns"]}
        assert values["CreatedDate"] == "Mon Mar 03 09:00:00 GMT 2025"
        assert values["HasOptedOutOfEmail"] in ("true", "false")
        assert list(values) == [item["fieldNameOrPath"] for item in reply["columns"]]

    @pytest.mark.parametrize("query", ["limit=0", "limit=2001", "limit=x", "offset=-1", "offset=2001"])
    def test_bounds(self, caller, query):
        assert caller("GET", f"{view(caller, 'All Contacts')['resultsUrl']}?{query}").status_code == 400


class TestUnknown:
    @pytest.mark.parametrize(
        ("view_id", "status"), [("00BHu0000009999", 404), ("003Dn00000000G8", 400), ("nonsense", 400)]
    )
    @pytest.mark.parametrize("tail", ["", "/describe", "/results"])
    def test_no_such_view(self, caller, view_id, status, tail):
        assert caller("GET", f"{CONTACTS}/{view_id}{tail}").status_code == status

    def test_a_view_belongs_to_its_object(self, caller):
        leads = view(caller, "All Leads", "Lead")["id"]
        assert caller.error("GET", f"{CONTACTS}/{leads}/describe") == (404, "NOT_FOUND")
        assert caller("GET", f"/sobjects/Lead/listviews/{leads[:15]}/describe").status_code == 200

    def test_a_deleted_view_is_unknown(self, caller):
        known = view(caller, "Recently Viewed Contacts")
        caller.admin("delete", {"ids": [known["id"]]})
        assert caller.error("GET", known["describeUrl"]) == (404, "NOT_FOUND")
        assert known["id"] not in [item["id"] for item in caller("GET", CONTACTS).json["listviews"]]
        caller.admin("undelete", {"ids": [known["id"]]})
        assert caller("GET", known["describeUrl"]).status_code == 200

    def test_an_object_that_the_user_does_not_know(self, caller):
        assert caller.error("GET", "/sobjects/Nothing/listviews") == (404, "NOT_FOUND")
