"""Bulk query: ordered, run once, read page by page."""

import gzip

import pytest
import requests

from sandbox.salesforce.removal import delete_rows
from tests.sandbox.salesforce_bulk.bulk_caller import KEY, Caller, read_csv

ALL = "SELECT Id, Email FROM Contact ORDER BY Email"


def order(caller: Caller, soql: str, operation: str = "query", **given: object) -> requests.Response:
    return caller.call("POST", "/jobs/query", json={"operation": operation, "query": soql, **given})


def ready(caller: Caller, soql: str, operation: str = "query", **given: object) -> dict[str, object]:
    status = caller.wait(order(caller, soql, operation, **given).json(), "query")
    assert status["state"] == "JobComplete", status
    return status


def page(caller: Caller, job: dict[str, object], **asked: object) -> requests.Response:
    headers = {"Accept": "text/csv", "Accept-Encoding": "identity"}
    return caller.call("GET", f"/jobs/query/{job['id']}/results", params=asked, headers=headers)


class TestLife:
    @pytest.mark.usefixtures("contacts")
    def test_a_new_query_waits_and_has_no_content_address(self, caller):
        job = order(caller, ALL).json()
        assert (job["state"], job["object"], job["operation"]) == ("UploadComplete", "Contact", "query")
        assert (job["apiVersion"], job["jobType"]) == (66.0, "V2Query")
        assert "contentUrl" not in job
        assert caller.wait(job, "query")["numberRecordsProcessed"] == 100

    def test_results_are_not_given_before_the_end(self, caller, org):
        org.set_setting("bulk_seconds", "3600")
        job = order(caller, ALL).json()
        assert page(caller, job).status_code == 400
        reply = caller.call("PATCH", f"/jobs/query/{job['id']}", json={"state": "Aborted"})
        assert reply.json()["state"] == "Aborted"

    @pytest.mark.usefixtures("contacts")
    def test_queries_are_listed_apart_from_ingest_jobs_and_deleted(self, caller):
        caller.create()
        job = ready(caller, ALL)
        listed = caller.call("GET", "/jobs/query").json()
        assert [item["id"] for item in listed["records"]] == [job["id"]]
        assert caller.call("DELETE", f"/jobs/query/{job['id']}").status_code == 204
        assert caller.call("GET", f"/jobs/query/{job['id']}").status_code == 404

    @pytest.mark.parametrize(
        "soql",
        [
            "SELECT Email, COUNT(Id) FROM Contact GROUP BY Email",
            "SELECT COUNT() FROM Contact",
            "SELECT Id FROM Contact LIMIT 5 OFFSET 5",
            "SELECT Id, (SELECT Id FROM CampaignMembers) FROM Contact",
            "SELECT TYPEOF Owner WHEN User THEN Id END FROM Contact",
            "SELECT Foo FROM Contact",
            "SELECT Id FROM Unheard_Of__c",
            "",
        ],
    )
    def test_what_a_bulk_query_cannot_do_is_refused(self, caller, soql):
        reply = order(caller, soql)
        assert reply.status_code == 400
        assert reply.json()[0]["errorCode"]

    @pytest.mark.usefixtures("contacts")
    def test_a_semi_join_is_no_nested_query(self, caller):
        soql = "SELECT Id FROM Contact WHERE Id IN (SELECT ContactId FROM CampaignMember)"
        assert ready(caller, soql)["numberRecordsProcessed"] == 0

    def test_query_all_gives_deleted_rows_too(self, caller, org, contacts):
        with org.database.writing() as connection:
            delete_rows(org, connection, org.schema.get("Contact"), contacts[:10])
        assert ready(caller, ALL)["numberRecordsProcessed"] == 90
        assert ready(caller, ALL, "queryAll")["numberRecordsProcessed"] == 100


class TestPages:
    def test_columns_come_as_asked_and_every_value_is_quoted(self, caller, contacts):
        job = ready(caller, "SELECT Email, Id, HasOptedOutOfEmail FROM Contact ORDER BY Email LIMIT 1")
        reply = page(caller, job)
        assert reply.headers["Content-Type"] == "text/csv"
        assert reply.content.decode() == (
            f'"Email","Id","HasOptedOutOfEmail"\n"person0@example.org","{contacts[0]}","false"\n'
        )

    def test_pages_follow_one_another_by_locator_and_the_last_says_null(self, caller, contacts):
        job = ready(caller, ALL)
        sizes, found, locator = [], [], None
        while locator != "null":
            reply = page(caller, job, maxRecords=40, **({"locator": locator} if locator else {}))
            rows = read_csv(reply.content)
            sizes.append((len(rows), int(reply.headers["Sforce-NumberOfRecords"])))
            found += [row["Id"] for row in rows]
            locator = reply.headers["Sforce-Locator"]
        assert sizes == [(40, 40), (40, 40), (20, 20)]
        assert sorted(found) == contacts

    def test_a_page_may_begin_and_end_between_values_with_newlines_and_quotes(self, caller):
        texts = {f"k{number:04d}": f'"{number}"\n\n""x\n' if number % 2 else "plain" for number in range(2_500)}
        caller.run([[KEY, "Detail__c"], *([key, text] for key, text in texts.items())])
        job = ready(caller, "SELECT External_Key__c, Detail__c FROM Real_Magnet_Activity__c ORDER BY External_Key__c")
        found: dict[str, str] = {}
        locator = ""
        while locator != "null":
            reply = page(caller, job, maxRecords=333, **({"locator": locator} if locator else {}))
            found |= {row[KEY]: row["Detail__c"] for row in read_csv(reply.content)}
            locator = reply.headers["Sforce-Locator"]
        assert {key: text.strip() for key, text in texts.items()} == {key: text.strip() for key, text in found.items()}

    def test_parents_datetimes_and_nulls_are_printed_as_csv(self, caller, contacts):
        rows = [["a", contacts[0], "2026-11-23T05:00:00.000Z"], ["b", "", ""]]
        caller.run([[KEY, "Contact__c", "Activity_Date__c"], *rows])
        soql = "SELECT Contact__r.Email, Activity_Date__c FROM Real_Magnet_Activity__c ORDER BY External_Key__c"
        job = ready(caller, soql)
        assert read_csv(page(caller, job).content) == [
            {"Contact__r.Email": "person0@example.org", "Activity_Date__c": "2026-11-23T05:00:00.000Z"},
            {"Contact__r.Email": "", "Activity_Date__c": ""},
        ]

    def test_pages_do_not_see_what_was_deleted_after_the_query_ran(self, caller, org, contacts):
        job = ready(caller, ALL)
        with org.database.writing() as connection:
            delete_rows(org, connection, org.schema.get("Contact"), contacts)
        assert len(read_csv(page(caller, job).content)) == 100

    @pytest.mark.usefixtures("contacts")
    def test_results_are_gzipped_for_those_who_accept_it(self, caller):
        job = ready(caller, ALL)
        headers = {"Accept-Encoding": "gzip"}
        reply = caller.call("GET", f"/jobs/query/{job['id']}/results", headers=headers, stream=True)
        assert reply.headers["Content-Encoding"] == "gzip"
        assert len(read_csv(gzip.decompress(reply.raw.read()))) == 100

    def test_an_answer_without_rows_has_its_header(self, caller):
        job = ready(caller, ALL)
        reply = page(caller, job)
        assert reply.content == b'"Id","Email"\n'
        assert (reply.headers["Sforce-NumberOfRecords"], reply.headers["Sforce-Locator"]) == ("0", "null")

    def test_the_result_pages_name_up_to_five_pages_and_where_to_go_on(self, caller, org, contacts):
        org.set_setting("bulk_query_page", "15")
        job = ready(caller, ALL)
        first = caller.call("GET", f"/jobs/query/{job['id']}/resultPages").json()
        assert (len(first["resultPages"]), first["done"]) == (5, False)
        rest = caller.call("GET", first["nextRecordsUrl"]).json()
        assert (len(rest["resultPages"]), rest["done"], rest["nextRecordsUrl"]) == (2, True, None)
        addresses = [item["resultUrl"] for item in first["resultPages"] + rest["resultPages"]]
        found = [row["Id"] for address in addresses for row in read_csv(caller.call("GET", address).content)]
        assert sorted(found) == contacts

    @pytest.mark.parametrize("asked", [{"locator": "nonsense"}, {"maxRecords": "0"}, {"maxRecords": "many"}])
    def test_a_page_nobody_can_find_is_refused(self, caller, asked):
        assert page(caller, ready(caller, ALL), **asked).status_code == 400


class TestVersions:
    @pytest.mark.usefixtures("contacts")
    def test_another_version_than_the_jobs_is_a_conflict(self, caller):
        job = ready(caller, ALL)
        caller.version = "65.0"
        assert page(caller, job).status_code == 409
        caller.version = "66.0"
        assert page(caller, job).status_code == 200

    @pytest.mark.usefixtures("contacts")
    def test_a_bad_day_answers_409(self, caller, running):
        job = ready(caller, ALL)
        requests.post(f"{running.url}/_sandbox/switches", json={"kind": "bulk_query_conflict"}, timeout=10)
        assert [page(caller, job).status_code for _ in range(2)] == [409, 200]
